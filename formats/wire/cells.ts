/** Splits decoded lines into cells: at a delimiter of any length, or by widths counted in bytes of the charset. */
import type { Charset } from '../values/charset.ts'

/** Splits a line into its cells, which are the caller's to change; undefined when it has another shape. */
export type SplitLine = (line: string) => string[] | undefined

/** Splits at a delimiter; a trailing delimiter means one empty cell too many, which is dropped. */
export function delimitedCells(delimiter: string, count: number, trailingDelimiter: boolean): SplitLine {
  const pieces = trailingDelimiter ? count + 1 : count
  return (line) => {
    const cells = line.split(delimiter)
    if (cells.length !== pieces) return undefined
    if (!trailingDelimiter) return cells
    return cells.pop() === '' ? cells : undefined
  }
}

/** A width that fits no column; control characters have it. */
const noWidth = 255

/**
 * Splits by widths in bytes; a character that lies across two cells, or a control character, gives the line another
 * shape.
 */
export function fixedCells(codec: Charset, widthsBytes: readonly number[]): SplitLine {
  const widths = Uint8Array.from(codec.widths).fill(noWidth, 0, 0x20).fill(noWidth, 0x7f, 0x80)
  return (line) => {
    const cells: string[] = []
    let at = 0
    for (const widthBytes of widthsBytes) {
      const start = at
      let bytes = 0
      while (bytes < widthBytes && at < line.length) {
        const unit = line.charCodeAt(at++)
        bytes += widths[unit] ?? noWidth
        if ((unit & 0xfc00) === 0xd800) at++
      }
      if (bytes !== widthBytes) return undefined
      cells.push(line.slice(start, at))
    }
    return at === line.length ? cells : undefined
  }
}
