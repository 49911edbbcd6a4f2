/**
 * Reads one file against its layout, in chunks of any size: header, column names, rows, trailer, end line. Rows come
 * out as they are met and are provisional; `end` gives the summary, or every reason to refuse the whole file.
 */
import type { FileRefusal, Outcome } from '../bank-file.ts'
import type { FileReader } from '../profile/compiled-profile.ts'
import { charset } from '../values/charset.ts'
import { lineSpanCutter } from '../wire/line-cutter.ts'
import { type LineSpan, lineText, withoutFirst } from '../wire/line-span.ts'
import { fileEnd, fileHead, type PlacedLine, type Refuse } from './file-edges.ts'
import type { FileLayout } from './file-layout.ts'
import {
  disagreements,
  type Expectation,
  emptyTally,
  type StatedPart,
  summaryOf,
  tallyRow,
} from './file-tally.ts'
import { isRefusal } from './row-cells.ts'
import type { ReadRow } from './row-reader.ts'
import type { Stated } from './stated-facts.ts'

/** What a reader needs to know of the file. */
export interface ReaderPlan<Row> {
  readonly layout: FileLayout
  readonly settings: Readonly<Record<string, string>> | undefined
  readonly readRow: ReadRow<Row>
  readonly expected: Expectation
  /** A first line that refuses the whole file, and its canonical reason. */
  readonly fileRefusals: ReadonlyMap<string, string>
  /** Called with what the header states, before any row. */
  readonly onHeader?: (stated: Stated) => void
  /** What the header's status of the file makes of its rows. */
  readonly statusOf?: (stated: Stated, lineNo: number) => RowsStatus<Row>
  /** Says every row again with less certainty, as answers of the day need it. Totals count the rows as they were. */
  readonly demote?: (row: Row) => Row
}

/** What a file's rows are worth: they stand, they are demoted, or the file is refused. */
export type RowsStatus<Row> =
  | { readonly kind: 'final' }
  | { readonly kind: 'demoted'; readonly demote: (row: Row) => Row }
  | { readonly kind: 'refused'; readonly refusal: FileRefusal }

/** What every kind of row tells the tally. */
export interface CountedRow {
  readonly amountFen?: bigint
  readonly outcome?: Outcome
}

const mostRefusals = 100

/** Longest line that is still looked at, well above what any column allows. */
const maxLineBytes = (layout: FileLayout): number =>
  4 * [...layout.row, ...(layout.header ?? [])].reduce((sum, column) => sum + column.maxBytes + 8, 256)

/** Makes the reader of one file. */
export function fileReader<Row extends CountedRow>(plan: ReaderPlan<Row>): FileReader<Row> {
  const refusals: FileRefusal[] = []
  const refuse: Refuse = (refusal) => {
    if (refusals.length < mostRefusals) refusals.push(refusal)
  }
  const body = fileBody(plan, refuse)
  const { style } = plan.layout
  const cutter = lineSpanCutter(
    charset(style.charset),
    {
      newline: style.newline,
      finalNewline: style.finalNewline,
      maxLineBytes: maxLineBytes(plan.layout),
      refuseControls: style.layout === 'fixed' ? 'no' : style.delimiter.includes('\t') ? 'but-tabs' : 'all',
      ...(style.layout === 'fixed' ? {} : { delimiter: style.delimiter }),
    },
    { take: body.take, refuse, isWhole: body.isWhole, blockEnds: body.blockEnds },
  )
  return {
    read: (chunk) => {
      cutter.push(chunk)
      return body.rows()
    },
    end: () => {
      const ended = cutter.end()
      const parts = ended ? body.finish() : []
      const expected = { ...plan.expected, demoted: body.isDemoted() }
      if (parts.length > 0 || (ended && !body.isStopped()))
        for (const each of disagreements(body.tally, parts, expected)) refuse(each)
      const rows = body.rows()
      if (refusals.length > 0) return { rows, kind: 'refused', refusals }
      return { rows, kind: 'read', summary: summaryOf(body.tally, parts, expected) }
    },
  }
}

/** What the rows of a file are worth, by its kind and by the status in its header. */
function rowsWorth<Row>(plan: ReaderPlan<Row>, stop: Refuse) {
  const worth = {
    demote: plan.demote,
    /** True when the file stands; a status on top of an answer of the day takes more certainty away. */
    take: (stated: Stated, lineNo: number): boolean => {
      const status = plan.statusOf?.(stated, lineNo)
      if (status?.kind === 'refused') stop(status.refusal)
      if (status?.kind === 'demoted') {
        const { demote: later } = status
        const earlier = worth.demote
        worth.demote = earlier ? (row) => later(earlier(row)) : later
      }
      return status?.kind !== 'refused'
    },
  }
  return worth
}

const byteOrderMark = 0xfeff

const withoutByteOrderMark = (line: LineSpan): LineSpan =>
  line.from < line.to && line.block.units[line.from] === byteOrderMark ? withoutFirst(line) : line

/** A bank that refuses the whole file may say so in the first line. */
function tokenRefusal<Row>({ fileRefusals }: ReaderPlan<Row>, line: LineSpan): FileRefusal | undefined {
  const token = lineText(line)
  const reason = fileRefusals.get(token)
  return reason === undefined ? undefined : { code: 'BANK_REFUSED', lineNo: 1, facts: { token, reason } }
}

/** Rows of a file, told apart from the lines before and after them. */
function fileBody<Row extends CountedRow>(plan: ReaderPlan<Row>, refuse: Refuse) {
  const head = fileHead(plan.layout, plan.settings, refuse)
  const end = fileEnd(plan.layout, plan.settings, refuse)
  const tally = emptyTally(plan.expected.late)
  const parts: StatedPart[] = []
  let rows: Row[] = []
  let stopped = false

  const readRow = (line: LineSpan, lineNo: number): Row | FileRefusal =>
    plan.readRow(line, lineNo, tally.rowCount + tally.unreadable + 1)
  const stop = (refusal: FileRefusal): void => {
    stopped = true
    refuse(refusal)
  }
  const worth = rowsWorth(plan, stop)
  const takeRow = ({ line, lineNo }: PlacedLine): void => {
    if (stopped) return
    if (line === undefined) {
      tally.unreadable++
      return
    }
    const row = readRow(line, lineNo)
    if (!isRefusal(row)) {
      tallyRow(tally, row.amountFen, row.outcome)
      rows.push(worth.demote ? worth.demote(row) : row)
    } else if (end.isEnd(line)) {
      stop({ code: 'TRAILING_BYTES', lineNo: lineNo + 1, facts: { after: 'the end of the file' } })
    } else {
      tally.unreadable++
      refuse(row)
    }
  }
  const takeHead = (placed: PlacedLine): void => {
    const stated = head.take(placed, (each) => worth.take(each, placed.lineNo))
    if (!stated) return
    parts.push({ where: 'header', stated })
    plan.onHeader?.(stated)
  }
  return {
    tally,
    isStopped: () => stopped,
    isDemoted: () => worth.demote !== undefined,
    take: (raw: LineSpan | undefined, lineNo: number): void => {
      if (stopped) return
      const line = lineNo === 1 && raw && plan.layout.style.byteOrderMark ? withoutByteOrderMark(raw) : raw
      const refusal = lineNo === 1 && line && tokenRefusal(plan, line)
      if (refusal) stop(refusal)
      else if (lineNo <= head.lineCount) takeHead({ line, lineNo })
      else {
        const row = end.hold({ line, lineNo })
        if (row) takeRow(row)
      }
    },
    blockEnds: end.keep,
    isWhole: () => stopped || end.isHeld(),
    rows: (): readonly Row[] => {
      const taken = rows
      rows = []
      return taken
    },
    finish: (): readonly StatedPart[] => {
      if (stopped) return []
      const { part, rows: late } = end.close(
        ({ line, lineNo }) => line !== undefined && !isRefusal(readRow(line, lineNo)),
      )
      late.forEach(takeRow)
      return part ? [...parts, part] : parts
    },
  }
}
