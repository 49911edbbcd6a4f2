/**
 * Takes ASCII armour (RFC 9580 section 6) off a stream; bytes that are not armoured pass as they are. The checksum
 * of armour is not looked at, as that document asks: it protects nothing that the packets do not protect better.
 */
import { EnvelopeRefused } from '../envelope.ts'
import { type ByteReader, byteReader, peek, restOf, take, takeSome } from './byte-reader.ts'

/** Text is decoded in small pieces, for strings of a whole chunk pile up. */
const PIECE_BYTES = 128 * 1024
const LONGEST_HEAD_BYTES = 4096
const LONGEST_TAIL_CHARS = 4096
const BASE64_LINE = /^[A-Za-z0-9+/]*$/
const SPACE = /[ \t\r\n]+/g

/** What armour may say that it holds. */
export type ArmorKind = 'MESSAGE' | 'SIGNATURE' | 'PRIVATE KEY BLOCK'

/** The packets of a stream that is armoured or not; throws EnvelopeRefused: NOT_ENCRYPTED or NOT_SIGNED when it is neither. */
export async function* withoutArmor(source: AsyncIterable<Buffer>, kind: ArmorKind): AsyncGenerator<Buffer> {
  const reader = byteReader(source)
  try {
    const first = (await peek(reader, 1))[0]
    if (first === undefined || first >= 0x80) yield* restOf(reader)
    else yield* armoredBytes(reader, kind)
  } finally {
    await reader.iterator.return?.()
  }
}

async function* armoredBytes(reader: ByteReader, kind: ArmorKind): AsyncGenerator<Buffer> {
  await takeHead(reader, kind)
  const state = { pending: '', tail: '' }
  for (let chunk = await takeSome(reader, PIECE_BYTES); chunk.length > 0; ) {
    const bytes = decodeChunk(state, chunk.toString('latin1'))
    if (bytes.length > 0) yield bytes
    chunk = await takeSome(reader, PIECE_BYTES)
  }
  yield lastBytes(state, kind)
}

/** Begin line, headers and the empty line that ends them. */
async function takeHead(reader: ByteReader, kind: ArmorKind): Promise<void> {
  const start = (await peek(reader, LONGEST_HEAD_BYTES)).toString('latin1')
  const [begin] = /^\s*-----BEGIN PGP ([A-Z ]+)-----[ \t]*\r?\n/.exec(start) ?? []
  if (begin === undefined) throw notPgp(start, kind)
  if (begin.trim() !== `-----BEGIN PGP ${kind}-----`) throw malformed(`the armour does not hold a ${kind}`)
  const [headers] = /^(?:[A-Za-z]+: [^\r\n]*\r?\n)*[ \t]*\r?\n/.exec(start.slice(begin.length)) ?? []
  if (headers === undefined) {
    throw /\n[ \t]*\r?\n/.test(start) ? malformed('the armour has headers that are not headers') : truncated()
  }
  await take(reader, begin.length + headers.length)
}

interface Decoding {
  pending: string
  tail: string
}

/** Base64 up to the first `=` or `-`; from there on everything is kept for the end, which is short. */
function decodeChunk(state: Decoding, chunk: string): Buffer {
  const at = state.tail === '' ? chunk.search(/[=-]/) : 0
  if (at >= 0) {
    state.tail += chunk.slice(at)
    if (state.tail.length > LONGEST_TAIL_CHARS) throw trailing()
  }
  const letters = state.pending + (at < 0 ? chunk : chunk.slice(0, at)).replace(SPACE, '')
  const whole = letters.length - (letters.length % 4)
  state.pending = letters.slice(whole)
  return fromBase64(letters.slice(0, whole))
}

function lastBytes(state: Decoding, kind: ArmorKind): Buffer {
  const [found, padding = ''] =
    /^(={0,2})\s*(?:=[A-Za-z0-9+/]{4}\s*)?-----END PGP [A-Z ]+-----/.exec(state.tail) ?? []
  if (found === undefined) throw tailRefusal(state.tail)
  if (!found.endsWith(`-----END PGP ${kind}-----`)) throw malformed('the armour ends as something else')
  if (state.tail.slice(found.length).trim() !== '') throw trailing()
  const last = state.pending + padding
  if (last.length % 4 !== 0) throw malformed('the base64 of the armour is not complete')
  return fromBase64(last.slice(0, last.length - padding.length), padding)
}

/** Cut short, or with characters that no armour has. */
function tailRefusal(tail: string): EnvelopeRefused {
  const isStart = /^={0,2}\s*(?:=?[A-Za-z0-9+/]{0,4}\s*)?(?:-[-A-Z ]{0,40})?$/.test(tail)
  return isStart ? truncated() : malformed('the armour does not end as armour does')
}

function fromBase64(letters: string, padding = ''): Buffer {
  if (!BASE64_LINE.test(letters)) throw malformed('the armour is not base64')
  return Buffer.from(letters + padding, 'base64')
}

/** Other text is a file that was never encrypted; a begin line that stops short is a message cut off. */
function notPgp(start: string, kind: ArmorKind): EnvelopeRefused {
  if (start.trimStart().startsWith('-----BEGIN PGP')) return truncated()
  const code = kind === 'MESSAGE' ? 'NOT_ENCRYPTED' : 'NOT_SIGNED'
  return new EnvelopeRefused(code, 'the bytes are neither OpenPGP packets nor armour')
}

function trailing(): EnvelopeRefused {
  return new EnvelopeRefused('TRAILING_BYTES', 'bytes follow the end of the armour')
}

function truncated(): EnvelopeRefused {
  return new EnvelopeRefused('TRUNCATED', 'the armour ends in the middle')
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}
