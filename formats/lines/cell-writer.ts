/**
 * Puts one column's text into the output: prefix and suffix, padding in bytes of the output charset, and refusal of
 * what does not fit or does not belong. A text is cut only where the profile says so, and never inside a character.
 */
import type { Charset } from '../values/charset.ts'
import type { Column } from './column.ts'

/** Writes a text at an offset and returns the next free offset; throws `CellRefused` or `UnencodableText`. */
export type CellWriter = (out: Uint8Array, at: number, text: string) => number

/** A text that its column cannot take. */
export class CellRefused extends Error {
  override readonly name = 'CellRefused'
}

/**
 * What must not stand in a column of text: controls, invisible format characters, private use, the replacement
 * character of somebody's lost text, spaces at the ends (a padded column could not give them back), the delimiter.
 */
export const forbiddenText = (delimiter: string): RegExp =>
  new RegExp(
    `[\\p{Cc}\\p{Cf}\\p{Co}\\p{Zl}\\p{Zp}\\ufffd\\ufffe\\uffff]|^\\s|\\s$${orLiteral(delimiter)}`,
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
export function cellWriter(charset: Charset, column: Column, forbidden: RegExp | undefined): CellWriter {
  const { bytes, maxBytes, prefix, suffix } = column
  const decorated = prefix !== '' || suffix !== ''
  const padByte = column.pad.charCodeAt(0)
  const padLeft = column.side === 'left'
  const full = (given: string): string => {
    if (forbidden?.test(given)) throw new CellRefused(`${column.title} has a forbidden character`)
    const text = decorated ? `${prefix}${given}${suffix}` : given
    return column.truncate ? fitted(charset, text, maxBytes) : text
  }
  return (out, at, given) => {
    const text = full(given)
    const written = charset.writeInto(out, at, text)
    if (written > maxBytes) throw new CellRefused(`${column.title} is longer than ${maxBytes} bytes`)
    if (bytes === undefined || written === bytes) return at + written
    const end = at + bytes
    if (padLeft) {
      out.copyWithin(end - written, at, at + written)
      out.fill(padByte, at, end - written)
    } else out.fill(padByte, at + written, end)
    return end
  }
}
