/**
 * Content that is read twice: once for its length, digest and signature, and once more to write it, when it must
 * be the same still. SHA-256 compares the readings, because it costs a fifth of what SM3 does.
 */
import { createHash, type KeyObject } from 'node:crypto'
import { type ContentSource, EnvelopeRefused } from '../envelope.ts'
import type { SigningFamily } from './message-family.ts'

/** The content gave other bytes when it was read the second time; nothing that was yielded may be used. */
export class ContentChanged extends Error {
  override readonly name = 'ContentChanged'
}

/** What the first reading gave. */
export interface Measured {
  readonly sizeBytes: number
  readonly sha256: Buffer
  /** The digest of the family, for signed attributes, or the signature over the content where the family makes one. */
  readonly proof:
    | { readonly kind: 'digest'; readonly digest: Buffer }
    | { readonly kind: 'signature'; readonly signature: Buffer }
}

/** What the first reading needs of a signer. */
export interface Measuring {
  readonly key: KeyObject
  readonly family: SigningFamily
  readonly maxContentBytes: number
}

/** First reading; throws EnvelopeRefused EMPTY_CONTENT or TOO_LARGE. */
export async function measure(content: ContentSource, measuring: Measuring): Promise<Measured> {
  const { family, maxContentBytes } = measuring
  const sha256 = createHash('sha256')
  const signature = family.overContent?.startSignature(measuring.key)
  const digest = family.digestName === 'sha256' ? undefined : createHash(family.digestName)
  let sizeBytes = 0
  for await (const chunk of content()) {
    sizeBytes += chunk.length
    if (sizeBytes > maxContentBytes) {
      throw new EnvelopeRefused('TOO_LARGE', `the content is larger than ${maxContentBytes} bytes`)
    }
    sha256.update(chunk)
    if (signature !== undefined) signature.update(chunk)
    else digest?.update(chunk)
  }
  if (sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'there is nothing to seal')
  const own = sha256.digest()
  const proof =
    signature === undefined
      ? ({ kind: 'digest', digest: digest?.digest() ?? own } as const)
      : ({ kind: 'signature', signature: signature.finish() } as const)
  return { sizeBytes, sha256: own, proof }
}

/** Second reading; throws ContentChanged, at the latest after the last chunk, unless it gave the same bytes. */
export async function* copyUnchanged(content: ContentSource, measured: Measured): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let leftBytes = measured.sizeBytes
  for await (const chunk of content()) {
    leftBytes -= chunk.length
    if (leftBytes < 0) throw new ContentChanged('the content grew while it was being sealed')
    hash.update(chunk)
    yield chunk
  }
  if (leftBytes > 0 || !hash.digest().equals(measured.sha256)) {
    throw new ContentChanged('the content changed while it was being sealed')
  }
}
