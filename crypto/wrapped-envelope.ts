/**
 * What agreements put around content besides signing and encrypting it: compression and Base64, as streams. None of it
 * protects anything, so all of it is bounded and strict.
 */
import { pipeline, Readable } from 'node:stream'
import { createDeflate, createGzip } from 'node:zlib'
import { fromBase64, toBase64 } from './base64-stream.ts'
import { inflated } from './inflated.ts'

/** A wrapping that has no key. */
export type Wrapping = 'gzip' | 'zlib' | 'base64'

const CHUNK_BYTES = 256 * 1024

/** Wraps content that is read once. The same content gives the same bytes. */
export function wrapped(wrapping: Wrapping, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  return wrapping === 'base64' ? toBase64(content) : compressed(wrapping, content)
}

/**
 * Takes the wrapping off. Throws EnvelopeRefused: TOO_LARGE for what grows above `mostBytes` or, unless its
 * signature was verified already, beyond all proportion; TRUNCATED, TRAILING_BYTES, MALFORMED.
 */
export function unwrapped(
  wrapping: Wrapping,
  sealed: AsyncIterable<Buffer>,
  mostBytes: number,
  isVerified = false,
): AsyncGenerator<Buffer> {
  return wrapping === 'base64'
    ? fromBase64(sealed)
    : inflated(sealed, wrapping, mostBytes, isVerified ? Number.POSITIVE_INFINITY : undefined)
}

async function* compressed(
  wrapping: 'gzip' | 'zlib',
  content: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const start = wrapping === 'gzip' ? createGzip : createDeflate
  const deflate = start({ chunkSize: CHUNK_BYTES })
  pipeline(Readable.from(content), deflate, () => undefined)
  for await (const chunk of deflate) yield chunk
}
