/**
 * Puts one column's text into the output: prefix and suffix, padding in bytes of the output charset, and refusal of
 * what does not fit or does not belong. A text is cut only where the profile says so, and never inside a character.
 */
import type { Charset } from '../values/charset.ts'
import type { Column } from './column.ts'

/** Writes a text at an offset and returns the next free offset; throws `CellRefused` or `UnencodableText`. */
export type CellWriter = (out: Uint8Array, at: number, text: string) => number

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
export function cellWriter(charset: Charset, column: Column, forbidden: RegExp | undefined): CellWriter {
  const { bytes, maxBytes, prefix, suffix } = column
  const decorated = prefix !== '' || suffix !== ''
  const padByte = column.pad.charCodeAt(0)
  const padLeft = column.side === 'left'
  const full = (given: string): string => {
    if (forbidden?.test(given)) throw cellRefused(column, 'FORBIDDEN_CHARACTER')
    const text = decorated ? `${prefix}${given}${suffix}` : given
    return column.truncate ? fitted(charset, text, maxBytes) : text
  }
  const tooLong = (written: number): CellRefused =>
    cellRefused(column, 'TOO_LONG', { bytes: written, limitBytes: maxBytes, charset: charset.name })
  const measured = charset.name === 'utf8'
  return (out, at, given) => {
    const text = full(given)
    if (measured && text.length * 3 > maxBytes) {
      const needed = charset.byteLength(text)
      if (needed > maxBytes) throw tooLong(needed)
    }
    const written = charset.writeInto(out, at, text)
    if (written > maxBytes) throw tooLong(written)
    if (bytes === undefined || written === bytes) return at + written
    const end = at + bytes
    if (padLeft) {
      out.copyWithin(end - written, at, at + written)
      out.fill(padByte, at, end - written)
    } else out.fill(padByte, at + written, end)
    return end
  }
}
