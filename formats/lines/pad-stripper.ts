/** Takes the padding off a cell of exact length. */
import { type CellSpans, cellText } from '../wire/cells.ts'
import type { Column } from './column.ts'
import { loneCell } from './lone-cell.ts'

/** Moves the ends of a cell; false when the cell is not as its column says. */
export type TrimCell = (cells: CellSpans, place: number) => boolean

/** Makes the stripper of a column's cells. */
export function padStripper({ pad: padText, side }: Pick<Column, 'pad' | 'side'>): TrimCell {
  const pad = padText.charCodeAt(0)
  if (side === 'left')
    return ({ units, from, to }, place) => {
      const end = to[place] ?? 0
      let start = from[place] ?? 0
      while (start < end && units[start] === pad) start++
      from[place] = start
      return true
    }
  return ({ units, from, to }, place) => {
    const start = from[place] ?? 0
    let end = to[place] ?? 0
    while (end > start && units[end - 1] === pad) end--
    to[place] = end
    return true
  }
}

/** A literal as its cell is read: one that ends in the pad of its own column comes back without it. */
export function literalAsRead(column: Column): string {
  if (column.bytes === undefined) return column.value
  const cells = loneCell()(column.value)
  padStripper(column)(cells, 0)
  return cellText(cells, 0)
}
