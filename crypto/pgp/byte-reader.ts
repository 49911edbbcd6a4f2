/**
 * Takes exact numbers of bytes out of a stream of chunks, whatever sizes the chunks have. Nothing is copied unless
 * a wanted piece lies in several chunks.
 */
import { EnvelopeRefused } from '../envelope.ts'

/** A stream being read: the bytes at hand, how many were taken, and whether the source has more. */
export interface ByteReader {
  readonly iterator: AsyncIterator<Buffer>
  held: Buffer
  takenBytes: number
  ended: boolean
}

/** Starts reading at the first byte of `source`. */
export function byteReader(source: AsyncIterable<Buffer>): ByteReader {
  return { iterator: source[Symbol.asyncIterator](), held: Buffer.alloc(0), takenBytes: 0, ended: false }
}

/** Up to `sizeBytes` bytes that come next, without taking them; fewer only at the end of the stream. */
export async function peek(reader: ByteReader, sizeBytes: number): Promise<Buffer> {
  await hold(reader, sizeBytes)
  return reader.held.subarray(0, sizeBytes)
}

/** The next `sizeBytes` bytes; throws EnvelopeRefused TRUNCATED when the stream has fewer. */
export async function take(reader: ByteReader, sizeBytes: number): Promise<Buffer> {
  await hold(reader, sizeBytes)
  if (reader.held.length < sizeBytes) throw new EnvelopeRefused('TRUNCATED', 'the message ends in the middle')
  return advance(reader, sizeBytes)
}

/** Between one byte and `mostBytes` bytes, as they are at hand; none at the end of the stream. */
export async function takeSome(reader: ByteReader, mostBytes: number): Promise<Buffer> {
  await hold(reader, Math.min(1, mostBytes))
  return advance(reader, Math.min(mostBytes, reader.held.length))
}

/** True when nothing follows. */
export async function isAtEnd(reader: ByteReader): Promise<boolean> {
  return (await peek(reader, 1)).length === 0
}

/** Everything that follows, in chunks. */
export async function* restOf(reader: ByteReader): AsyncGenerator<Buffer> {
  while (!(await isAtEnd(reader))) yield advance(reader, reader.held.length)
}

function advance(reader: ByteReader, sizeBytes: number): Buffer {
  const taken = reader.held.subarray(0, sizeBytes)
  reader.held = reader.held.subarray(sizeBytes)
  reader.takenBytes += sizeBytes
  return taken
}

async function hold(reader: ByteReader, sizeBytes: number): Promise<void> {
  if (reader.held.length >= sizeBytes || reader.ended) return
  const chunks = reader.held.length === 0 ? [] : [reader.held]
  let heldBytes = reader.held.length
  while (heldBytes < sizeBytes && !reader.ended) {
    const next = await reader.iterator.next()
    if (next.done === true) reader.ended = true
    else if (next.value.length > 0) {
      chunks.push(next.value)
      heldBytes += next.value.length
    }
  }
  reader.held = chunks.length === 1 ? (chunks[0] ?? reader.held) : Buffer.concat(chunks)
}
