/** Cuts a row into the texts of its columns, and refuses a row that is not as the layout says. */
import type { FileHeader, FileRefusal } from '../bank-file.ts'
import type { FieldCipher } from '../profile/compiled-profile.ts'
import { charset } from '../values/charset.ts'
import type { Money } from '../values/money.ts'
import { amountReader } from './amount-text.ts'
import { cellReader, lineSplitter } from './cell-reader.ts'
import { forbiddenText } from './cell-writer.ts'
import type { Column } from './column.ts'
import type { FileLayout } from './file-layout.ts'
import { accountPattern } from './line-check.ts'
import { literalAsRead } from './pad-stripper.ts'
import { dateOfText, isClockText } from './stated-facts.ts'

/** Cells of a row without padding, or why the row is refused. */
export type RowCells = readonly string[] | FileRefusal

/** Reads a row's line; `position` counts the rows of the file from 1. */
export type ReadCells = (line: string, lineNo: number, position: number) => RowCells

/** True for a refusal, which has a code and facts and no serial. */
export const isRefusal = (row: object): row is FileRefusal => 'facts' in row

/** Refuses a row for one of its columns; what stands there is not repeated. */
export const rowRefusal = (lineNo: number, column: string, expected: string): FileRefusal => ({
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

/** What is known of a file before its rows are read. */
export interface RowContext {
  readonly settings: FileHeader['settings'] | undefined
  /** A `line` names a row of the request in any order; else it counts the rows of this file. */
  readonly linesInOrder: boolean
  readonly cipher: FieldCipher | undefined
}

/** Makes the reader of a row's cells; constants, digits and row numbers are checked here. */
export function cellsReader(layout: FileLayout, context: RowContext): ReadCells {
  const split = lineSplitter(layout, layout.row, layout.trailingDelimiter)
  const plans = layout.row.map((column) => cellPlan(layout, column, context))
  return (line, lineNo, position) => {
    const cells = split(line)
    if (!cells) return { code: 'LAYOUT', lineNo, facts: { expected: shapeOf(layout) } }
    for (let index = 0; index < plans.length; index++) {
      const plan = plans[index]
      if (!plan) break
      const cell = cells[index] ?? ''
      const text = plan.read ? plan.read(cell) : cell
      if (text === undefined || (plan.good && !plan.good(text, position)))
        return rowRefusal(lineNo, plan.title, plan.expected)
      cells[index] = text
    }
    return cells
  }
}

function cellPlan(layout: FileLayout, column: Column, context: RowContext): CellPlan {
  const plain = column.bytes === undefined && column.prefix === '' && column.suffix === ''
  const read = plain
    ? undefined
    : cellReader(charset(layout.style.charset), column, layout.style.layout === 'fixed')
  const sealed = column.encrypted && context.cipher
  return {
    title: column.title,
    read: sealed ? opener(read, context.cipher) : read,
    good: shapedRule(column, cellRule(column, context)),
    expected: sealed ? 'ciphertext' : column.item === 'literal' ? column.value : column.item,
  }
}

const hiddenText = forbiddenText('')

/** Decrypts a cell; what comes out must be a text that we could have sealed. */
function opener(read: CellPlan['read'], cipher: FieldCipher | undefined): CellPlan['read'] {
  return (cell) => {
    const text = read ? read(cell) : cell
    if (text === undefined || text === '') return text
    const opened = cipher?.open(text)
    return opened === undefined || hiddenText.test(opened) ? undefined : opened
  }
}

const shapeOf = (layout: FileLayout): string =>
  layout.style.layout === 'fixed'
    ? `${layout.row.reduce((sum, column) => sum + column.maxBytes, 0)} bytes`
    : `${layout.row.length} columns`

function shapedRule(column: Column, rule: CellPlan['good']): CellPlan['good'] {
  const { pattern } = column
  if (!pattern) return rule
  return (text, position) =>
    (text === '' || pattern.matches(text)) && (rule === undefined || rule(text, position))
}

function cellRule(column: Column, { settings, linesInOrder }: RowContext): CellPlan['good'] {
  switch (column.item) {
    case 'literal': {
      const expected = literalAsRead(column)
      return (text) => text === expected
    }
    case 'setting':
      return settings ? (text) => text === settings[column.setting] : undefined
    case 'businessDate':
      return (text) => (text === '' && !column.required) || dateOfText(column, text) !== undefined
    case 'time':
      return (text) => (text === '' && !column.required) || isClockText(column, text)
    case 'serial':
      return (text) => /^\d{1,32}$/u.test(text)
    case 'line':
      return linesInOrder
        ? (text, position) => /^\d+$/u.test(text) && Number.parseInt(text, 10) === position
        : (text) => /^\d{1,32}$/u.test(text)
    case 'account':
      return (text) => accountPattern.test(text)
    default:
      return undefined
  }
}

/** Places of a row's items among its cells; -1 where the layout lacks one. */
export const placesOf = (layout: FileLayout) => {
  const place = (item: Column['item']): number => layout.row.findIndex((column) => column.item === item)
  return {
    serial: place('serial'),
    line: place('line'),
    account: place('account'),
    name: place('name'),
    idNumber: place('idNumber'),
    amount: place('amount'),
    remark: place('remark'),
    code: place('code'),
    reasonCode: place('reasonCode'),
    text: place('text'),
    paidAmount: place('paidAmount'),
  }
}

/** Amount of a row's cells: undefined where the layout has none, a refusal where it cannot be read. */
export type ReadAmount = (cells: readonly string[], lineNo: number) => Money | undefined | FileRefusal

/** Makes the reader of an amount column; one that may be empty then states nothing. */
export function amountOfCells(layout: FileLayout, place: number): ReadAmount {
  const column = layout.row[place]
  if (!column) return () => undefined
  const read = amountReader(column)
  const strict: ReadAmount = (cells, lineNo) =>
    read(cells[place] ?? '') ?? rowRefusal(lineNo, column.title, `amount in ${column.unit}`)
  return column.required
    ? strict
    : (cells, lineNo) => (cells[place] === '' ? undefined : strict(cells, lineNo))
}
