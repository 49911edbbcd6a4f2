/** Reads the rows of requests and answers to records. What a layout does not have costs nothing per row. */
import type { FileHeader, FileRefusal, PaymentLine, ResultRow } from '../bank-file.ts'
import type { FieldCipher } from '../profile/compiled-profile.ts'
import type { Classified, Classify } from '../reasons/classify-outcome.ts'
import { paidAmountClassifier } from '../reasons/paid-amount.ts'
import { type Money, zero } from '../values/money.ts'
import { type CellSpans, cellIs, cellText } from '../wire/cells.ts'
import type { LineSpan } from '../wire/line-span.ts'
import type { FileLayout } from './file-layout.ts'
import { amountOfCells, cellsReader, isRefusal, placesOf, rowRefusal } from './row-cells.ts'

/** Reads one row's line to a record; `position` counts the rows of the file from 1. */
export type ReadRow<Row> = (line: LineSpan, lineNo: number, position: number) => Row | FileRefusal

type Say = (cells: CellSpans, amountFen: Money | undefined, lineNo: number) => Classified | FileRefusal

/** What is known before an answer is read. */
export interface AnswerContext {
  readonly request: FileHeader | undefined
  readonly classify: Classify
  readonly cipher: FieldCipher | undefined
}

const greatestPosition = 999_999_999

/** Makes the reader of an answer's rows. */
export function resultRowReader(layout: FileLayout, context: AnswerContext): ReadRow<ResultRow> {
  const { request, classify, cipher } = context
  const at = placesOf(layout)
  const read = cellsReader(layout, { settings: request?.settings, linesInOrder: false, cipher })
  const readAmount = amountOfCells(layout, at.amount)
  const say = rowSayer(layout, classify)
  const placeOf = at.serial < 0 ? positionReader(layout, at.line, request?.count) : undefined
  const identity = at.serial < 0 ? at.line : at.serial
  return (line, lineNo, rowNo) => {
    const cells = read(line, lineNo, rowNo)
    if (isRefusal(cells)) return cells
    const amountFen = readAmount(cells, lineNo)
    if (typeof amountFen === 'object') return amountFen
    const said = say(cells, amountFen, lineNo)
    if (isRefusal(said)) return said
    const serial = cellText(cells, identity)
    const position = placeOf?.(serial, lineNo)
    if (typeof position === 'object') return position
    const account = cellText(cells, at.account)
    return resultRow(lineNo, serial, account, cellText(cells, at.name), amountFen, said, position)
  }
}

/** Rows of a file have one shape as long as nothing is left out of them. */
function resultRow(
  lineNo: number,
  serial: string,
  account: string,
  name: string,
  amountFen: Money | undefined,
  { outcome, reason }: Classified,
  position: number | undefined,
): ResultRow {
  if (account !== '' && name !== '' && amountFen !== undefined) {
    return position === undefined
      ? { lineNo, serial, account, name, amountFen, outcome, reason }
      : { lineNo, serial, account, name, amountFen, outcome, reason, position }
  }
  return {
    lineNo,
    serial,
    ...(account === '' ? {} : { account }),
    ...(name === '' ? {} : { name }),
    ...(amountFen === undefined ? {} : { amountFen }),
    outcome,
    reason,
    ...(position === undefined ? {} : { position }),
  }
}

/** Reads a row's place in the request, which has `count` lines where that is known. */
function positionReader(layout: FileLayout, place: number, count = greatestPosition) {
  const title = layout.row[place]?.title ?? ''
  return (digits: string, lineNo: number): number | FileRefusal => {
    const position = Number.parseInt(digits, 10)
    return position >= 1 && position <= count ? position : rowRefusal(lineNo, title, `1..${count}`)
  }
}

/** How a row's outcome is told: by its code and text, by a second code, by the amount that was paid. */
function rowSayer(layout: FileLayout, classify: Classify): Say {
  const { code, text, reasonCode, paidAmount } = placesOf(layout)
  if (paidAmount >= 0) return paidAmountSayer(layout, classify)
  let last: { code: string; text: string; reasonCode: string; said: Classified } | undefined
  return (cells) => {
    const same =
      last !== undefined &&
      cellIs(cells, code, last.code) &&
      cellIs(cells, text, last.text) &&
      cellIs(cells, reasonCode, last.reasonCode)
    if (last !== undefined && same) return last.said
    const words = {
      code: cellText(cells, code),
      text: cellText(cells, text),
      reasonCode: cellText(cells, reasonCode),
    }
    last = { ...words, said: classify(words.code, words.text, words.reasonCode) }
    return last.said
  }
}

function paidAmountSayer(layout: FileLayout, classify: Classify): Say {
  const at = placesOf(layout)
  const read = amountOfCells(layout, at.paidAmount)
  const say = paidAmountClassifier(classify, at.code >= 0)
  return (cells, amountFen, lineNo) => {
    const paidFen = read(cells, lineNo)
    if (typeof paidFen === 'object') return paidFen
    return say({
      code: cellText(cells, at.code),
      reasonCode: cellText(cells, at.reasonCode),
      text: cellText(cells, at.text),
      amountFen,
      paidFen,
    })
  }
}

/** What is known before a request is read. */
export interface RequestContext {
  readonly settings: FileHeader['settings']
  /** Completes serials that are tails, where the header told it. */
  readonly fileNumber: () => string | undefined
  readonly cipher: FieldCipher | undefined
}

/** Makes the reader of a request's rows; without serials a row is known by its place in the file. */
export function requestRowReader(layout: FileLayout, context: RequestContext): ReadRow<PaymentLine> {
  const at = placesOf(layout)
  const read = cellsReader(layout, { ...context, linesInOrder: true })
  const readAmount = amountOfCells(layout, at.amount)
  return (line, lineNo, position) => {
    const cells = read(line, lineNo, position)
    if (isRefusal(cells)) return cells
    const amountFen = readAmount(cells, lineNo) ?? zero
    if (typeof amountFen === 'object') return amountFen
    const tail = at.serial < 0 ? `${position}`.padStart(8, '0') : cellText(cells, at.serial)
    const payeeIdNumber = cellText(cells, at.idNumber)
    const remark = cellText(cells, at.remark)
    return {
      seq: Number.parseInt(tail.slice(-8), 10),
      serial: tail.length === 8 ? `${context.fileNumber() ?? ''}${tail}` : tail,
      payeeName: cellText(cells, at.name),
      payeeAccount: cellText(cells, at.account),
      ...(payeeIdNumber === '' ? {} : { payeeIdNumber }),
      amountFen,
      ...(remark === '' ? {} : { remark }),
    }
  }
}
