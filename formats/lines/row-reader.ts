/** Reads the rows of requests and answers: cells to records, one refusal for a row that is not as the layout says. */
import type { FileHeader, FileRefusal, PaymentLine, ResultRow } from '../bank-file.ts'
import type { Classify } from '../reasons/classify-outcome.ts'
import { charset } from '../values/charset.ts'
import { type Money, zero } from '../values/money.ts'
import { amountReader } from './amount-text.ts'
import { cellReader, lineSplitter } from './cell-reader.ts'
import type { Column, FileLayout } from './column.ts'
import { accountPattern } from './line-check.ts'

/** Cells of a row without padding, or why the row is refused. */
export type RowCells = readonly string[] | FileRefusal

/** Reads a row's line; `position` counts the rows of the file from 1. */
export type ReadCells = (line: string, lineNo: number, position: number) => RowCells

/** Reads one row's line to a record. */
export type ReadRow<Row> = (line: string, lineNo: number, position: number) => Row | FileRefusal

/** True for a refusal, which has a code and facts and no serial. */
export const isRefusal = (row: object): row is FileRefusal => 'facts' in row

const refusal = (lineNo: number, column: string, expected: string): FileRefusal => ({
  code: 'LAYOUT',
  lineNo,
  facts: { column, expected },
})

interface CellPlan {
  readonly title: string
  readonly read: ((cell: string) => string | undefined) | undefined
  readonly good: ((text: string, position: number) => boolean) | undefined
  readonly expected: string
}

/** Makes the reader of a row's cells; constants, digits and row numbers are checked here. */
export function cellsReader(layout: FileLayout, settings: FileHeader['settings'] | undefined): ReadCells {
  const split = lineSplitter(layout, layout.row, layout.trailingDelimiter)
  const codec = charset(layout.style.charset)
  const plans: readonly CellPlan[] = layout.row.map((column) => ({
    title: column.title,
    read:
      column.bytes === undefined && column.prefix === '' && column.suffix === ''
        ? undefined
        : cellReader(codec, column, layout.style.layout === 'fixed'),
    good: cellRule(column, settings),
    expected: column.item === 'literal' ? column.value : column.item,
  }))
  return (line, lineNo, position) => {
    const cells = split(line)
    if (!cells) return { code: 'LAYOUT', lineNo, facts: { expected: shapeOf(layout) } }
    for (let index = 0; index < plans.length; index++) {
      const plan = plans[index]
      if (!plan) break
      const cell = cells[index] ?? ''
      const text = plan.read ? plan.read(cell) : cell
      if (text === undefined || (plan.good && !plan.good(text, position)))
        return refusal(lineNo, plan.title, plan.expected)
      cells[index] = text
    }
    return cells
  }
}

const shapeOf = (layout: FileLayout): string =>
  layout.style.layout === 'fixed'
    ? `${layout.row.reduce((sum, column) => sum + column.maxBytes, 0)} bytes`
    : `${layout.row.length} columns`

function cellRule(
  column: Column,
  settings: FileHeader['settings'] | undefined,
): ((text: string, position: number) => boolean) | undefined {
  switch (column.item) {
    case 'literal':
      return (text) => text === column.value
    case 'setting':
      return settings ? (text) => text === settings[column.setting] : undefined
    case 'serial':
      return (text) => /^\d{1,32}$/u.test(text)
    case 'line':
      return (text, position) => /^\d+$/u.test(text) && Number.parseInt(text, 10) === position
    case 'account':
      return (text) => accountPattern.test(text)
    default:
      return undefined
  }
}

/** Places of a row's items among its cells; -1 where the layout lacks one. */
const placesOf = (layout: FileLayout) => {
  const place = (item: Column['item']): number => layout.row.findIndex((column) => column.item === item)
  return {
    serial: place('serial'),
    account: place('account'),
    name: place('name'),
    idNumber: place('idNumber'),
    amount: place('amount'),
    remark: place('remark'),
    code: place('code'),
    text: place('text'),
  }
}

/** Amount of a row's cells: undefined where the layout has none, a refusal where it cannot be read. */
type ReadAmount = (cells: readonly string[], lineNo: number) => Money | undefined | FileRefusal

function amountOfCells(layout: FileLayout, place: number): ReadAmount {
  const column = layout.row[place]
  if (!column) return () => undefined
  const read = amountReader(column)
  return (cells, lineNo) =>
    read(cells[place] ?? '') ?? refusal(lineNo, column.title, `amount in ${column.unit}`)
}

/** Makes the reader of an answer's rows. */
export function resultRowReader(
  layout: FileLayout,
  settings: FileHeader['settings'] | undefined,
  classify: Classify,
): ReadRow<ResultRow> {
  const at = placesOf(layout)
  const read = cellsReader(layout, settings)
  const readAmount = amountOfCells(layout, at.amount)
  return (line, lineNo, position) => {
    const cells = read(line, lineNo, position)
    if (isRefusal(cells)) return cells
    const amountFen = readAmount(cells, lineNo)
    if (typeof amountFen === 'object') return amountFen
    const serial = cells[at.serial] ?? ''
    const account = cells[at.account] ?? ''
    const name = cells[at.name] ?? ''
    const { outcome, reason } = classify(cells[at.code] ?? '', cells[at.text] ?? '')
    if (account !== '' && name !== '' && amountFen !== undefined) {
      return { lineNo, serial, account, name, amountFen, outcome, reason }
    }
    return {
      lineNo,
      serial,
      ...(account === '' ? {} : { account }),
      ...(name === '' ? {} : { name }),
      ...(amountFen === undefined ? {} : { amountFen }),
      outcome,
      reason,
    }
  }
}

/** Makes the reader of a request's rows; `fileNumber` completes serials that are tails, where the header told it. */
export function requestRowReader(
  layout: FileLayout,
  settings: FileHeader['settings'],
  fileNumber: () => string | undefined,
): ReadRow<PaymentLine> {
  const at = placesOf(layout)
  const read = cellsReader(layout, settings)
  const readAmount = amountOfCells(layout, at.amount)
  return (line, lineNo, position) => {
    const cells = read(line, lineNo, position)
    if (isRefusal(cells)) return cells
    const amountFen = readAmount(cells, lineNo) ?? zero
    if (typeof amountFen === 'object') return amountFen
    const tail = cells[at.serial] ?? ''
    const payeeIdNumber = cells[at.idNumber] ?? ''
    const remark = cells[at.remark] ?? ''
    return {
      seq: Number.parseInt(tail.slice(-8), 10),
      serial: tail.length === 8 ? `${fileNumber() ?? ''}${tail}` : tail,
      payeeName: cells[at.name] ?? '',
      payeeAccount: cells[at.account] ?? '',
      ...(payeeIdNumber === '' ? {} : { payeeIdNumber }),
      amountFen,
      ...(remark === '' ? {} : { remark }),
    }
  }
}
