/**
 * Base64 (RFC 4648 section 4) as a stream: written in lines of 64 letters that `openssl base64 -d` takes, read with
 * any line breaks or none, and strictly: a letter that does not belong, or bits that are left over, refuse the whole.
 */
import { EnvelopeRefused } from './envelope.ts'

const LINE_BYTES = 48
const BLOCK_BYTES = LINE_BYTES * 1024
/** Text is decoded in small pieces, for strings of a whole chunk pile up. */
const PIECE_BYTES = 64 * 1024
const SPACE = /[ \t\r\n]+/g
const LETTERS = /^[A-Za-z0-9+/]*$/
const ENDING = /^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/

/** Yields the text as Latin-1 bytes. */
export async function* toBase64(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    while (held.length >= LINE_BYTES) {
      const taken = Math.min(BLOCK_BYTES, held.length - (held.length % LINE_BYTES))
      yield inLines(held.subarray(0, taken))
      held = held.subarray(taken)
    }
  }
  if (held.length > 0) yield inLines(held)
}

/** Yields the bytes; throws EnvelopeRefused MALFORMED, TRAILING_BYTES, or TRUNCATED when the last group is not whole. */
export async function* fromBase64(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const state = { pending: '', ended: false }
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const bytes = decoded(state, chunk.toString('latin1', at, Math.min(at + PIECE_BYTES, chunk.length)))
      if (bytes.length > 0) yield bytes
    }
  }
  if (state.pending !== '') throw new EnvelopeRefused('TRUNCATED', 'the Base64 text ends in the middle')
}

function inLines(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('base64').replace(/.{1,64}/g, '$&\n'), 'latin1')
}

function decoded(state: { pending: string; ended: boolean }, piece: string): Buffer {
  const text = state.pending + piece.replace(SPACE, '')
  if (text === '') return Buffer.alloc(0)
  if (state.ended) throw new EnvelopeRefused('TRAILING_BYTES', 'letters follow the end of the Base64 text')
  const whole = text.slice(0, text.length - (text.length % 4))
  state.pending = text.slice(whole.length)
  const padded = whole.indexOf('=') >= 0 || state.pending.includes('=')
  if (!padded) {
    if (!LETTERS.test(text)) throw malformed()
    return Buffer.from(whole, 'base64')
  }
  return lastGroup(state, whole)
}

function lastGroup(state: { pending: string; ended: boolean }, whole: string): Buffer {
  const first = whole.indexOf('=')
  // The padding may be cut in two by a chunk: then the group is whole with the next one.
  if (first < 0) {
    if (!/^[A-Za-z0-9+/]{2,3}=$/.test(state.pending) || !LETTERS.test(whole)) throw malformed()
    return Buffer.from(whole, 'base64')
  }
  const end = first - (first % 4) + 4
  const group = whole.slice(end - 4, end)
  if (!LETTERS.test(whole.slice(0, end - 4)) || !ENDING.test(group)) throw malformed()
  if (end < whole.length || state.pending !== '') {
    throw new EnvelopeRefused('TRAILING_BYTES', 'letters follow the end of the Base64 text')
  }
  const last = Buffer.from(group, 'base64')
  if (last.toString('base64') !== group) throw malformed()
  state.ended = true
  return Buffer.from(whole, 'base64')
}

function malformed(): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', 'the text is not Base64')
}
