/**
 * Reads a file of one document, or of pages one after another, against its layout. Rows come out as they are met and
 * are provisional; `end` gives the summary, or every reason to refuse the whole file. A row's `lineNo` counts rows,
 * since a document is often one line; the line of a refusal is that of the document.
 */
import type { FileRefusal, Outcome } from '../bank-file.ts'
import {
  disagreements,
  type Expectation,
  emptyTally,
  type StatedPart,
  summaryOf,
  tallyRow,
} from '../lines/file-tally.ts'
import type { Stated } from '../lines/stated-facts.ts'
import type { FileReader } from '../profile/compiled-profile.ts'
import { charset } from '../values/charset.ts'
import type { DocumentPlan } from './document-plan.ts'
import { type DocumentWalk, documentTaker } from './document-taker.ts'
import { type PageRules, pageChecker } from './page-check.ts'
import { partialDisagreements } from './partial-answer.ts'
import { preambleReader } from './preamble.ts'
import { isRowProblem, type RowRecord } from './row-record.ts'
import { type RowGatherer, rowGatherer } from './row-texts.ts'
import { type XmlRules, xmlEvents } from './xml-events.ts'
import type { XmlLayout } from './xml-layout.ts'
import { zippedRows } from './zipped-rows.ts'

/** What a document's head makes of its rows. */
export type HeadStatus<Row> =
  | { readonly kind: 'final' }
  | { readonly kind: 'demoted'; readonly demote: (row: Row) => Row }
  | { readonly kind: 'refused'; readonly refusal: FileRefusal }

/** What a reader needs to know of the file. */
export interface ReaderPlan<Row> {
  readonly layout: XmlLayout
  readonly plan: DocumentPlan
  readonly settings: Readonly<Record<string, string>> | undefined
  readonly onlyKnown: boolean
  readonly readRecord: RowRecord<Row>
  readonly expected: Expectation
  /** Undefined for files that say nothing of themselves as a whole. */
  readonly readStatus:
    | ((fileCodes: readonly string[], stated: Stated, lineNo: number) => HeadStatus<Row>)
    | undefined
  /** Says a row with less certainty than the bank does. */
  readonly demote: ((row: Row) => Row) | undefined
  /** The file lists some rows of its request; what it states of the whole is the request's. */
  readonly partial?: boolean
  /** Documents follow each other, each a page with at most `pageRows` rows. */
  readonly pages: PageRules | undefined
  /** Called with what the head states, before any row. */
  readonly onHead?: (stated: Stated) => void
}

/** What every kind of row tells the tally. */
export interface CountedRow {
  readonly amountFen?: bigint
  readonly outcome?: Outcome
}

const mostRefusals = 100

/** Makes the reader of one file. */
export function documentReader<Row extends CountedRow>(reader: ReaderPlan<Row>): FileReader<Row> {
  const { layout, settings } = reader
  const refusals: FileRefusal[] = []
  const refuse = (refusal: FileRefusal): void => {
    if (refusals.length < mostRefusals) refusals.push(refusal)
  }
  const body = fileBody(reader, refuse)
  const rules: XmlRules = {
    codec: charset(layout.charset),
    documents: reader.pages ? 'many' : 'one',
    firstLine: layout.preamble.length + 1,
    ...(layout.zip ? { longTexts: body.zip.longTexts } : {}),
  }
  const events = xmlEvents(rules, documentTaker(body.walk(() => events.line())))
  const preamble = preambleReader(layout, settings, body.preamble, refuse)
  return {
    read: (chunk) => {
      const rest = preamble.push(chunk)
      if (rest) events.push(rest)
      return body.rows()
    },
    end: () => {
      const whole = preamble.end() && events.end()
      const expected = body.expected()
      const parts = whole && !body.isStopped() ? body.parts() : []
      for (const each of reader.partial
        ? partialDisagreements(body.tally, parts, expected)
        : disagreements(body.tally, parts, expected))
        refuse(each)
      const rows = body.rows()
      if (refusals.length > 0) return { rows, kind: 'refused', refusals }
      return { rows, kind: 'read', summary: summaryOf(body.tally, parts, expected) }
    },
  }
}

/** Rows, heads and pages of a file, as its documents go by. */
function fileBody<Row extends CountedRow>(reader: ReaderPlan<Row>, refuse: (refusal: FileRefusal) => void) {
  const { layout, plan, settings } = reader
  const gatherer = rowGatherer(plan, settings)
  const rows = rowTaker(reader, gatherer, (refusal) => refuse({ ...refusal, lineNo: line() }))
  const { tally } = rows
  const pages = reader.pages && pageChecker(reader.pages, refuse)
  const parts: StatedPart[] = []
  let demoted = reader.demote !== undefined
  let stopped = false
  let fileStated: Stated = {}
  let line = (): number => 1

  const zip = zippedRows(layout, { settings, plan, gatherer, takeRow: rows.take, refuse, line: () => line() })
  const takeHead = (stated: Stated, fileCodes: readonly string[]): void => {
    fileStated = { ...fileStated, ...stated }
    reader.onHead?.(fileStated)
    rows.demoteBy(undefined)
    if (plan.hasFileCode && fileCodes.length === 0 && !plan.mayLackFileCode && reader.readStatus)
      refuse({ code: 'LAYOUT', lineNo: line(), facts: { expected: 'fileCode before the rows' } })
    const status = reader.readStatus?.(fileCodes.length > 0 ? fileCodes : [''], stated, line())
    if (status?.kind === 'refused') {
      stopped = true
      refuse(status.refusal)
    } else if (status?.kind === 'demoted') {
      rows.demoteBy(status.demote)
      demoted = true
    }
  }
  const documentEnds = (stated: Stated): void => {
    zip.documentEnds()
    pages?.documentEnds(stated, tally.rowCount + tally.unreadable)
    if (!pages || parts.length === 0) parts.push({ where: 'header', stated })
  }
  return {
    tally,
    zip,
    isStopped: () => stopped,
    expected: (): Expectation => ({ ...reader.expected, demoted }),
    /** A file that is not final and has no rows proves nothing and claims nothing of its rows. */
    parts: (): readonly StatedPart[] => {
      const empty = demoted && tally.rowCount + tally.unreadable === 0
      return empty ? parts.map(({ where, stated }) => ({ where, stated: withoutSums(stated) })) : parts
    },
    preamble: (stated: Stated): void => {
      parts.push({ where: 'header', stated })
      fileStated = { ...fileStated, ...stated }
    },
    walk: (currentLine: () => number): DocumentWalk => {
      line = currentLine
      return {
        plan,
        rows: gatherer,
        settings,
        onlyKnown: reader.onlyKnown,
        wanted: zip.wanted,
        headEnds: takeHead,
        rowEnds: () => {
          zip.plainRow()
          rows.take()
        },
        documentEnds,
        refuse,
        isStopped: () => stopped,
        line,
      }
    },
    rows: rows.taken,
  }
}

/** Makes records of the rows that were gathered, and counts them as the bank gave them. */
function rowTaker<Row extends CountedRow>(
  { plan, demote, readRecord, expected }: ReaderPlan<Row>,
  gatherer: RowGatherer,
  refuse: (refusal: FileRefusal) => void,
) {
  const tally = emptyTally(expected.late)
  let ofPage: ((row: Row) => Row) | undefined
  let rows: Row[] = []
  const demoted = (row: Row): Row => {
    const once = demote ? demote(row) : row
    return ofPage ? ofPage(once) : once
  }
  return {
    tally,
    /** What the head of the page makes of its rows. */
    demoteBy: (how: ((row: Row) => Row) | undefined): void => {
      ofPage = how
    },
    taken: (): readonly Row[] => {
      const taken = rows
      rows = []
      return taken
    },
    take: (): void => {
      const position = tally.rowCount + tally.unreadable + 1
      const problem = gatherer.problem()
      const row = problem ? undefined : readRecord(gatherer.texts(), position)
      if (row !== undefined && !isRowProblem(row)) {
        tallyRow(tally, row.amountFen, row.outcome)
        rows.push(demoted(row))
        return
      }
      tally.unreadable++
      const facts =
        problem ??
        (row && { column: plan.rowColumns.get(row.wrong)?.title ?? row.wrong, expected: row.expected })
      refuse({ code: 'LAYOUT', facts: { row: position, ...facts } })
    },
  }
}

const withoutSums = ({ businessDate, sequence, fileNumber }: Stated): Stated => ({
  ...(businessDate === undefined ? {} : { businessDate }),
  ...(sequence === undefined ? {} : { sequence }),
  ...(fileNumber === undefined ? {} : { fileNumber }),
})
