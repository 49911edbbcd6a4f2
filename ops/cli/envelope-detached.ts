/** Signatures in side files, made and verified on a desk: `.p7s` (CMS, GM/T 0010), hex of SM2, `.sig` (OpenPGP). */
import { signCmsDetached, verifyCmsDetached } from '../../crypto/cms/cms-side-file.ts'
import type { Authorities } from '../../crypto/cms/signer-info.ts'
import { type ContentSource, EnvelopeRefused } from '../../crypto/envelope.ts'
import type { CertifiedTerms, EnvelopeTerms, GmTerms, PgpTerms } from '../../crypto/envelope-terms.ts'
import {
  signDetached,
  signGmDetachedMessage,
  verifyDetached,
  verifyGmDetachedMessage,
} from '../../crypto/gm/detached-signature.ts'
import { loadGmCertificate, loadGmCertifiedKey } from '../../crypto/gm/gm-keyring.ts'
import { type KeyPairPaths, loadCertificate, loadCertifiedKey } from '../../crypto/keyring.ts'
import { binaryMessage } from '../../crypto/pem-stream.ts'
import { signPgpDetached, verifyPgpDetached } from '../../crypto/pgp/detached-signature.ts'
import { loadPgpPublicKey, loadPgpSecretKey } from '../../crypto/pgp/pgp-keyring.ts'
import { readPublicFile } from '../../crypto/secret-file.ts'
import { bankAuthorities } from '../../crypto/x509/authorities.ts'
import type { EnvelopeFlags } from './envelope-flags.ts'
import { usage } from './envelope-flags.ts'

const LARGEST_SIDE_FILE_BYTES = 6 * 1024 * 1024
const DER_SEQUENCE = 0x30

/** The side file of a content. Throws EnvelopeRefused and KeyRefused. */
export async function sealDetached(
  content: ContentSource,
  terms: EnvelopeTerms,
  { format, at = new Date(), digest }: EnvelopeFlags,
): Promise<Buffer> {
  switch (terms.scheme) {
    case 'cms': {
      const { key: signingKey, certificate: signingCertificate } = await loadCertifiedKey(signingOf(terms))
      const own = { signingKey, signingCertificate }
      return signCmsDetached(content, own, { at, ...(digest !== undefined && { digest }) })
    }
    case 'gm':
      return sealGm(content, terms, { at, asMessage: format !== undefined })
    case 'pgp': {
      const signingKey = await loadPgpSecretKey(needed(terms.signing, '--key'))
      return signPgpDetached(content, { signingKey, at, armored: format === 'armor' })
    }
    case 'none':
      throw usage('scheme none has no signatures')
  }
}

/** A line of hex as banks' side files have it, or a whole message where a format is named. */
async function sealGm(
  content: ContentSource,
  terms: GmTerms,
  { at, asMessage }: { readonly at: Date; readonly asMessage: boolean },
): Promise<Buffer> {
  const { key: signingKey, certificate: signingCertificate } = loadGmCertifiedKey(signingOf(terms))
  const own = { signingKey, signingCertificate }
  if (asMessage) return signGmDetachedMessage(content, own, at, terms.options)
  return Buffer.from(`${await signDetached(content, own, hexTerms(terms))}\n`)
}

const hexTerms = ({ options = {} }: GmTerms, userId = options.userId) => ({
  ...(userId !== undefined && { userId }),
  ...(options.signatureShape !== undefined && { shape: options.signatureShape }),
})

/** Verifies a side file over a content. Throws EnvelopeRefused and KeyRefused. */
export async function verifySideFile(
  content: ContentSource,
  sidePath: string,
  terms: EnvelopeTerms,
  { at = new Date() }: EnvelopeFlags,
): Promise<void> {
  const sent = readPublicFile(sidePath)
  switch (terms.scheme) {
    case 'cms': {
      const trustedSigners = pathsOf(terms).map(loadCertificate)
      const trust = { trustedSigners, at, ...authoritiesOf(terms, loadCertificate) }
      await verifyCmsDetached(content, await binary(sent), trust)
      return
    }
    case 'gm':
      return verifyGm(content, sent, terms, at)
    case 'pgp':
      return verifyPgp(content, sent, terms, at)
    case 'none':
      throw usage('scheme none has no signatures')
  }
}

/** Roots and revocation lists count for side files as they do for messages. */
function authoritiesOf(
  { rootPaths, revocationListPaths }: CertifiedTerms,
  certificate: (path: string) => Buffer,
): { readonly authorities?: Authorities } {
  if (rootPaths === undefined) return {}
  const roots = rootPaths.map(certificate)
  const revocationLists = revocationListPaths?.map(readPublicFile)
  return { authorities: bankAuthorities({ roots, ...(revocationLists && { revocationLists }) }) }
}

async function verifyGm(content: ContentSource, sent: Buffer, terms: GmTerms, at: Date): Promise<void> {
  const trustedSigners = pathsOf(terms).map(loadGmCertificate)
  const trust = { trustedSigners, at, ...authoritiesOf(terms, loadGmCertificate) }
  const isMessage = sent[0] === DER_SEQUENCE && !/^[0-9a-fA-F]+\s*$/.test(sent.toString('latin1'))
  if (isMessage || sent[0] === 0x2d) {
    await verifyGmDetachedMessage(content(), await binary(sent), trust, terms.options)
    return
  }
  const { peerUserId, userId } = terms.options ?? {}
  await verifyDetached(content(), sent.toString('latin1'), trust, hexTerms(terms, peerUserId ?? userId))
}

async function verifyPgp(content: ContentSource, sent: Buffer, terms: PgpTerms, at: Date): Promise<void> {
  const trustedSigners = await Promise.all((terms.trustedSigners ?? []).map(loadPgpPublicKey))
  if (trustedSigners.length === 0) throw usage('--from is needed: whose signature counts')
  await verifyPgpDetached(content, sent, { trustedSigners, at })
}

async function binary(sent: Buffer): Promise<Buffer> {
  if (sent.length > LARGEST_SIDE_FILE_BYTES)
    throw new EnvelopeRefused('TOO_LARGE', 'the side file is larger than any signature')
  const { chunks } = await binaryMessage(once(sent))
  const pieces: Buffer[] = []
  for await (const chunk of chunks) pieces.push(chunk)
  return Buffer.concat(pieces)
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

const signingOf = ({ signing }: CertifiedTerms): KeyPairPaths => needed(signing, '--key with --cert')

function pathsOf({ trustedSignerPaths = [] }: CertifiedTerms): readonly string[] {
  needed(trustedSignerPaths[0], '--from')
  return trustedSignerPaths
}

function needed<T>(given: T | undefined, flag: string): T {
  if (given !== undefined) return given
  throw usage(`${flag} is needed here`)
}
