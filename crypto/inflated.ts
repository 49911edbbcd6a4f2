/**
 * Decompresses a stream (RFC 1950 to 1952) and stops what grows beyond all proportion: a megabyte that becomes a
 * gigabyte is no payment file. Bytes behind the end of the compressed content are refused, never passed over.
 */
import { pipeline, Readable } from 'node:stream'
import { createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { EnvelopeRefused } from './envelope.ts'

/** How content is compressed: gzip, zlib, or deflate alone. */
export type Compression = 'gzip' | 'zlib' | 'deflate'

/** A payment file shrinks to a tenth at best; zeros shrink to a thousandth. */
const LARGEST_RATIO = 200
/** Up to this size the ratio does not matter. */
const SMALL_BYTES = 16 * 1024 * 1024
const CHUNK_BYTES = 256 * 1024
const START = { gzip: createGunzip, zlib: createInflate, deflate: createInflateRaw } as const

/**
 * Yields the content; throws EnvelopeRefused TOO_LARGE, TRUNCATED, TRAILING_BYTES or MALFORMED. Content may grow to
 * `largestRatio` times its size, 200 unless told.
 */
export async function* inflated(
  compressed: AsyncIterable<Buffer>,
  compression: Compression,
  mostBytes: number,
  largestRatio = LARGEST_RATIO,
): AsyncGenerator<Buffer> {
  const counted = { readBytes: 0 }
  let sizeBytes = 0
  for await (const chunk of unbounded(counting(compressed, counted), compression, counted)) {
    sizeBytes += chunk.length
    const isBomb = sizeBytes > SMALL_BYTES && sizeBytes > counted.readBytes * largestRatio
    if (isBomb || sizeBytes > mostBytes) {
      throw new EnvelopeRefused('TOO_LARGE', 'the compressed content grows beyond all limits')
    }
    yield chunk
  }
}

async function* unbounded(
  compressed: AsyncGenerator<Buffer>,
  compression: Compression,
  counted: { readonly readBytes: number },
): AsyncGenerator<Buffer> {
  const inflate = START[compression]({ chunkSize: CHUNK_BYTES })
  pipeline(Readable.from(withoutReturn(compressed)), inflate, () => undefined)
  try {
    for await (const chunk of inflate) yield chunk
  } catch (error) {
    throw isZlibError(error) ? zlibRefusal(error) : error
  }
  for await (const chunk of compressed) if (chunk.length > 0) break
  if (counted.readBytes === 0) throw zlibRefusal(new Error('unexpected end'))
  if (inflate.bytesWritten !== counted.readBytes) {
    throw new EnvelopeRefused('TRAILING_BYTES', 'bytes follow the end of the compressed content')
  }
}

async function* counting(
  source: AsyncIterable<Buffer>,
  counted: { readBytes: number },
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    counted.readBytes += chunk.length
    yield chunk
  }
}

/** The stream must not end the source: what follows the compressed content still has to be looked at. */
function withoutReturn(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const iterator = source[Symbol.asyncIterator]()
  return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^(Z_|ERR_STREAM)/.test(String(error.code))
}

function zlibRefusal(error: Error): EnvelopeRefused {
  const cut = /unexpected end/i.test(error.message)
  return new EnvelopeRefused(
    cut ? 'TRUNCATED' : 'MALFORMED',
    `the compressed content ${cut ? 'ends in the middle' : 'cannot be decompressed'}`,
  )
}
