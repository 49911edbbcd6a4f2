/**
 * Contents that travel compressed and in Base64 inside a bank's message. A reader takes them wrapped or plain and
 * tells them apart without doubt: a wrapped content has Base64 letters alone and begins as zlib or gzip does, while
 * every plain one has a delimiter or a tag early on. What is wrapped is held whole, and never grows beyond its cap.
 */
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import type { FileRefusal } from '../bank-file.ts'
import type { FileReader } from '../profile/compiled-profile.ts'

/** How a content is wrapped: `steps` in the order in which they are applied to the plain one. */
export interface Wrapping {
  readonly steps: readonly ('zlib' | 'gzip' | 'base64')[]
  /** Greatest size of the content, wrapped and plain, in bytes. */
  readonly maxPlainBytes: number
}

/** A plain content, or why it cannot be had. */
export type Unwrapped =
  | { readonly kind: 'plain'; readonly content: Buffer }
  | { readonly kind: 'refused'; readonly refusal: FileRefusal }

type Step = Wrapping['steps'][number]

const wrapSteps: Readonly<Record<Step, (content: Buffer) => Buffer>> = {
  zlib: (content) => deflateSync(content),
  gzip: (content) => gzipSync(content),
  base64: (content) => Buffer.from(content.toString('base64'), 'latin1'),
}

/** Makes the wrapper of a whole content; the same content gives the same bytes. */
export const wrapper =
  ({ steps }: Wrapping): ((plain: Buffer) => Buffer) =>
  (plain) =>
    steps.reduce((content, step) => wrapSteps[step](content), plain)

/** Unwraps a whole content that is wrapped. A bomb is refused after `maxPlainBytes`, whatever it would grow to. */
export function unwrapped(content: Buffer, { steps, maxPlainBytes }: Wrapping): Unwrapped {
  let plain: Buffer = content
  for (const step of [...steps].reverse()) {
    const result = step === 'base64' ? fromBase64(plain) : decompressed(step, plain, maxPlainBytes)
    if (result.kind === 'refused') return result
    plain = result.content
  }
  return { kind: 'plain', content: plain }
}

const refused = (code: 'WRAPPING' | 'TOO_LARGE', facts: FileRefusal['facts']): Unwrapped => ({
  kind: 'refused',
  refusal: { code, facts },
})

/** Line breaks are passed over; anything else that is not Base64, and bits that no encoder leaves, are refused. */
function fromBase64(content: Buffer): Unwrapped {
  const text = content.toString('latin1').replace(/[\r\n]+/gu, '')
  const wrong = text.search(/[^A-Za-z0-9+/]/u)
  const padding = wrong < 0 ? '' : text.slice(wrong)
  const sound = text.length % 4 === 0 && (padding === '' || padding === '=' || padding === '==')
  const plain = sound ? Buffer.from(text, 'base64') : undefined
  const tail = text.slice(-4)
  if (!plain || Buffer.from(tail, 'base64').toString('base64') !== tail)
    return refused('WRAPPING', { expected: 'Base64' })
  return { kind: 'plain', content: plain }
}

/** `info` gives how many bytes were used, so that what follows the compressed data is noticed. */
function decompressed(step: 'zlib' | 'gzip', content: Buffer, maxOutputLength: number): Unwrapped {
  try {
    const options = { maxOutputLength, info: true } as const
    const result: unknown = step === 'zlib' ? inflateSync(content, options) : gunzipSync(content, options)
    const { plain, used } = inflated(result)
    return used === content.length
      ? { kind: 'plain', content: plain }
      : refused('WRAPPING', { expected: step, found: 'bytes after the end' })
  } catch (error) {
    if (error instanceof RangeError) return refused('TOO_LARGE', { limitBytes: maxOutputLength })
    return refused('WRAPPING', { expected: step })
  }
}

/** What `info` makes zlib give; the platform's types know the buffer alone. */
function inflated(result: unknown): { plain: Buffer; used: number } {
  if (typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result) {
    const { buffer, engine } = result
    if (Buffer.isBuffer(buffer) && typeof engine === 'object' && engine !== null && 'bytesWritten' in engine)
      return { plain: buffer, used: Number(engine.bytesWritten) }
  }
  throw new TypeError('zlib gave no info')
}

/** Chunks kept until it is known what they are; beyond the cap they are only counted. */
interface Held {
  readonly chunks: Buffer[]
  sizeBytes: number
}

/**
 * Makes a reader that takes contents wrapped or plain. A plain content passes through as it comes; the rows of a
 * wrapped one come out at the end.
 */
export function wrappedOrPlainReader<Row>(wrapping: Wrapping, plain: FileReader<Row>): FileReader<Row> {
  const { maxPlainBytes } = wrapping
  const held: Held = { chunks: [], sizeBytes: 0 }
  let passing = false
  let begunWrapped = false
  return {
    read: (chunk) => {
      if (passing) return plain.read(chunk)
      if (held.sizeBytes <= maxPlainBytes) {
        held.chunks.push(Buffer.from(chunk))
        passing = isPlain(held.chunks, wrapping)
      }
      held.sizeBytes += chunk.length
      if (!passing) return []
      begunWrapped = beginsWrapped(Buffer.concat(held.chunks), wrapping)
      return held.chunks.splice(0).flatMap((each) => plain.read(each))
    },
    end: () => {
      if (passing) return begunWrapped ? namedWrapping(plain.end()) : plain.end()
      if (held.sizeBytes > maxPlainBytes)
        return refusedWhole({ code: 'TOO_LARGE', facts: { limitBytes: maxPlainBytes } })
      return endOfHeld(Buffer.concat(held.chunks), wrapping, plain)
    },
  }
}

function endOfHeld<Row>(
  content: Buffer,
  wrapping: Wrapping,
  plain: FileReader<Row>,
): ReturnType<FileReader<Row>['end']> {
  if (!beginsWrapped(content, wrapping)) return endOf(plain, content)
  const result = unwrapped(content, wrapping)
  return result.kind === 'refused' ? refusedWhole(result.refusal) : endOf(plain, result.content)
}

/** True when the chunks so far cannot be wrapped; the last one is the only one that was not asked about yet. */
function isPlain(chunks: readonly Buffer[], wrapping: Wrapping): boolean {
  if (wrapping.steps.at(-1) === 'base64') return hasOtherThanBase64(chunks.at(-1) ?? Buffer.alloc(0))
  const start = Buffer.concat(chunks.slice(0, 4))
  return start.length >= 2 && !beginsWrapped(start, wrapping)
}

const refusedWhole = <Row>(refusal: FileRefusal): ReturnType<FileReader<Row>['end']> => ({
  rows: [],
  kind: 'refused',
  refusals: [refusal],
})

const blockBytes = 64 * 1024

function endOf<Row>(reader: FileReader<Row>, content: Buffer): ReturnType<FileReader<Row>['end']> {
  const rows: Row[] = []
  for (let from = 0; from < content.length; from += blockBytes)
    for (const row of reader.read(content.subarray(from, from + blockBytes))) rows.push(row)
  const end = reader.end()
  for (const row of end.rows) rows.push(row)
  return { ...end, rows }
}

/** A content that begins wrapped and then has other bytes is broken, unless it reads as a plain one after all. */
function namedWrapping<Row>(end: ReturnType<FileReader<Row>['end']>): ReturnType<FileReader<Row>['end']> {
  if (end.kind === 'read') return end
  return { ...end, refusals: [{ code: 'WRAPPING', facts: { expected: 'Base64' } }, ...end.refusals] }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n'

/** 1 for every byte that Base64 may have. */
const base64Bytes = new Uint8Array(256)
for (const byte of Buffer.from(letters, 'latin1')) base64Bytes[byte] = 1

function hasOtherThanBase64(chunk: Buffer): boolean {
  for (let index = 0; index < chunk.length; index++) if (!base64Bytes[chunk[index] ?? 0]) return true
  return false
}

/** True when the first bytes are those of a compressed content, in Base64 where that is the last step. */
function beginsWrapped(content: Buffer, { steps }: Wrapping): boolean {
  const inBase64 = steps.at(-1) === 'base64'
  const [compression] = inBase64 ? steps.slice(-2) : steps.slice(-1)
  const start = inBase64 ? decodedStart(content) : content
  const [first = 0, second = 0] = start
  if (compression === 'gzip') return first === 0x1f && second === 0x8b
  if (compression === 'zlib')
    return (first & 0x0f) === 8 && first >>> 4 <= 7 && (first * 256 + second) % 31 === 0
  return start.length > 0
}

const decodedStart = (content: Buffer): Buffer =>
  Buffer.from(
    content
      .subarray(0, 64)
      .toString('latin1')
      .replace(/[\r\n]+/gu, '')
      .slice(0, 4),
    'base64',
  )
