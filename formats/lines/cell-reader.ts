/** Takes one column's cell back to its text, and lines of header and trailer back to what they state. */
import type { FileHeader } from '../bank-file.ts'
import { type Charset, charset } from '../values/charset.ts'
import { cellSpans, cellText, delimitedSpans, fixedSpans, type SplitSpan } from '../wire/cells.ts'
import type { LineSpan } from '../wire/line-span.ts'
import { type Column, isCounted } from './column.ts'
import type { FileLayout } from './file-layout.ts'
import { loneCell } from './lone-cell.ts'
import { padStripper, type TrimCell } from './pad-stripper.ts'
import { type Stated, statedTaker } from './stated-facts.ts'

/** Text of a cell without pad, prefix and suffix; undefined when they are not as the column says. */
export type CellReader = (cell: string) => string | undefined

/** Makes the reader of a column's cells; digits keep their leading zeros. `measured`: cells were cut by width. */
export function cellReader(codec: Charset, column: Column, measured: boolean): CellReader {
  const trim = cellTrimmer(codec, column, measured)
  if (!trim) return (cell) => cell
  const lone = loneCell()
  return (cell) => {
    const cells = lone(cell)
    return trim(cells, 0) ? cellText(cells, 0) : undefined
  }
}

/** Makes the trimmer of a column's cells; undefined where nothing has to be taken off. */
export function cellTrimmer(codec: Charset, column: Column, measured: boolean): TrimCell | undefined {
  const { bytes } = column
  const keepsPad = bytes === undefined || (isCounted(column.item) && column.pad === '0')
  const steps: readonly TrimCell[] = [
    ...(bytes === undefined || measured ? [] : [lengthCheck(codec, bytes)]),
    ...(keepsPad ? [] : [padStripper(column)]),
    ...(column.prefix === '' && column.suffix === '' ? [] : [dressTrimmer(column)]),
  ]
  if (steps.length < 2) return steps[0]
  return (cells, place) => steps.every((step) => step(cells, place))
}

/**
 * Cells of a fixed layout have their length already; those of a delimited one are measured here, as they were decoded:
 * a bank may send characters that we could not write.
 */
const lengthCheck =
  ({ widths }: Charset, bytes: number): TrimCell =>
  ({ units, from, to }, place) => {
    let length = 0
    for (let at = from[place] ?? 0; at < (to[place] ?? 0); at++) length += widths[units[at] ?? 0] ?? 0
    return length === bytes
  }

/** Takes off prefix and suffix. */
function dressTrimmer({ prefix, suffix }: Column): TrimCell {
  return (cells, place) => {
    const text = cellText(cells, place)
    const dressed =
      text.startsWith(prefix) && text.endsWith(suffix) && text.length >= prefix.length + suffix.length
    if (!dressed) return false
    cells.from[place] = (cells.from[place] ?? 0) + prefix.length
    cells.to[place] = (cells.to[place] ?? 0) - suffix.length
    return true
  }
}

/** How the cells of a line are told apart. */
export function lineSplitter(
  layout: FileLayout,
  columns: readonly Column[],
  trailingDelimiter: boolean,
): SplitSpan {
  return layout.style.layout === 'fixed'
    ? fixedSpans(
        charset(layout.style.charset),
        columns.map((column) => column.maxBytes),
      )
    : delimitedSpans(layout.style.delimiter, columns.length, trailingDelimiter)
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
): (line: LineSpan) => StatedLine | undefined {
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
  const cells = cellSpans(columns.length)
  return (line) => {
    if (!split(line, cells)) return undefined
    const stated: Stated = {}
    const wrong = takers.flatMap(({ column, take }, index) =>
      take(cellText(cells, index), stated) ? [] : [column.title],
    )
    return { stated, wrong }
  }
}

const withText = (text: string | undefined, take: (text: string) => boolean): boolean =>
  text !== undefined && take(text)
