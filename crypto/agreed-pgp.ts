/** One step of OpenPGP, for one direction, with its keys loaded from files. */
import type { Key, PrivateKey } from 'openpgp'
import type { FamilyStage, StageUse } from './agreed-certified.ts'
import type { EnvelopeKeys } from './envelope.ts'
import type { PgpTerms } from './envelope-terms.ts'
import { pgpKeyId } from './key-id.ts'
import { createPgpEnvelope } from './pgp/pgp-envelope.ts'
import { loadPgpPublicKey, loadPgpSecretKey } from './pgp/pgp-keyring.ts'
import { pgpSigner, pgpVerifier } from './pgp/pgp-signed-message.ts'
import { KeyRefused } from './secret-file.ts'

/** A step of OpenPGP: both layers in one message, or a signature alone. Throws KeyRefused. */
export function pgpStage(terms: PgpTerms, use: StageUse): Promise<FamilyStage> {
  return use.direction === 'outward' ? outwardStage(terms, use) : inwardStage(terms, use)
}

async function outwardStage(terms: PgpTerms, use: StageUse): Promise<FamilyStage> {
  const signingKey = await loadPgpSecretKey(needed(terms.signing, 'a key to sign with'))
  const signed = { signedBy: pgpKeyId(signingKey.getFingerprint()) }
  if (use.layers === 'sign') return only(signed, { seal: pgpSigner(signingKey, optionsOf(terms, use)) })
  const recipientKey = await loadPgpPublicKey(needed(terms.recipient, 'a key to encrypt for'))
  const own = { signingKey, openingKeys: [] }
  const { seal } = createPgpEnvelope(own, { recipientKey, trustedSigners: [] }, optionsOf(terms, use))
  return only({ ...signed, sealedFor: pgpKeyId(recipientKey.getFingerprint()) }, { seal })
}

async function inwardStage(terms: PgpTerms, use: StageUse): Promise<FamilyStage> {
  const { trustedSigners: paths = [] } = terms
  const trustedSigners = await Promise.all(paths.map(loadPgpPublicKey))
  const recipientKey: Key = needed(trustedSigners[0], 'a key whose signature counts')
  if (use.layers === 'sign') return only({}, { open: pgpVerifier(trustedSigners, optionsOf(terms, use)) })
  const secrets = terms.opening ?? (terms.signing === undefined ? [] : [terms.signing])
  const openingKeys = await Promise.all(secrets.map(loadPgpSecretKey))
  const signingKey: PrivateKey = needed(openingKeys[0], 'a key to open with')
  const peer = { recipientKey, trustedSigners }
  const { open } = createPgpEnvelope({ signingKey, openingKeys }, peer, optionsOf(terms, use))
  return only({}, { open })
}

/** The other direction of a step is never asked for. */
function only(keys: EnvelopeKeys, way: Partial<Pick<FamilyStage, 'seal' | 'open'>>): FamilyStage {
  const unused = (): never => {
    throw new RangeError('this step is used in its other direction only')
  }
  return { seal: unused, open: unused, keys, ...way }
}

function optionsOf(terms: PgpTerms, use: StageUse) {
  return {
    scratchFolder: use.scratchFolder,
    maxContentBytes: use.maxContentBytes,
    armored: terms.armored ?? false,
    now: use.now ?? (() => new Date()),
  }
}

function needed<T>(given: T | undefined, what: string): T {
  if (given !== undefined) return given
  throw new KeyRefused('NOT_A_KEY', `${what} is needed and none is named`)
}
