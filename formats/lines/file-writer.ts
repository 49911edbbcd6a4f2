/**
 * Writes the lines of one file, request or answer, as its layout says. The same header and lines give the same
 * bytes; a line that the layout cannot take stops the file before a byte of it is returned.
 */
import { charset, UnencodableText } from '../values/charset.ts'
import { type FileFacts, fileText, type RowText, rowText, type WritableLine } from './cell-text.ts'
import { CellRefused, type CellWriter, cellWriter, forbiddenText } from './cell-writer.ts'
import type { Column, FileLayout } from './column.ts'
import { accountPattern } from './line-check.ts'

/** Says why a line could not be written; makes the error that the writer throws. */
export type Refuse = (line: WritableLine) => Error

/** Writers of a file's parts, for one file. */
export interface LayoutWriter {
  /** Header and column-name lines. */
  begin(): Buffer
  rows(lines: readonly WritableLine[]): Buffer
  /** Trailer and sentinel lines. */
  end(): Buffer
}

interface RowCell {
  readonly textOf: RowText
  readonly write: CellWriter
}

type RowWriter = (out: Uint8Array, at: number, line: WritableLine, position: number) => number

const payeeItems: ReadonlySet<Column['item']> = new Set<Column['item']>([
  'name',
  'account',
  'idNumber',
  'remark',
  'text',
  'code',
])

/** Makes the writer of one file. */
export function layoutWriter(layout: FileLayout, facts: FileFacts, refuse: Refuse): LayoutWriter {
  const codec = charset(layout.style.charset)
  const { finalNewline, newline } = layout.style
  const newlineBytes = Buffer.from(newline)
  const writeRow = rowWriter(layout, facts)
  const bound = rowBound(layout)
  let position = 0
  let started = false
  const textLines = (lines: readonly string[]): Buffer => {
    const texts = lines.map((line) => {
      const before = started && !finalNewline ? newline : ''
      started = true
      return `${before}${line}${finalNewline ? newline : ''}`
    })
    return codec.encode(texts.join(''))
  }
  const rows = (lines: readonly WritableLine[]): Buffer => {
    const out = Buffer.allocUnsafe(lines.length * bound)
    let at = 0
    for (const line of lines) {
      if (!finalNewline && started) at += newlineBytes.copy(out, at)
      started = true
      at = rowOrRefusal(writeRow, refuse, out, at, line, ++position)
      if (finalNewline) at += newlineBytes.copy(out, at)
    }
    return out.subarray(0, at)
  }
  return {
    begin: () => textLines([...headerLine(layout, facts), ...columnNameLine(layout)]),
    rows,
    end: () =>
      textLines([
        ...(layout.trailer ? [fileLine(layout, layout.trailer, facts)] : []),
        ...sentinelLine(layout),
      ]),
  }
}

function rowOrRefusal(
  writeRow: RowWriter,
  refuse: Refuse,
  out: Uint8Array,
  at: number,
  line: WritableLine,
  position: number,
): number {
  try {
    return writeRow(out, at, line, position)
  } catch (error) {
    if (error instanceof CellRefused || error instanceof UnencodableText) throw refuse(line)
    throw error
  }
}

/** Room that a row can need at most; a longer cell is refused before the next one is written. */
function rowBound(layout: FileLayout): number {
  const delimiters = (layout.row.length + 1) * layout.style.delimiter.length * 4
  return layout.row.reduce(
    (sum, column) => sum + column.maxBytes,
    delimiters + layout.style.newline.length + 4,
  )
}

function rowWriter(layout: FileLayout, facts: FileFacts): RowWriter {
  const codec = charset(layout.style.charset)
  const forbidden = forbiddenText(layout.style.delimiter)
  const delimiter = codec.encode(layout.style.delimiter)
  const cells: readonly RowCell[] = layout.row.map((column) => ({
    textOf: checkedText(column, rowText(column, facts)),
    write: cellWriter(codec, column, payeeItems.has(column.item) ? forbidden : undefined),
  }))
  const putDelimiter = (out: Uint8Array, at: number): number => {
    for (let index = 0; index < delimiter.length; index++) out[at + index] = delimiter[index] ?? 0
    return at + delimiter.length
  }
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

/** Guards what padding would hide: a missing text, an account that is no account, an amount that is not positive. */
function checkedText(column: Column, textOf: RowText): RowText {
  switch (column.item) {
    case 'account':
      return guarded(column, textOf, (text) => text !== '' && accountPattern.test(text))
    case 'serial':
      return guarded(
        column,
        textOf,
        (text) => text.length === (column.bytes ?? text.length) && /^\d+$/u.test(text),
      )
    case 'amount':
      return guarded(column, textOf, (text) => /^[0-9.]*[1-9]/u.test(text))
    default:
      return column.required ? guarded(column, textOf, (text) => text !== '') : textOf
  }
}

function guarded(column: Column, textOf: RowText, good: (text: string) => boolean): RowText {
  return (line, position) => {
    const text = textOf(line, position)
    if (!good(text)) throw new CellRefused(`${column.title} is not fit to be sent`)
    return text
  }
}

const headerLine = (layout: FileLayout, facts: FileFacts): readonly string[] =>
  layout.header ? [fileLine(layout, layout.header, facts)] : []

const columnNameLine = (layout: FileLayout): readonly string[] =>
  layout.columnNames
    ? [
        joined(
          layout,
          layout.row.map((column) => column.title),
        ),
      ]
    : []

const sentinelLine = (layout: FileLayout): readonly string[] =>
  layout.sentinel === undefined ? [] : [layout.sentinel]

const joined = (layout: FileLayout, cells: readonly string[]): string =>
  cells.join(layout.style.delimiter) + (layout.trailingDelimiter ? layout.style.delimiter : '')

/** A header or trailer line; throws when a value has outgrown its column, which is a mistake of the plan. */
function fileLine(layout: FileLayout, columns: readonly Column[], facts: FileFacts): string {
  const codec = charset(layout.style.charset)
  const forbidden = forbiddenText(layout.style.delimiter)
  const cells = columns.map((column) => {
    const ours = column.item === 'literal'
    const room = Buffer.alloc(column.maxBytes + 256)
    const end = cellWriter(codec, column, ours ? undefined : forbidden)(
      room,
      0,
      fileText(column, facts) ?? '',
    )
    return codec.decode(room.subarray(0, end))
  })
  return cells.join(layout.style.delimiter)
}
