/**
 * Reads the content of a signed message once: it goes to `take` while its SHA-256 and whatever its signature will
 * need grow over the same chunk.
 */
import { createHash } from 'node:crypto'
import { EnvelopeRefused } from '../envelope.ts'
import type { CertificateFacts } from './certificate-facts.ts'
import type { RunningCheck, SigningFamily } from './message-family.ts'
import type { Trust } from './signer-info.ts'

/** Where the content goes and how much of it is allowed. */
export interface Taking {
  readonly take: (chunk: Buffer) => Promise<void>
  readonly maxContentBytes: number
}

/** A content that was read to its end. */
export interface ReadContent {
  readonly sizeBytes: number
  /** Digest under the announced algorithm; SHA-256 where none will be compared. */
  readonly digest: Buffer
  readonly checks: ReadonlyMap<CertificateFacts, RunningCheck>
  /** Lower-case hex. */
  readonly sha256: string
}

/** What must be known before the content flows. */
export interface ContentPlan {
  readonly digestName: string | undefined
  readonly trust: Trust
  readonly reading: Taking & { readonly family: SigningFamily }
}

/** Reads `chunks` to their end; throws EnvelopeRefused TOO_LARGE. */
export async function readWhole(chunks: AsyncIterable<Buffer>, plan: ContentPlan): Promise<ReadContent> {
  const { take, maxContentBytes } = plan.reading
  const sha256 = createHash('sha256')
  const digest = announcedDigest(plan)
  const checks = contentChecks(plan)
  let sizeBytes = 0
  for await (const chunk of chunks) {
    sizeBytes += chunk.length
    if (sizeBytes > maxContentBytes) {
      throw new EnvelopeRefused('TOO_LARGE', `the content is larger than ${maxContentBytes} bytes`)
    }
    sha256.update(chunk)
    digest?.update(chunk)
    for (const check of checks.values()) check.update(chunk)
    await take(chunk)
  }
  const ownDigest = sha256.digest()
  return { sizeBytes, digest: digest?.digest() ?? ownDigest, checks, sha256: ownDigest.toString('hex') }
}

/** Undefined where SHA-256 serves, or where no digest is compared. */
function announcedDigest({ digestName, reading }: ContentPlan) {
  const needed =
    digestName !== undefined && digestName !== 'sha256' && reading.family.overContent === undefined
  return needed ? createHash(digestName) : undefined
}

/** The signer is named after the content, so every trusted one is checked until then. */
function contentChecks({ trust, reading }: ContentPlan): Map<CertificateFacts, RunningCheck> {
  const { overContent } = reading.family
  if (overContent === undefined) return new Map()
  return new Map(trust.trustedSigners.map((signer) => [signer, overContent.startCheck(signer.publicKey)]))
}
