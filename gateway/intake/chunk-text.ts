/**
 * From the bytes of a chunk to its lines. Bytes that are not clean UTF-8 text sink the whole body, with the offset
 * of the first bad byte: a body in another encoding would otherwise store names that nobody has (F08).
 */
import { isUtf8 } from 'node:buffer'

/** Why a chunk cannot be read as text, and where. */
export interface EncodingFlaw {
  readonly code: 'BOM' | 'NUL' | 'LONE_CR' | 'INVALID_UTF8'
  /** Offset of the first bad byte in the chunk, from 0. */
  readonly byteOffset: number
}

const LF = 10
const CR = 13

/** The first flaw of a chunk that ends at a line end or at the end of the body; `first` chunks may begin with a BOM. */
export function encodingFlaw(bytes: Buffer, first: boolean): EncodingFlaw | undefined {
  if (first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return { code: 'BOM', byteOffset: 0 }
  const flaws = [
    flawAt('NUL', bytes.indexOf(0)),
    flawAt('LONE_CR', loneCr(bytes)),
    flawAt('INVALID_UTF8', badUtf8(bytes)),
  ]
  return flaws.reduce((a, b) => (b && (!a || b.byteOffset < a.byteOffset) ? b : a), undefined)
}

const flawAt = (code: EncodingFlaw['code'], byteOffset: number): EncodingFlaw | undefined =>
  byteOffset < 0 ? undefined : { code, byteOffset }

function loneCr(bytes: Buffer): number {
  for (let at = bytes.indexOf(CR); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] !== LF) return at
  }
  return -1
}

/** Halves the bytes until the first bad one is found; a cut is moved off continuation bytes first. */
function badUtf8(bytes: Buffer): number {
  if (isUtf8(bytes)) return -1
  let good = 0
  let bad = bytes.length
  while (bad - good > 4) {
    const middle = characterStart(bytes, good, good + ((bad - good) >> 1))
    if (middle > good && isUtf8(bytes.subarray(good, middle))) good = middle
    else if (middle > good) bad = middle
    else break
  }
  while (good < bad && prefixIsUtf8(bytes, good, bad)) good += characterLength(bytes, good)
  return good
}

function characterStart(bytes: Buffer, least: number, at: number): number {
  let start = at
  while (start > least && at - start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--
  return start
}

const prefixIsUtf8 = (bytes: Buffer, from: number, end: number): boolean =>
  isUtf8(bytes.subarray(from, Math.min(end, from + characterLength(bytes, from))))

function characterLength(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0
  if (lead < 0xc0) return 1
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

/** The lines of a chunk without their ends. The last chunk of a body may end in one blank line, which is none. */
export function splitLines(text: string, last: boolean): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const plain = text.includes('\r')
    ? lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    : lines
  if (last && plain.at(-1) === '') plain.pop()
  return plain
}
