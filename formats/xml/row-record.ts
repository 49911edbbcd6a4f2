/** Makes records of a row's texts: an answer's row with what it means, or a line of a request. */
import type { FileHeader, PaymentLine, ResultRow } from '../bank-file.ts'
import { amountReader } from '../lines/amount-text.ts'
import type { ColumnItem } from '../profile/column-schema.ts'
import type { Classify } from '../reasons/classify-outcome.ts'
import { paidAmountClassifier } from '../reasons/paid-amount.ts'
import { type Money, zero } from '../values/money.ts'
import type { DocumentPlan } from './document-plan.ts'

/** Texts of a row by slot; undefined where the document has nothing. */
export type RowTexts = readonly (string | undefined)[]

/** What is wrong with a row: the item whose text cannot be read. */
export interface RowProblem {
  readonly wrong: ColumnItem
  readonly expected: string
}

/** Makes the record of a row; `position` counts the rows of the file from 1. */
export type RowRecord<Row> = (texts: RowTexts, position: number) => Row | RowProblem

/** True for a problem, which names an item. */
export const isRowProblem = (row: object): row is RowProblem => 'wrong' in row

const textReader = ({ rowSlots }: DocumentPlan, item: ColumnItem): ((texts: RowTexts) => string) => {
  const slot = rowSlots.get(item)
  return slot === undefined ? () => '' : (texts) => texts[slot] ?? ''
}

type ReadMoney = (texts: RowTexts) => Money | undefined | RowProblem

function moneyReader(plan: DocumentPlan, item: 'amount' | 'paidAmount'): ReadMoney {
  const column = plan.rowColumns.get(item)
  if (!column) return () => undefined
  const read = amountReader(column)
  const text = textReader(plan, item)
  const problem: RowProblem = { wrong: item, expected: `amount in ${column.unit}` }
  return (texts) => {
    const given = text(texts)
    return given === '' && !column.required ? undefined : (read(given) ?? problem)
  }
}

const isProblem = (amount: Money | undefined | RowProblem): amount is RowProblem => typeof amount === 'object'

/** Makes the records of an answer. Rows are named by serial, or by their place in the request where there is none. */
export function resultRecord(
  plan: DocumentPlan,
  classify: Classify,
  request: FileHeader | undefined,
): RowRecord<ResultRow> {
  const byPlace = !plan.rowSlots.has('serial')
  const serialOf = textReader(plan, byPlace ? 'line' : 'serial')
  const accountOf = textReader(plan, 'account')
  const nameOf = textReader(plan, 'name')
  const readAmount = moneyReader(plan, 'amount')
  const meaningOf = meaningReader(plan, classify)
  return (texts, position) => {
    const amountFen = readAmount(texts)
    if (isProblem(amountFen)) return amountFen
    const meaning = meaningOf(texts, amountFen)
    if ('wrong' in meaning) return meaning
    const serial = serialOf(texts)
    const line = byPlace ? Number.parseInt(serial, 10) : undefined
    if (line !== undefined && request && line > request.count)
      return { wrong: 'line', expected: `1-${request.count}` }
    const account = accountOf(texts)
    const name = nameOf(texts)
    return {
      lineNo: position,
      serial,
      ...(line === undefined ? {} : { position: line }),
      ...(account === '' ? {} : { account }),
      ...(name === '' ? {} : { name }),
      ...(amountFen === undefined ? {} : { amountFen }),
      outcome: meaning.outcome,
      reason: meaning.reason,
    }
  }
}

type Meaning = Pick<ResultRow, 'outcome' | 'reason'>

/** What a row means: its code, its second code, its words, and what was paid. */
function meaningReader(
  plan: DocumentPlan,
  classify: Classify,
): (texts: RowTexts, amountFen: Money | undefined) => Meaning | RowProblem {
  const codeOf = textReader(plan, 'code')
  const reasonCodeOf = textReader(plan, 'reasonCode')
  const textOf = textReader(plan, 'text')
  const classifyRow = withSeveralReasons(classify)
  if (!plan.rowSlots.has('paidAmount'))
    return (texts) => classifyRow(codeOf(texts), textOf(texts), reasonCodeOf(texts))
  const readPaid = moneyReader(plan, 'paidAmount')
  const withPaid = paidAmountClassifier(classifyRow, plan.rowSlots.has('code'))
  return (texts, amountFen) => {
    const paidFen = readPaid(texts)
    if (isProblem(paidFen)) return paidFen
    return withPaid({
      code: codeOf(texts),
      reasonCode: reasonCodeOf(texts),
      text: textOf(texts),
      amountFen,
      paidFen,
    })
  }
}

/** A row that gives several reasons means the most doubtful of them, and the first of those that are alike. */
const withSeveralReasons =
  (classify: Classify): Classify =>
  (code, text, reasonCode = '') => {
    if (!reasonCode.includes(' ')) return classify(code, text, reasonCode)
    const all = reasonCode.split(' ').map((each) => classify(code, text, each))
    const [first] = all
    const meant = all.find(({ outcome }) => outcome === 'unknown') ?? first
    return meant && first
      ? { ...meant, reason: { ...meant.reason, bankCode: `${code}/${reasonCode}` } }
      : classify(code, text)
  }

const seqDigits = 8

/**
 * Makes the lines of a request. A serial that is a tail is completed by the file number; a request without serials
 * numbers its rows.
 */
export function requestRecord(
  plan: DocumentPlan,
  fileNumber: () => string | undefined,
): RowRecord<PaymentLine> {
  const serialOf = textReader(plan, 'serial')
  const lineOf = textReader(plan, 'line')
  const nameOf = textReader(plan, 'name')
  const accountOf = textReader(plan, 'account')
  const idNumberOf = textReader(plan, 'idNumber')
  const remarkOf = textReader(plan, 'remark')
  const readAmount = moneyReader(plan, 'amount')
  const hasSerial = plan.rowSlots.has('serial')
  return (texts, position) => {
    const amountFen = readAmount(texts) ?? zero
    if (isProblem(amountFen)) return amountFen
    const line = lineOf(texts)
    if (line !== '' && Number.parseInt(line, 10) !== position)
      return { wrong: 'line', expected: `${position}` }
    const tail = hasSerial ? serialOf(texts) : `${position}`.padStart(seqDigits, '0')
    const payeeIdNumber = idNumberOf(texts)
    const remark = remarkOf(texts)
    return {
      seq: Number.parseInt(tail.slice(-seqDigits), 10),
      serial: tail.length === seqDigits ? `${fileNumber() ?? ''}${tail}` : tail,
      payeeName: nameOf(texts),
      payeeAccount: accountOf(texts),
      ...(payeeIdNumber === '' ? {} : { payeeIdNumber }),
      amountFen,
      ...(remark === '' ? {} : { remark }),
    }
  }
}
