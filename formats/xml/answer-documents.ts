/** Documents of a bank's answers: read by us, written by simulated banks. */
import type { FileHeader, ResultRow } from '../bank-file.ts'
import { answerFacts, leavesPaidOut } from '../lines/file-facts.ts'
import { UnwritableLine } from '../lines/line-check.ts'
import type { ColumnItem } from '../profile/column-schema.ts'
import type {
  AnswerKind,
  CompiledProfile,
  FieldCipher,
  FileReader,
  ResultTotals,
  ResultWriter,
} from '../profile/compiled-profile.ts'
import type { XmlProfileSpec } from '../profile/xml-schema.ts'
import { outcomeClassifier } from '../reasons/classify-outcome.ts'
import {
  fileStatusReader,
  intermediateDemotion,
  leastStatus,
  refusingFileCodes,
} from '../reasons/file-status.ts'
import { charset } from '../values/charset.ts'
import { zero } from '../values/money.ts'
import { documentPlan } from './document-plan.ts'
import { documentReader } from './document-reader.ts'
import { documentWriter } from './document-writer.ts'
import { placeStyle } from './place-text.ts'
import { isRowProblem, type RowRecord, resultRecord } from './row-record.ts'
import { type XmlLayout, xmlLayout } from './xml-layout.ts'

/** The documents of a profile's answers. */
export interface AnswerLayouts {
  readonly answer: XmlLayout
  readonly late: XmlLayout
}

/** Resolves them. */
export const answerLayouts = (spec: XmlProfileSpec): AnswerLayouts => {
  const answer = xmlLayout(spec, spec.result)
  return { answer, late: spec.result.late ? xmlLayout(spec, spec.result.late) : answer }
}

const layoutFor = (layouts: AnswerLayouts, kind: AnswerKind): XmlLayout =>
  kind === 'late' ? layouts.late : layouts.answer

/** Rows of a page; undefined for a file of one document. */
const pageRowsOf = (spec: XmlProfileSpec, layout: XmlLayout): number | undefined =>
  spec.result.style === 'paged' && (hasItem(layout, 'pageNumber') || hasItem(layout, 'pageCount'))
    ? spec.result.pageRows
    : undefined

const hasItem = (layout: XmlLayout, item: ColumnItem): boolean =>
  layout.filePlaces.some(({ column }) => column.item === item)

/** Makes the reader of an answer. */
export function answerReader(
  spec: XmlProfileSpec,
  layouts: AnswerLayouts,
  request: FileHeader | undefined,
  kind: AnswerKind,
  cipher: FieldCipher | undefined,
): FileReader<ResultRow> {
  const layout = layoutFor(layouts, kind)
  const plan = documentPlan(layout, cipher)
  const late = kind === 'late'
  const failuresOnly = leavesPaidOut(spec, kind)
  const readRecord = resultRecord(plan, outcomeClassifier(spec, late), request)
  const readStatus = fileStatusReader(spec)
  const pageRows = pageRowsOf(spec, layout)
  const hasUnnumberedPages = pageRows !== undefined && !hasItem(layout, 'pageNumber')
  return documentReader<ResultRow>({
    layout,
    plan,
    settings: request?.settings,
    onlyKnown: spec.result.onlyKnownElements ?? false,
    readRecord: failuresOnly || hasUnnumberedPages ? eachLineOnce(readRecord) : readRecord,
    expected: { failuresOnly, request, late },
    readStatus: plan.hasFileCode
      ? (fileCodes, { fileText = '' }, lineNo) =>
          leastStatus(fileCodes.map((code) => readStatus(code, fileText, lineNo)))
      : undefined,
    demote: kind === 'intermediate' ? intermediateDemotion(spec) : undefined,
    partial: isPartial(spec, kind),
    pages: pageRows === undefined ? undefined : { pageRows, numbered: !hasUnnumberedPages },
  })
}

/** Later returns list what they list. */
const isPartial = (spec: XmlProfileSpec, kind: AnswerKind): boolean =>
  kind !== 'late' && (spec.result.partial ?? false)

/**
 * A line named twice could hide one that is not named: in a list of failures that one would pass for paid, among pages
 * without numbers a page that came twice would stand for one that is missing.
 */
function eachLineOnce(readRecord: RowRecord<ResultRow>): RowRecord<ResultRow> {
  const seen = new Set<string | number>()
  return (texts, position) => {
    const row = readRecord(texts, position)
    if (isRowProblem(row)) return row
    const line = row.position ?? row.serial
    if (seen.has(line)) return { wrong: row.position === undefined ? 'serial' : 'line', expected: 'once' }
    seen.add(line)
    return row
  }
}

/** Makes the writer of a simulated bank's answer; a list of failures leaves the paid rows out. */
export function answerWriter(
  spec: XmlProfileSpec,
  layouts: AnswerLayouts,
  header: FileHeader,
  rows: ResultTotals,
  kind: AnswerKind,
  cipher: FieldCipher | undefined,
): ResultWriter {
  const layout = layoutFor(layouts, kind)
  const classify = outcomeClassifier(spec, kind === 'late')
  const hasCode = layout.rowPlaces.some(({ column }) => column.item === 'code')
  const writer = documentWriter({
    layout,
    facts: {
      ...answerFacts(spec, { header, rows, kind, classify, hasCode }),
      ...(isPartial(spec, kind) ? { count: header.count, totalFen: header.totalFen } : {}),
    },
    style: placeStyle(charset(layout.charset), '', cipher),
    refuse: (line) => new UnwritableLine(line.seq, []),
    pageRows: pageRowsOf(spec, layout),
  })
  const failuresOnly = leavesPaidOut(spec, kind)
  return {
    begin: writer.begin,
    write: (lines) =>
      writer.rows(
        failuresOnly
          ? lines.filter((line) => classify(line.bankCode, line.bankText).outcome !== 'paid')
          : lines,
      ),
    end: writer.end,
  }
}

/** Facts of a whole answer that names no request; only its status matters. */
const sampleHeader = (spec: XmlProfileSpec): FileHeader => ({
  businessDate: '20260101',
  sequence: 1,
  fileNumber: '202601010001',
  count: 0,
  totalFen: zero,
  programmeName: '补贴',
  fundingAccount: '0',
  settings: spec.settings ?? {},
})

/** Whole answers with which this bank refuses a file: a head with the status, and no rows. */
export function refusingAnswers(
  spec: XmlProfileSpec,
  { answer }: AnswerLayouts,
): CompiledProfile['refusalAnswers'] {
  if (!documentPlan(answer).hasFileCode) return []
  const header = sampleHeader(spec)
  const rows: ResultTotals = { rowCount: 0, rowTotalFen: 0n, paidCount: 0, paidTotalFen: 0n }
  const classify = outcomeClassifier(spec, false)
  return refusingFileCodes(spec).map(({ code, reason }) => {
    const facts = answerFacts(spec, { header, rows, kind: 'answer', classify, hasCode: true })
    const writer = documentWriter({
      layout: answer,
      facts: { ...facts, fileCode: code },
      style: placeStyle(charset(answer.charset), ''),
      refuse: (line) => new UnwritableLine(line.seq, []),
      pageRows: pageRowsOf(spec, answer),
    })
    return { reason, content: Buffer.concat([writer.begin(), writer.end()]) }
  })
}
