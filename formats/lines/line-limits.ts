/** How many rows fit a bank's greatest file, whatever their texts are. */
import type { CompiledProfile } from '../profile/compiled-profile.ts'
import type { LineProfileSpec } from '../profile/line-schema.ts'
import { filesPerDay } from '../profile/profile-names.ts'
import { charset } from '../values/charset.ts'
import type { Column } from './column.ts'
import { type FileLayout, requestLayout } from './file-layout.ts'

/** Limits of a profile; `maxRows` is low enough for `maxBytes`. */
export function lineLimits(spec: LineProfileSpec): CompiledProfile['limits'] {
  const { maxAmountFen, maxTotalFen, maxBytes } = spec.limits
  return {
    maxRows: mostRows(spec),
    maxAmountFen,
    ...(maxTotalFen === undefined ? {} : { maxTotalFen }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    maxFilesPerDay: filesPerDay(spec),
  }
}

/** Rows that a request can have, at most `limits.maxRows`; 0 when not even one fits `limits.maxBytes`. */
export function mostRows(spec: LineProfileSpec): number {
  const { maxRows, maxBytes } = spec.limits
  if (maxBytes === undefined) return maxRows
  const layout = requestLayout(spec)
  const forRows = maxBytes - edgeBytes(layout, spec)
  return Math.max(0, Math.min(maxRows, Math.floor(forRows / lineBytes(layout, spec, layout.row))))
}

/** Most bytes of the lines before and after the rows. */
function edgeBytes(layout: FileLayout, spec: LineProfileSpec): number {
  const codec = charset(layout.style.charset)
  const ends = layout.style.newline.length
  const names = layout.row.reduce(
    (sum, column) => sum + codec.byteLength(column.title) + codec.byteLength(layout.style.delimiter),
    ends,
  )
  return (
    (layout.style.byteOrderMark ? 4 : 0) +
    (layout.header ? lineBytes(layout, spec, layout.header) : 0) +
    (layout.columnNames ? names : 0) +
    (layout.trailer ? lineBytes(layout, spec, layout.trailer) : 0) +
    (layout.sentinel === undefined ? 0 : codec.byteLength(layout.sentinel) + ends)
  )
}

/** Most bytes of one line, its newline and every delimiter counted. */
const lineBytes = (layout: FileLayout, spec: LineProfileSpec, columns: readonly Column[]): number =>
  columns.reduce(
    (sum, column) =>
      sum +
      columnBytes(layout, spec, column) +
      charset(layout.style.charset).byteLength(layout.style.delimiter),
    layout.style.newline.length,
  )

/** What a column can take: its width, or what can ever stand in it where that is less. */
function columnBytes(layout: FileLayout, spec: LineProfileSpec, column: Column): number {
  if (column.bytes !== undefined) return column.bytes
  const { byteLength } = charset(layout.style.charset)
  const dress = byteLength(column.prefix) + byteLength(column.suffix)
  return Math.min(column.maxBytes, (mostText(spec, column) ?? column.maxBytes) + dress)
}

function mostText(spec: LineProfileSpec, column: Column): number | undefined {
  switch (column.item) {
    case 'literal':
    case 'any':
      return charset(spec.charset).byteLength(column.value)
    case 'serial':
      return 20
    case 'line':
    case 'count':
      return `${spec.limits.maxRows}`.length
    case 'amount':
      return `${spec.limits.maxAmountFen}`.length + 1
    case 'businessDate':
      return 10
    default:
      return undefined
  }
}
