/**
 * Textual forms of DER messages (RFC 7468) as streams: PEM under any label, or Base64 alone. What is binary passes as
 * it is, so that a reader takes every form that banks and tools write.
 */
import { fromBase64, toBase64 } from './base64-stream.ts'
import { EnvelopeRefused } from './envelope.ts'

/** How a message came: binary, in PEM, or as Base64 without a label. */
export type MessageForm = 'der' | 'pem' | 'base64'

const LONGEST_LINE_BYTES = 128
const DASH = 0x2d
const SEQUENCE_IN_BASE64 = 0x4d
const BEGIN = /^-----BEGIN ([A-Z0-9 ]{1,40})-----$/
/** Far longer than any last line: the end line is looked for in what is held back. */
const HELD_CHARS = 256

/** Puts a stream into PEM under a label such as `CMS`. */
export async function* withPem(chunks: AsyncIterable<Buffer>, label: string): AsyncGenerator<Buffer> {
  yield Buffer.from(`-----BEGIN ${label}-----\n`)
  yield* toBase64(chunks)
  yield Buffer.from(`-----END ${label}-----\n`)
}

/** A message in binary, and in which form it came. Its chunks throw EnvelopeRefused MALFORMED or TRUNCATED. */
export async function binaryMessage(
  source: AsyncIterable<Buffer>,
): Promise<{ readonly form: MessageForm; readonly chunks: AsyncGenerator<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]()
  const first = await firstChunk(iterator)
  const all = after(first, iterator)
  if (first[0] === DASH) return { form: 'pem', chunks: fromBase64(withoutLabels(all)) }
  if (first[0] === SEQUENCE_IN_BASE64) return { form: 'base64', chunks: fromBase64(all) }
  return { form: 'der', chunks: all }
}

async function firstChunk(iterator: AsyncIterator<Buffer>): Promise<Buffer> {
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
    if (next.value.length > 0) return next.value
  return Buffer.alloc(0)
}

async function* after(first: Buffer, iterator: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield first
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
  }
}

/** The text between the begin line and its end line; after the end line only blank space may follow. */
async function* withoutLabels(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held = ''
  let label: string | undefined
  for await (const chunk of chunks) {
    held += chunk.toString('latin1')
    if (label === undefined) {
      const end = held.indexOf('\n')
      if (end < 0 && held.length < LONGEST_LINE_BYTES) continue
      label = labelOf(held.slice(0, end < 0 ? held.length : end))
      held = held.slice(end + 1)
    }
    const ready = held.length - HELD_CHARS
    if (ready <= 0) continue
    yield Buffer.from(held.slice(0, ready), 'latin1')
    held = held.slice(ready)
  }
  yield lastText(held, label)
}

function labelOf(line: string): string {
  const [, label] = BEGIN.exec(line.trimEnd()) ?? []
  if (label === undefined) throw new EnvelopeRefused('MALFORMED', 'the first line is not that of a PEM text')
  return label
}

function lastText(held: string, label: string | undefined): Buffer {
  const at = held.indexOf(`-----END ${label}-----`)
  if (label === undefined || at < 0)
    throw new EnvelopeRefused('TRUNCATED', 'the PEM text has no end line of its label')
  if (held.slice(at + `-----END ${label}-----`.length).trim() !== '')
    throw new EnvelopeRefused('TRAILING_BYTES', 'more follows the end line of the PEM text')
  return Buffer.from(held.slice(0, at), 'latin1')
}
