/** A text that is no part of a line, as the one cell that readers of cells ask for. */
import { type CellSpans, cellSpans } from '../wire/cells.ts'
import { unitBuffer } from '../wire/unit-marks.ts'

/** Makes cells of one text after another, always the same; the text stands at place 0. */
export function loneCell(): (text: string) => CellSpans {
  const unitsOf = unitBuffer()
  const cells = cellSpans(1)
  return (text) => {
    cells.text = text
    cells.units = unitsOf(text)
    cells.from[0] = 0
    cells.to[0] = text.length
    return cells
  }
}
