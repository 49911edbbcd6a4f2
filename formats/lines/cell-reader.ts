/** Takes one column's cell back to its text, and lines of header and trailer back to what they state. */
import type { FileHeader } from '../bank-file.ts'
import { type Charset, charset } from '../values/charset.ts'
import { delimitedCells, fixedCells, type SplitLine } from '../wire/cells.ts'
import { type Column, isCounted } from './column.ts'
import type { FileLayout } from './file-layout.ts'
import { padStripper } from './pad-stripper.ts'
import { type Stated, statedTaker } from './stated-facts.ts'

/** Text of a cell without pad, prefix and suffix; undefined when they are not as the column says. */
export type CellReader = (cell: string) => string | undefined

/** Makes the reader of a column's cells; digits keep their leading zeros. `measured`: cells were cut by width. */
export function cellReader(codec: Charset, column: Column, measured: boolean): CellReader {
  const { prefix, suffix } = column
  const strip = column.bytes === undefined ? undefined : stripper(codec, column, column.bytes, measured)
  if (!strip && prefix === '' && suffix === '') return (cell) => cell
  return (cell) => {
    const text = strip ? strip(cell) : cell
    if (text === undefined || (prefix === '' && suffix === '')) return text
    const dressed =
      text.startsWith(prefix) && text.endsWith(suffix) && text.length >= prefix.length + suffix.length
    return dressed ? text.slice(prefix.length, text.length - suffix.length) : undefined
  }
}

/** Cells of a fixed layout have their length already; those of a delimited one are measured here. */
function stripper(codec: Charset, column: Column, bytes: number, measured: boolean): CellReader {
  const keepsPad = isCounted(column.item) && column.pad === '0'
  const strip = padStripper(column)
  return (cell) => {
    if (!measured && cell.length !== bytes && codec.byteLength(cell) !== bytes) return undefined
    return keepsPad ? cell : strip(cell)
  }
}

/** How the cells of a line are told apart. */
export function lineSplitter(
  layout: FileLayout,
  columns: readonly Column[],
  trailingDelimiter: boolean,
): SplitLine {
  return layout.style.layout === 'fixed'
    ? fixedCells(
        charset(layout.style.charset),
        columns.map((column) => column.maxBytes),
      )
    : delimitedCells(layout.style.delimiter, columns.length, trailingDelimiter)
}

/** Columns of a header or trailer that are not as the layout says, by title. */
export interface StatedLine {
  readonly stated: Stated
  readonly wrong: readonly string[]
}

/** Makes the reader of a header or trailer line. Settings are compared when the caller knows them. */
export function statedLineReader(
  layout: FileLayout,
  columns: readonly Column[],
  settings: FileHeader['settings'] | undefined,
): (line: string) => StatedLine | undefined {
  const split = lineSplitter(layout, columns, false)
  const codec = charset(layout.style.charset)
  const takers = columns.map((column) => {
    const read = cellReader(codec, column, layout.style.layout === 'fixed')
    const take = statedTaker(column, settings)
    return {
      column,
      take: (cell: string, stated: Stated) => withText(read(cell), (text) => take(text, stated)),
    }
  })
  return (line) => {
    const cells = split(line)
    if (!cells) return undefined
    const stated: Stated = {}
    const wrong = takers.flatMap(({ column, take }, index) =>
      take(cells[index] ?? '', stated) ? [] : [column.title],
    )
    return { stated, wrong }
  }
}

const withText = (text: string | undefined, take: (text: string) => boolean): boolean =>
  text !== undefined && take(text)
