/** A line where it stands in a scanned text: most of a line never becomes a string of its own. */
import type { ScannedText, TextBlock } from './unit-marks.ts'

/** A line from `from` up to `to` without its newline, and its part of the block's marks. */
export interface LineSpan {
  readonly block: TextBlock
  readonly from: number
  readonly to: number
  readonly firstMark: number
  readonly endMark: number
}

/** The line as a string. */
export const lineText = ({ block, from, to }: LineSpan): string => block.text.slice(from, to)

/** A whole scanned text as one line. */
export const wholeSpan = ({ block, markCount }: ScannedText): LineSpan => ({
  block,
  from: 0,
  to: block.text.length,
  firstMark: 0,
  endMark: markCount,
})

/** The same line in a block of its own, for whoever keeps it beyond the block that it came in. */
export function ownLine(line: LineSpan): LineSpan {
  const { block, from, to, firstMark, endMark } = line
  return wholeSpan({
    block: {
      text: lineText(line),
      units: block.units.slice(from, to),
      marks: block.marks.slice(firstMark, endMark).map((at) => at - from),
    },
    markCount: endMark - firstMark,
  })
}

/** The same line without its first unit. */
export function withoutFirst(line: LineSpan): LineSpan {
  const marked = line.firstMark < line.endMark && line.block.marks[line.firstMark] === line.from
  return { ...line, from: line.from + 1, firstMark: marked ? line.firstMark + 1 : line.firstMark }
}
