/**
 * Writes the lines of one file, request or answer, as its layout says. The same header and lines give the same
 * bytes; a line that the layout cannot take stops the file before a byte of it is returned.
 */
import type { FieldCipher } from '../profile/compiled-profile.ts'
import { charset, UnencodableText } from '../values/charset.ts'
import { fileText, type WritableLine } from './cell-text.ts'
import { CellRefused, cellRefused, cellWriter, forbiddenText } from './cell-writer.ts'
import type { Column } from './column.ts'
import type { FileFacts } from './file-facts.ts'
import type { FileLayout } from './file-layout.ts'
import { bytePutter, type RowWriter, rowBound, rowWriter } from './row-writer.ts'

/** Says why a line could not be written; makes the error that the writer throws. */
export type Refuse = (line: WritableLine, cause: CellRefused | UnencodableText) => Error

/** Stands before the first line of a file whose profile asks for it. */
const byteOrderMark = '\ufeff'

/** Writers of a file's parts, for one file. */
export interface LayoutWriter {
  /** Header and column-name lines. */
  begin(): Buffer
  rows(lines: readonly WritableLine[]): Buffer
  /** Trailer and sentinel lines. */
  end(): Buffer
}

/** Makes the writer of one file. */
export function layoutWriter(
  layout: FileLayout,
  facts: FileFacts,
  refuse: Refuse,
  cipher?: FieldCipher,
): LayoutWriter {
  const codec = charset(layout.style.charset)
  const { finalNewline, newline } = layout.style
  const writeRow = rowWriter(layout, facts, cipher)
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
  const putNewline = bytePutter(Buffer.from(newline))
  let room = Buffer.alloc(0)
  const rows = (lines: readonly WritableLine[]): Buffer => {
    if (room.length < lines.length * bound) room = Buffer.allocUnsafeSlow(lines.length * bound)
    let at = 0
    for (const line of lines) {
      if (!finalNewline && started) at = putNewline(room, at)
      started = true
      at = rowOrRefusal(writeRow, refuse, room, at, line, ++position)
      if (finalNewline) at = putNewline(room, at)
    }
    return Buffer.from(room.subarray(0, at))
  }
  return {
    begin: () => {
      const lines = textLines([...headerLine(layout, facts), ...columnNameLine(layout)])
      return layout.style.byteOrderMark ? Buffer.concat([codec.encode(byteOrderMark), lines]) : lines
    },
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
    if (error instanceof CellRefused || error instanceof UnencodableText) throw refuse(line, error)
    throw error
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
  const forbidden = forbiddenText(layout.style.delimiter, layout.style.forbidden)
  const cells = columns.map((column) => {
    const ours = column.item === 'literal' || column.item === 'any'
    const text = fileText(column, facts) ?? ''
    if (text !== '' && column.pattern?.matches(text) === false)
      throw cellRefused(column, 'FORBIDDEN_CHARACTER')
    const room = Buffer.alloc(column.maxBytes + 4 * text.length + 256)
    const end = cellWriter(codec, column, ours ? undefined : forbidden)(room, 0, text)
    return codec.decode(room.subarray(0, end))
  })
  return cells.join(layout.style.delimiter)
}
