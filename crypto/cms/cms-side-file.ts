/**
 * Detached CMS signatures (RFC 5652 section 5.2, `.p7s` side files): SignedData without content beside a data file
 * that is read as a stream, however large it is.
 */
import { BadEncoding } from '../der/der-reader.ts'
import { type ContentSource, EnvelopeRefused } from '../envelope.ts'
import { type SignaturePadding, type SigningDigest, signerOf } from '../signer.ts'
import { certificateFacts, refuseUnusable, USAGE } from './certificate-facts.ts'
import type { CmsOwnKeys } from './cms-envelope.ts'
import { cmsSigning, cmsSigningWith } from './cms-family.ts'
import { readSigned } from './signed-data-reader.ts'
import { signDetachedMessage } from './signed-data-writer.ts'
import type { Authorities } from './signer-info.ts'

const LARGEST_SIDE_FILE_BYTES = 6 * 1024 * 1024

/** Whose side files count, and when. */
export interface SideFileTrust {
  /** DER of the pinned certificates. */
  readonly trustedSigners: readonly Buffer[]
  readonly authorities?: Authorities
  readonly at: Date
}

/** The side file (DER) for `content`, which is read once; throws EnvelopeRefused EMPTY_CONTENT and the like. */
export async function signCmsDetached(
  content: ContentSource,
  own: Pick<CmsOwnKeys, 'signingKey' | 'signingCertificate'>,
  signing: { readonly at: Date; readonly digest?: SigningDigest; readonly padding?: SignaturePadding },
): Promise<Buffer> {
  const certificate = certificateFacts(own.signingCertificate)
  refuseUnusable(certificate, USAGE.signing, signing.at)
  const signer = signerOf(own.signingKey)
  const family = cmsSigningWith(signing.digest ?? 'sha256', signing.padding, signer)
  const maxContentBytes = Number.MAX_SAFE_INTEGER
  return signDetachedMessage(content, {
    key: signer.publicKey,
    certificate,
    at: signing.at,
    maxContentBytes,
    family,
  })
}

/** Reads the content at most once; throws EnvelopeRefused unless the side file (DER or BER) is a trusted signature over it. */
export async function verifyCmsDetached(
  content: ContentSource,
  sideFile: Buffer,
  trust: SideFileTrust,
): Promise<{ sizeBytes: number; sha256: string }> {
  if (sideFile.length > LARGEST_SIDE_FILE_BYTES) {
    throw new EnvelopeRefused('TOO_LARGE', 'the side file is larger than any signature')
  }
  const { authorities, at } = trust
  const trustedSigners = trust.trustedSigners.map(certificateFacts)
  const detachedContent = opened(content)
  const reading = {
    family: cmsSigning,
    detachedContent,
    take: async () => undefined,
    maxContentBytes: Number.MAX_SAFE_INTEGER,
  }
  try {
    return await readSigned(only(sideFile), { trustedSigners, authorities, at }, reading)
  } catch (error) {
    throw error instanceof BadEncoding ? new EnvelopeRefused('MALFORMED', error.message) : error
  } finally {
    await detachedContent.return(undefined)
  }
}

/** A file is not opened before the side file says what to look for, and is closed whatever comes. */
async function* opened(content: ContentSource): AsyncGenerator<Buffer> {
  yield* content()
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
