/** Contents on their way into the library and out of it. */
import { EnvelopeRefused } from '../envelope.ts'

/** The same content; throws EnvelopeRefused where it is empty or larger than agreed. */
export async function* sized(content: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<Buffer> {
  let sizeBytes = 0
  for await (const chunk of content) {
    sizeBytes += chunk.length
    if (sizeBytes > mostBytes) {
      throw new EnvelopeRefused('TOO_LARGE', `the content is larger than ${mostBytes} bytes`)
    }
    if (chunk.length > 0) yield chunk
  }
  if (sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'there is nothing to seal')
}

/** The library's chunks as buffers over the same bytes. */
export async function* buffers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}
