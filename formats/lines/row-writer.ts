/**
 * Writes one row into a buffer: every column's text is looked up, guarded, encrypted where it must be, and put in its
 * place. What a profile does not use costs nothing per row.
 */
import type { FieldCipher } from '../profile/compiled-profile.ts'
import { charset } from '../values/charset.ts'
import { type RowText, rowText, type WritableLine } from './cell-text.ts'
import {
  type CellProblem,
  type CellWriter,
  cellRefused,
  cellWriter,
  forbiddenText,
  repeatingWriter,
} from './cell-writer.ts'
import type { Column } from './column.ts'
import type { FileFacts } from './file-facts.ts'
import type { FileLayout } from './file-layout.ts'
import { isAccountText, isDigitText, textGuard } from './text-guard.ts'

/** Writes a row at an offset and returns the next free one; throws `CellRefused` or `UnencodableText`. */
export type RowWriter = (out: Uint8Array, at: number, line: WritableLine, position: number) => number

interface RowCell {
  readonly textOf: RowText
  readonly write: CellWriter
}

const givenItems: ReadonlySet<Column['item']> = new Set<Column['item']>([
  'name',
  'account',
  'idNumber',
  'remark',
  'text',
  'code',
  'reasonCode',
])

/** Items that hardly two rows of a file share; the texts of all others come again and again. */
const ownItems: ReadonlySet<Column['item']> = new Set<Column['item']>([
  'serial',
  'line',
  'account',
  'name',
  'idNumber',
  'amount',
  'paidAmount',
])

/** Makes the writer of some bytes that stand between cells or lines. */
export function bytePutter(bytes: Uint8Array): (out: Uint8Array, at: number) => number {
  return (out, at) => {
    for (let index = 0; index < bytes.length; index++) out[at + index] = bytes[index] ?? 0
    return at + bytes.length
  }
}

/** Makes the row writer of one file. */
export function rowWriter(layout: FileLayout, facts: FileFacts, cipher: FieldCipher | undefined): RowWriter {
  const codec = charset(layout.style.charset)
  const forbidden = forbiddenText(layout.style.delimiter, layout.style.forbidden)
  const delimiter = codec.encode(layout.style.delimiter)
  const guard = textGuard(forbidden, layout.style.delimiter)
  const cells: readonly RowCell[] = layout.row.map((column) => {
    const write = cellWriter(codec, column, givenItems.has(column.item) ? guard : undefined)
    return {
      textOf: sealedText(column, checkedText(column, rowText(column, facts)), forbidden, cipher),
      write: ownItems.has(column.item) ? write : repeatingWriter(write, column.maxBytes),
    }
  })
  const putDelimiter = bytePutter(delimiter)
  const last = cells.length - 1
  return (out, start, line, position) => {
    let at = start
    for (let index = 0; index <= last; index++) {
      const cell = cells[index]
      if (!cell) break
      at = cell.write(out, at, cell.textOf(line, position))
      if (index < last) at = putDelimiter(out, at)
    }
    return layout.trailingDelimiter ? putDelimiter(out, at) : at
  }
}

/** Room that a row can need at most; a longer cell is refused before the next one is written. */
export function rowBound(layout: FileLayout): number {
  const delimiters = (layout.row.length + 1) * layout.style.delimiter.length * 4
  return layout.row.reduce(
    (sum, column) => sum + column.maxBytes,
    delimiters + layout.style.newline.length + 4,
  )
}

/** Guards what padding would hide: a missing text, an account that is no account, an amount that is not positive. */
function checkedText(column: Column, textOf: RowText): RowText {
  const { pattern } = column
  const shaped = pattern
    ? guarded(
        column,
        textOf,
        remembering((text) => pattern.matches(text)),
        'FORBIDDEN_CHARACTER',
      )
    : textOf
  switch (column.item) {
    case 'account':
      return guarded(column, shaped, isAccountText, 'FORBIDDEN_CHARACTER')
    case 'serial':
      return guarded(
        column,
        shaped,
        (text) => text.length === (column.bytes ?? text.length) && isDigitText(text),
        'FORBIDDEN_CHARACTER',
      )
    case 'amount':
      return guarded(column, shaped, (_, { amountFen }) => amountFen > 0n, 'EMPTY')
    default:
      return column.required ? guarded(column, shaped, (text) => text !== '', 'EMPTY') : shaped
  }
}

/** Settings and constants need their pattern once; an empty text needs none. */
function remembering(matches: (text: string) => boolean): (text: string) => boolean {
  let matched = ''
  return (text) => {
    if (text === '' || text === matched) return true
    if (!matches(text)) return false
    matched = text
    return true
  }
}

function guarded(
  column: Column,
  textOf: RowText,
  good: (text: string, line: WritableLine) => boolean,
  code: CellProblem['code'],
): RowText {
  return (line, position) => {
    const text = textOf(line, position)
    if (!good(text, line)) throw cellRefused(column, code)
    return text
  }
}

/** The plain text must hold what it must without a cipher too; an empty one stays empty. */
function sealedText(
  column: Column,
  textOf: RowText,
  forbidden: RegExp,
  cipher: FieldCipher | undefined,
): RowText {
  if (!column.encrypted || !cipher) return textOf
  const plain = guarded(column, textOf, (text) => !forbidden.test(text), 'FORBIDDEN_CHARACTER')
  return (line, position) => {
    const text = plain(line, position)
    return text === '' ? '' : cipher.seal(text)
  }
}
