/**
 * Puts one column's text into the output: prefix and suffix, padding in bytes of the output charset, and refusal of
 * what does not fit or does not belong. A text is cut only where the profile says so, and never inside a character.
 */
import type { Charset } from '../values/charset.ts'
import type { Column } from './column.ts'

/** Writes a text at an offset and returns the next free offset; throws `CellRefused` or `UnencodableText`. */
export type CellWriter = (out: Uint8Array, at: number, text: string) => number

/** Tells a text that must not be written; a pattern does. */
export interface TextTest {
  test(text: string): boolean
}

/** Why a text was refused, beside the column that refused it. */
export interface CellProblem {
  readonly item: Column['item']
  readonly code: 'TOO_LONG' | 'EMPTY' | 'FORBIDDEN_CHARACTER'
  readonly facts: Readonly<Record<string, string | number>>
}

/** A text that its column cannot take. Neither message nor facts repeat the text. */
export class CellRefused extends Error {
  override readonly name = 'CellRefused'
  readonly problem: CellProblem | undefined
  constructor(message: string, problem?: CellProblem) {
    super(message)
    this.problem = problem
  }
}

/** Refuses a column's text, with what the check of a line says of such a text. */
export const cellRefused = (
  column: Column,
  code: CellProblem['code'],
  facts: CellProblem['facts'] = {},
): CellRefused =>
  new CellRefused(`${column.title}: ${code}`, {
    item: column.item,
    code,
    facts: { column: column.title, ...facts },
  })

/**
 * What must not stand in a column of text: controls, invisible format characters, private use, the replacement
 * character of somebody's lost text, spaces at the ends (a padded column could not give them back), the delimiter,
 * and each of the `characters` that a bank forbids.
 */
export const forbiddenText = (delimiter: string, characters = ''): RegExp =>
  new RegExp(
    `[\\p{Cc}\\p{Cf}\\p{Co}\\p{Zl}\\p{Zp}\\ufffd\\ufffe\\uffff]|^\\s|\\s$${[delimiter, ...characters].map(orLiteral).join('')}`,
    'u',
  )

const orLiteral = (delimiter: string): string =>
  delimiter === '' ? '' : `|${delimiter.replace(/[.*+?^${}()|[\]\\/]/gu, '\\$&')}`

/** The longest beginning of a text that fits, cut between characters. */
export function fitted(charset: Charset, text: string, maxBytes: number): string {
  let taken = ''
  let bytes = 0
  for (const character of text) {
    bytes += charset.byteLength(character)
    if (bytes > maxBytes) break
    taken += character
  }
  return taken
}

/** Makes the writer of one column. `forbidden` is undefined for columns whose text is our own. */
export function cellWriter(charset: Charset, column: Column, forbidden: TextTest | undefined): CellWriter {
  const { bytes, maxBytes, prefix, suffix } = column
  const decorated = prefix !== '' || suffix !== ''
  const padByte = column.pad.charCodeAt(0)
  const padLeft = column.side === 'left'
  const full = (given: string): string => {
    if (forbidden?.test(given)) throw cellRefused(column, 'FORBIDDEN_CHARACTER')
    const text = decorated ? `${prefix}${given}${suffix}` : given
    return column.truncate ? fitted(charset, text, maxBytes) : text
  }
  const put = textPutter(charset, column)
  return (out, at, given) => {
    const written = put(out, at, full(given))
    if (bytes === undefined || written === bytes) return at + written
    return padLeft ? padBefore(out, at, written, bytes, padByte) : padBehind(out, at, written, bytes, padByte)
  }
}

/** Puts a text that fits its column; of UTF-8 the room is measured before, since its bytes are put all at once. */
function textPutter(charset: Charset, column: Column) {
  const { maxBytes } = column
  const tooLong = (written: number): CellRefused =>
    cellRefused(column, 'TOO_LONG', { bytes: written, limitBytes: maxBytes, charset: charset.name })
  const measured = charset.name === 'utf8'
  return (out: Uint8Array, at: number, text: string): number => {
    if (text.length <= maxBytes && putAscii(out, at, text)) return text.length
    if (measured && text.length * 3 > maxBytes) {
      const needed = charset.byteLength(text)
      if (needed > maxBytes) throw tooLong(needed)
    }
    const written = charset.writeInto(out, at, text)
    if (written > maxBytes) throw tooLong(written)
    return written
  }
}

/** Puts a text of one-byte characters, which are the same in every charset; false for any other text. */
function putAscii(out: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) return false
    out[at + index] = unit
  }
  return true
}

/** Cells are short: loops over them take less time than calls of `fill` and `copyWithin`. */
function padBehind(out: Uint8Array, at: number, written: number, bytes: number, padByte: number): number {
  const end = at + bytes
  for (let index = at + written; index < end; index++) out[index] = padByte
  return end
}

function padBefore(out: Uint8Array, at: number, written: number, bytes: number, padByte: number): number {
  const end = at + bytes
  for (let from = at + written - 1, to = end - 1; from >= at; ) out[to--] = out[from--] ?? 0
  for (let index = at; index < end - written; index++) out[index] = padByte
  return end
}

/** The same writer, which copies the bytes of the text before when a text comes again. */
export function repeatingWriter(write: CellWriter, maxBytes: number): CellWriter {
  const bytes = new Uint8Array(maxBytes)
  let last: string | undefined
  let length = 0
  return (out, at, text) => {
    if (text === last) {
      for (let index = 0; index < length; index++) out[at + index] = bytes[index] ?? 0
      return at + length
    }
    const end = write(out, at, text)
    length = end - at
    last = text
    for (let index = 0; index < length; index++) bytes[index] = out[at + index] ?? 0
    return end
  }
}
