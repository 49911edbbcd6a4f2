/**
 * Detached signatures over a file that travels in the clear or on its own: as a line of text beside it (hex or
 * Base64 of an SM2 signature), or as GM/T 0010 SignedData without content. Files of any size, in flat memory.
 */
import { inBlocks } from '../byte-blocks.ts'
import { type CertificateFacts, refuseUnusable, USAGE } from '../cms/certificate-facts.ts'
import { measure } from '../cms/measured-content.ts'
import type { RunningCheck, SigningFamily } from '../cms/message-family.ts'
import { readWhole } from '../cms/signed-content.ts'
import { readSigned } from '../cms/signed-data-reader.ts'
import { signDetachedMessage } from '../cms/signed-data-writer.ts'
import type { Authorities, Trust } from '../cms/signer-info.ts'
import { BadEncoding } from '../der/der-reader.ts'
import { type ContentSource, EnvelopeRefused, type OwnKeys } from '../envelope.ts'
import { gmCertificateFacts, isWeakForGm } from './gm-certificate.ts'
import { type GmSigningTerms, gmSigning } from './gm-signing.ts'
import { sm2PrivateKeyOf } from './sm2-keys.ts'
import { DEFAULT_USER_ID, type SignatureShape } from './sm2-signature.ts'

const LONGEST_TEXT = 4096
/** The content lies elsewhere, so none of it is kept and its size is no danger. */
const WHOLE = { take: async (): Promise<void> => undefined, maxContentBytes: Number.MAX_SAFE_INTEGER }

/** How the signature beside a file is written; the defaults are the usual side file of Chinese banks. */
export interface DetachedTerms {
  /** Default 1234567812345678. */
  readonly userId?: string
  /** Default `raw`: r and s, 64 bytes. */
  readonly shape?: SignatureShape
  /** Default `hex`; we write lower case, and read both cases and one final line end. */
  readonly encoding?: 'hex' | 'base64'
}

/** Whose signatures count, and when. */
export interface DetachedTrust {
  /** DER of the pinned SM2 certificates. */
  readonly trustedSigners: readonly Buffer[]
  readonly at: Date
  /** Who must stand behind the signer too, by `bankAuthorities`. */
  readonly authorities?: Authorities
}

/** A content whose signature was verified. */
export interface VerifiedContent {
  readonly sizeBytes: number
  /** Lower-case hex. */
  readonly sha256: string
  /** DER of the pinned certificate that signed. */
  readonly signer: Buffer
}

/** Text of a signature over the content octets, without a line end; throws EnvelopeRefused EMPTY_CONTENT. */
export async function signDetached(
  content: ContentSource,
  own: Pick<OwnKeys, 'signingKey'>,
  terms: DetachedTerms = {},
): Promise<string> {
  const family = detachedFamily(terms)
  const key = sm2PrivateKeyOf(own.signingKey).key
  const { proof } = await measure(content, { key, family, maxContentBytes: WHOLE.maxContentBytes })
  if (proof.kind !== 'signature') throw new RangeError('a detached signature is made over the content')
  return proof.signature.toString(terms.encoding ?? 'hex')
}

/**
 * Reads the content to its end and says who signed it; throws EnvelopeRefused BAD_SIGNATURE, BAD_SIGNATURE_SHAPE,
 * EMPTY_CONTENT or what is wrong with the signer's certificate.
 */
export async function verifyDetached(
  content: AsyncIterable<Buffer>,
  signatureText: string,
  trust: DetachedTrust,
  terms: DetachedTerms = {},
): Promise<VerifiedContent> {
  const signature = signatureOf(signatureText, terms)
  const trusted = { ...trust, trustedSigners: trust.trustedSigners.map(gmCertificateFacts) }
  const reading = { family: detachedFamily(terms), ...WHOLE }
  const read = await readWhole(inBlocks(content), { digestName: undefined, trust: trusted, reading })
  if (read.sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'there is no content')
  const signer = signerOf(read.checks, signature, trusted)
  return { sizeBytes: read.sizeBytes, sha256: read.sha256, signer: signer.encoded }
}

/**
 * Who made a signature that does not name its signer; throws EnvelopeRefused unless one of the pinned ones did, its
 * certificate may be used at that time and the authorities, where there are any, vouch for it.
 */
export function signerOf(
  checks: ReadonlyMap<CertificateFacts, RunningCheck>,
  signature: Buffer,
  { at, authorities }: Trust,
): CertificateFacts {
  const [signer] = [...checks].find(([, check]) => check.verify(signature)) ?? []
  if (signer === undefined) {
    throw new EnvelopeRefused('BAD_SIGNATURE', 'the signature does not verify with any pinned certificate')
  }
  refuseUnusable(signer, USAGE.signing, at, isWeakForGm)
  authorities?.vouch(signer, [], at)
  return signer
}

/** Bytes of a signature text; throws EnvelopeRefused BAD_SIGNATURE_SHAPE for anything but the agreed encoding. */
function signatureOf(text: string, { encoding = 'hex' }: DetachedTerms): Buffer {
  const line = text.length <= LONGEST_TEXT ? text.replace(/\r?\n$/, '') : ''
  const signature = Buffer.from(line, encoding)
  const written = signature.toString(encoding)
  if (signature.length === 0 || written !== (encoding === 'hex' ? line.toLowerCase() : line)) {
    throw new EnvelopeRefused('BAD_SIGNATURE_SHAPE', `the signature is not one line of ${encoding}`)
  }
  return signature
}

/** SignedData (DER) over content that stays outside; throws EnvelopeRefused and KeyRefused. */
export async function signGmDetachedMessage(
  content: ContentSource,
  own: Pick<OwnKeys, 'signingKey' | 'signingCertificate'>,
  at: Date,
  terms: GmSigningTerms = {},
): Promise<Buffer> {
  const certificate = gmCertificateFacts(own.signingCertificate)
  refuseUnusable(certificate, USAGE.signing, at, isWeakForGm)
  const key = sm2PrivateKeyOf(own.signingKey).key
  const { maxContentBytes } = WHOLE
  return signDetachedMessage(content, { key, certificate, at, maxContentBytes, family: gmSigning(terms) })
}

/** Verifies SignedData over the content beside it; throws EnvelopeRefused, also when it embeds content. */
export async function verifyGmDetachedMessage(
  content: AsyncIterable<Buffer>,
  message: Buffer,
  trust: DetachedTrust,
  terms: GmSigningTerms = {},
): Promise<{ sizeBytes: number; sha256: string }> {
  const trustedSigners = trust.trustedSigners.map(gmCertificateFacts)
  const reading = { family: gmSigning(terms), detachedContent: content, ...WHOLE }
  try {
    return await readSigned(oneChunk(message), { ...trust, trustedSigners }, reading)
  } catch (error) {
    throw error instanceof BadEncoding ? new EnvelopeRefused('MALFORMED', error.message) : error
  }
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

function detachedFamily({ userId = DEFAULT_USER_ID, shape = 'raw' }: DetachedTerms): SigningFamily {
  return gmSigning({ userId, signatureShape: shape })
}
