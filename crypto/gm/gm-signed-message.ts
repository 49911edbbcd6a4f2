/**
 * SignedData of GM/T 0010 without encryption, for agreements that only sign and for messages of other makers that are
 * looked at on a desk. What `open` gives was verified whole.
 */
import { refuseUnusable, USAGE } from '../cms/certificate-facts.ts'
import { openInQuarantine } from '../cms/quarantine.ts'
import { readSigned } from '../cms/signed-data-reader.ts'
import { signContent } from '../cms/signed-data-writer.ts'
import type { ContentSource, Envelope, OpenedContent, OwnKeys } from '../envelope.ts'
import type { KeyTrail } from '../key-id.ts'
import { gmCertificateFacts, isWeakForGm, refuseUnlessIssued } from './gm-certificate.ts'
import { refuseOtherKey } from './gm-keyring.ts'
import { type GmSigningTerms, gmSigning } from './gm-signing.ts'
import { sm2PrivateKeyOf } from './sm2-keys.ts'

/** What an agreement fixes besides whose signatures count. */
export interface GmSignedTerms extends GmSigningTerms {
  /** Folder on a local disk for content that is not verified yet; made when missing. */
  readonly scratchFolder: string
  readonly maxContentBytes: number
  /** DER of the authorities of which one must have signed every certificate of the bank. */
  readonly authorities?: readonly Buffer[]
  readonly now: () => Date
}

/** Signs content that is read twice, as one SignedData. Throws KeyRefused; sealing throws EnvelopeRefused. */
export function gmSigner(
  own: Pick<OwnKeys, 'signingKey' | 'signingCertificate'>,
  terms: GmSignedTerms,
): Envelope['seal'] {
  const pair = sm2PrivateKeyOf(own.signingKey)
  refuseOtherKey(pair, own.signingCertificate, 'our side')
  const certificate = gmCertificateFacts(own.signingCertificate)
  const { maxContentBytes } = terms
  return async function* seal(content: ContentSource): AsyncGenerator<Buffer> {
    const at = terms.now()
    refuseUnusable(certificate, USAGE.signing, at, isWeakForGm)
    const signer = { key: pair.key, certificate, at, maxContentBytes, family: gmSigning(terms) }
    yield* (await signContent(content, signer)).chunks
  }
}

/** Verifies SignedData by one of the pinned certificates (DER). Throws KeyRefused; opening throws EnvelopeRefused. */
export function gmVerifier(trusted: readonly Buffer[], terms: GmSignedTerms): Envelope['open'] {
  for (const certificate of trusted)
    if (terms.authorities !== undefined) refuseUnlessIssued(certificate, terms.authorities)
  const trustedSigners = trusted.map(gmCertificateFacts)
  const family = gmSigning(terms)
  return async (sealed, at): Promise<OpenedContent> => {
    const trail: KeyTrail = {}
    const trust = { trustedSigners, at, trail }
    const opened = await openInQuarantine(terms.scratchFolder, async ({ write }) => {
      const { maxContentBytes } = terms
      return (await readSigned(sealed, trust, { take: write, maxContentBytes, family })).sha256
    })
    return { ...opened, keys: trail }
  }
}
