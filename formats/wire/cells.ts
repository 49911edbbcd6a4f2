/** Splits decoded lines into cells: at a delimiter of any length, or by widths counted in bytes of the charset. */
import type { Charset } from '../values/charset.ts'
import { type LineSpan, wholeSpan } from './line-span.ts'
import { unitScanner, wideKinds } from './unit-marks.ts'

/** Cells of one line by their places in a text. Whoever trims a cell moves its ends; the next line takes them over. */
export interface CellSpans {
  text: string
  /** The UTF-16 units of the text; there may be more. */
  units: Uint16Array
  readonly from: Int32Array
  readonly to: Int32Array
}

/** Room for the cells of a line. */
export const cellSpans = (count: number): CellSpans => ({
  text: '',
  units: new Uint16Array(0),
  from: new Int32Array(count),
  to: new Int32Array(count),
})

/** Text of a cell; empty for a place of -1, which is where items stand that a layout lacks. */
export const cellText = ({ text, from, to }: CellSpans, place: number): string =>
  place < 0 ? '' : text.slice(from[place], to[place])

/** True for a cell of exactly this text. */
export function cellIs({ units, from, to }: CellSpans, place: number, expected: string): boolean {
  const start = place < 0 ? 0 : (from[place] ?? 0)
  const { length } = expected
  if ((place < 0 ? 0 : (to[place] ?? 0)) - start !== length) return false
  for (let index = 0; index < length; index++)
    if (units[start + index] !== expected.charCodeAt(index)) return false
  return true
}

/** Splits a line into its cells; false when it has another shape. */
export type SplitSpan = (line: LineSpan, into: CellSpans) => boolean

function begin({ block }: LineSpan, into: CellSpans): void {
  into.text = block.text
  into.units = block.units
}

/** Splits at a delimiter whose first units are marked; behind a trailing one stands an empty cell, which is dropped. */
export function delimitedSpans(delimiter: string, count: number, trailingDelimiter: boolean): SplitSpan {
  const size = delimiter.length
  return (line, into) => {
    begin(line, into)
    const { text, marks } = line.block
    let from = line.from
    let index = 0
    for (let mark = line.firstMark; mark < line.endMark; mark++) {
      const at = marks[mark] ?? 0
      if (size > 1 && (at < from || !text.startsWith(delimiter, at))) continue
      if (index === count) return false
      into.from[index] = from
      into.to[index++] = at
      from = at + size
    }
    if (trailingDelimiter) return index === count && from === line.to
    into.from[index] = from
    into.to[index++] = line.to
    return index === count
  }
}

/** A width that fits no column; control characters have it. */
const noWidth = 2 ** 20

/** Bytes of each unit, of a high surrogate for both. */
const fixedWidths = (codec: Charset): Int32Array =>
  Int32Array.from(codec.widths).fill(noWidth, 0, 0x20).fill(noWidth, 0x7f, 0x80)

const unitsOfCharacter = (unit: number): number => ((unit & 0xfc00) === 0xd800 ? 2 : 1)

/**
 * Splits by widths in bytes, where every unit that is not one printable byte is marked; a character that lies across
 * two cells, or a control character, gives the line another shape.
 */
export function fixedSpans(codec: Charset, widthsBytes: readonly number[]): SplitSpan {
  const widths = fixedWidths(codec)
  const sizes = Int32Array.from(widthsBytes)
  return (line, into) => {
    begin(line, into)
    const { units, marks } = line.block
    let mark = line.firstMark
    let from = line.from
    for (let index = 0; index < sizes.length; index++) {
      let to = from + (sizes[index] ?? 0)
      for (; mark < line.endMark; mark++) {
        const at = marks[mark] ?? 0
        if (at >= to) break
        const unit = units[at] ?? 0
        const unitCount = unitsOfCharacter(unit)
        to -= (widths[unit] ?? noWidth) - unitCount
        if (at + unitCount > to) return false
        mark += unitCount - 1
      }
      into.from[index] = from
      into.to[index] = to
      from = to
    }
    return from === line.to
  }
}

/** Splits a line that is a string of its own; undefined when it has another shape. */
export type SplitLine = (line: string) => string[] | undefined

/** `fixedSpans` for strings. */
export function fixedCells(codec: Charset, widthsBytes: readonly number[]): SplitLine {
  const scan = unitScanner(wideKinds())
  const split = fixedSpans(codec, widthsBytes)
  const cells = cellSpans(widthsBytes.length)
  return (line) =>
    split(wholeSpan(scan(line)), cells) ? widthsBytes.map((_, place) => cellText(cells, place)) : undefined
}
