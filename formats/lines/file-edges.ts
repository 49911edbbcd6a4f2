/**
 * The lines before and after a file's rows. The last lines of a file can only be known at its end, so as many lines
 * as the end has are held back; an end that comes early means that bytes follow it.
 */
import type { FileRefusal } from '../bank-file.ts'
import { type LineSpan, lineText, ownLine } from '../wire/line-span.ts'
import { type StatedLine, statedLineReader } from './cell-reader.ts'
import type { FileLayout } from './file-layout.ts'
import type { StatedPart } from './file-tally.ts'
import type { Stated } from './stated-facts.ts'

/** Takes note of a reason to refuse the file. */
export type Refuse = (refusal: FileRefusal) => void

/** A line of a file; `line` is undefined where its bytes were refused already. */
export interface PlacedLine {
  readonly line: LineSpan | undefined
  readonly lineNo: number
}

type Settings = Readonly<Record<string, string>> | undefined

/** Header and column-name lines. */
export interface FileHead {
  /** How many lines stand before the first row. */
  readonly lineCount: number
  /**
   * Takes one of them; gives what the header states. `stands` is asked first: a header by which the bank refuses the
   * file need not be right in all else.
   */
  take(placed: PlacedLine, stands: (stated: Stated) => boolean): Stated | undefined
}

/** Makes the reader of the lines before the rows. */
export function fileHead(layout: FileLayout, settings: Settings, refuse: Refuse): FileHead {
  const readHeader = layout.header && statedLineReader(layout, layout.header, settings)
  const names = layout.row.map((column) => column.title).join(layout.style.delimiter)
  const expected = layout.trailingDelimiter ? `${names}${layout.style.delimiter}` : names
  return {
    lineCount: (readHeader ? 1 : 0) + (layout.columnNames ? 1 : 0),
    take: ({ line, lineNo }, stands) => {
      if (readHeader && lineNo === 1) {
        const read = line === undefined ? undefined : readHeader(line)
        if (read && !stands(read.stated)) return undefined
        return statedOrRefused(read, 'HEADER', lineNo, refuse)
      }
      if (textOf(line) !== expected) refuse({ code: 'HEADER', lineNo, facts: { expected: 'column names' } })
      return undefined
    },
  }
}

/** Trailer and sentinel lines. */
export interface FileEnd {
  /** Holds a line back and gives the one that can no longer belong to the end. */
  hold(placed: PlacedLine): PlacedLine | undefined
  /** Copies the lines held back out of a block that is used again. */
  keep(): void
  /** True for a line that ends this file. */
  isEnd(line: LineSpan): boolean
  /** True when the lines held back are the end of the file. */
  isHeld(): boolean
  /** Checks the end; gives what the trailer states and the lines that turned out to be rows. */
  close(isRow: (placed: PlacedLine) => boolean): { part: StatedPart | undefined; rows: readonly PlacedLine[] }
}

/** Makes the reader of the lines after the rows. */
export function fileEnd(layout: FileLayout, settings: Settings, refuse: Refuse): FileEnd {
  const readTrailer = layout.trailer && statedLineReader(layout, layout.trailer, settings)
  const { sentinel } = layout
  const lineCount = (readTrailer ? 1 : 0) + (sentinel === undefined ? 0 : 1)
  const held: PlacedLine[] = []
  const closeSentinel = (): void => {
    if (sentinel === undefined) return
    if (textOf(held.at(-1)?.line) === sentinel) held.pop()
    else refuse({ code: 'SENTINEL_MISSING', facts: { expected: sentinel } })
  }
  const closeTrailer = (isRow: (placed: PlacedLine) => boolean): StatedPart | undefined => {
    if (!readTrailer) return undefined
    const last = held.at(-1)
    const read = last?.line === undefined ? undefined : readTrailer(last.line)
    if (!last || !read || (read.wrong.length > 0 && isRow(last))) {
      refuse({ code: 'TRAILER_MISSING', facts: {} })
      return undefined
    }
    held.pop()
    const stated = statedOrRefused(read, 'TRAILER_MISSING', last.lineNo, refuse)
    return stated && { where: 'trailer', stated }
  }
  const isEnd = (line: LineSpan): boolean =>
    (sentinel !== undefined && lineText(line) === sentinel) || readTrailer?.(line)?.wrong.length === 0
  return {
    isHeld: () => {
      const last = held.at(-1)?.line
      return held.length === lineCount && last !== undefined && isEnd(last)
    },
    isEnd,
    hold: (placed) => {
      if (lineCount === 0) return placed
      held.push(placed)
      return held.length > lineCount ? held.shift() : undefined
    },
    keep: () => {
      held.forEach(({ line, lineNo }, index) => {
        held[index] = { line: line && ownLine(line), lineNo }
      })
    },
    close: (isRow) => {
      closeSentinel()
      const part = closeTrailer(isRow)
      return { part, rows: held }
    },
  }
}

const textOf = (line: LineSpan | undefined): string | undefined => line && lineText(line)

/** What a line states, though some of its columns may be wrong: their disagreements are worth telling too. */
function statedOrRefused(
  line: StatedLine | undefined,
  code: 'HEADER' | 'TRAILER_MISSING',
  lineNo: number,
  refuse: Refuse,
): Stated | undefined {
  if (line && line.wrong.length === 0) return line.stated
  refuse({ code, lineNo, facts: { columns: line ? line.wrong.join('、') : 'another shape' } })
  return line?.stated
}
