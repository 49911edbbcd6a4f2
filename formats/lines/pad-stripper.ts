/** Takes the padding off a cell of exact length. */
import type { Column } from './column.ts'

/** Makes the stripper of a column's cells. */
export function padStripper(column: Pick<Column, 'pad' | 'side'>): (cell: string) => string {
  const pad = column.pad.charCodeAt(0)
  const left = column.side === 'left'
  return (cell) => {
    let from = 0
    let to = cell.length
    if (left) while (from < to && cell.charCodeAt(from) === pad) from++
    else while (to > from && cell.charCodeAt(to - 1) === pad) to--
    return cell.slice(from, to)
  }
}

/** A literal as its cell is read: one that ends in the pad of its own column comes back without it. */
export const literalAsRead = (column: Column): string =>
  column.bytes === undefined ? column.value : padStripper(column)(column.value)
