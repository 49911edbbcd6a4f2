/**
 * The lines of each kind of file of a profile, in order of appearance, with every default filled in. An answer takes
 * over from the request what it does not say itself; an overlay takes over everything but the columns written over.
 */
import type { ColumnSpec } from '../profile/column-schema.ts'
import type { LineProfileSpec } from '../profile/line-schema.ts'
import { type Column, resolveColumn } from './column.ts'

/** How lines are cut and joined; the same for every line of a file. */
export interface LineStyle {
  readonly charset: LineProfileSpec['charset']
  readonly layout: 'fixed' | 'delimited'
  readonly delimiter: string
  readonly newline: '\r\n' | '\n' | '\r'
  readonly finalNewline: boolean
  /** A byte order mark is written before the first line, and may be read there. */
  readonly byteOrderMark: boolean
  /** Characters that the bank forbids in every text that we send. */
  readonly forbidden: string
}

/** The lines of one kind of file. */
export interface FileLayout {
  readonly style: LineStyle
  readonly header: readonly Column[] | undefined
  readonly columnNames: boolean
  readonly row: readonly Column[]
  readonly trailer: readonly Column[] | undefined
  readonly sentinel: string | undefined
  /** A delimiter stands behind the last column of a row. */
  readonly trailingDelimiter: boolean
}

const newlines = { crlf: '\r\n', lf: '\n', cr: '\r' } as const

const requestStyle = (spec: LineProfileSpec): LineStyle => ({
  charset: spec.charset,
  layout: spec.layout,
  delimiter: spec.delimiter ?? '',
  newline: newlines[spec.newline],
  finalNewline: spec.finalNewline ?? true,
  byteOrderMark: spec.byteOrderMark ?? false,
  forbidden: spec.forbidden ?? '',
})

/** What the bank forbids us it may well write itself. */
function resultStyle(spec: LineProfileSpec): LineStyle {
  const { result } = spec
  const layout = result.layout ?? spec.layout
  return {
    charset: result.charset ?? spec.charset,
    layout,
    delimiter: layout === 'fixed' ? '' : (result.delimiter ?? spec.delimiter ?? ''),
    newline: newlines[result.newline ?? spec.newline],
    finalNewline: result.finalNewline ?? spec.finalNewline ?? true,
    byteOrderMark: spec.byteOrderMark ?? false,
    forbidden: '',
  }
}

/** Layout of the request file. */
export const requestLayout = (spec: LineProfileSpec): FileLayout => ({
  style: requestStyle(spec),
  header: spec.request.header?.map(resolveColumn),
  columnNames: spec.request.columnNames ?? false,
  row: spec.request.row.map(resolveColumn),
  trailer: spec.request.trailer?.map(resolveColumn),
  sentinel: spec.request.sentinel,
  trailingDelimiter: spec.request.trailingDelimiter ?? false,
})

/** Layout of the bank's answer. */
export function resultLayout(spec: LineProfileSpec): FileLayout {
  const { request, result } = spec
  const repeated = result.overlay ? request : undefined
  return {
    style: resultStyle(spec),
    header: (result.header ?? repeated?.header)?.map(resolveColumn),
    columnNames: result.columnNames ?? repeated?.columnNames ?? false,
    row: resultRow(spec).map(({ column }) => resolveColumn(column)),
    trailer: (result.trailer ?? repeated?.trailer)?.map(resolveColumn),
    sentinel: result.sentinel ?? repeated?.sentinel,
    trailingDelimiter: result.trailingDelimiter ?? repeated?.trailingDelimiter ?? false,
  }
}

/** Layout of a file of later returns. */
export function lateLayout(spec: LineProfileSpec): FileLayout {
  const layout = resultLayout(spec)
  const { lateRow } = spec.result
  return lateRow ? { ...layout, row: lateRow.map(resolveColumn) } : layout
}

/** A column and where in the document it is written. */
export interface PlacedColumn {
  readonly column: ColumnSpec
  readonly path: readonly PropertyKey[]
}

/** Columns of an answer's row, wherever the profile writes them. */
export function resultRow(spec: LineProfileSpec): readonly PlacedColumn[] {
  const { row, appended, overlay } = spec.result
  if (row) return placed(row, ['result', 'row'])
  const own = placed(spec.request.row, ['request', 'row'])
  return overlay ? overlaid(spec, own) : [...own, ...placed(appended ?? [], ['result', 'appended'])]
}

/** Columns of a line with their places in the document. */
export const placed = (
  columns: readonly ColumnSpec[],
  path: readonly PropertyKey[],
): readonly PlacedColumn[] => columns.map((column, index) => ({ column, path: [...path, index] }))

/** Columns of the request's row that `over` names: by title, else by item. One is meant. */
export function namedColumns(columns: readonly ColumnSpec[], over: string): readonly number[] {
  const found = (test: (column: ColumnSpec) => boolean): readonly number[] =>
    columns.flatMap((column, index) => (test(column) ? [index] : []))
  const titled = found((column) => column.title === over)
  return titled.length > 0 ? titled : found((column) => column.item === over)
}

/** What we wrote into a column of the bank's own must come back as it was, so it is read as a literal. */
function overlaid(spec: LineProfileSpec, own: readonly PlacedColumn[]): readonly PlacedColumn[] {
  const overlay = spec.result.overlay ?? []
  const over = overlay.map((one) => namedColumns(spec.request.row, one.over)[0])
  return own.map(({ column, path }, index) => {
    const at = over.indexOf(index)
    const one = overlay[at]
    if (one) return { column: one.with, path: ['result', 'overlay', at, 'with'] }
    return { column: column.item === 'any' ? { ...column, item: 'literal' } : column, path }
  })
}
