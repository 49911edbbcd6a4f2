/**
 * Takes the compression off a packet of type 8 (RFC 9580 section 5.6) as a stream; limits are those of `inflated.ts`.
 */
import { EnvelopeRefused } from '../envelope.ts'
import { type Compression, inflated } from '../inflated.ts'

/** Yields the content of a body that begins with its algorithm; throws EnvelopeRefused. */
export async function* decompressed(body: AsyncGenerator<Buffer>, mostBytes: number): AsyncGenerator<Buffer> {
  const first = await body.next()
  if (first.done === true) throw new EnvelopeRefused('TRUNCATED', 'a compressed packet is empty')
  const rest = after(first.value.subarray(1), body)
  const algorithm = first.value[0]
  if (algorithm === 0) yield* rest
  else yield* inflated(rest, compressionOf(algorithm), mostBytes)
}

function compressionOf(algorithm: number | undefined): Compression {
  if (algorithm === 1) return 'deflate'
  if (algorithm === 2) return 'zlib'
  throw new EnvelopeRefused(
    'ALGORITHM_NOT_AGREED',
    `compression ${algorithm} is not agreed; zip, zlib and none are`,
  )
}

async function* after(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first
  yield* rest
}
