/** Cuts a row into the texts of its columns, and refuses a row that is not as the layout says. */
import type { FileHeader, FileRefusal } from '../bank-file.ts'
import type { FieldCipher } from '../profile/compiled-profile.ts'
import { charset } from '../values/charset.ts'
import type { Money } from '../values/money.ts'
import { type CellSpans, cellIs, cellSpans, cellText } from '../wire/cells.ts'
import { type LineSpan, ownLine } from '../wire/line-span.ts'
import { unitBuffer } from '../wire/unit-marks.ts'
import { cellAmountReader } from './amount-text.ts'
import { cellTrimmer, lineSplitter } from './cell-reader.ts'
import { forbiddenText } from './cell-writer.ts'
import type { Column } from './column.ts'
import type { FileLayout } from './file-layout.ts'
import { literalAsRead, type TrimCell } from './pad-stripper.ts'
import { dateOfText, isClockText } from './stated-facts.ts'
import { accountUnits } from './text-guard.ts'

/** Cells of a row without padding, good until the next row is read, or why the row is refused. */
export type RowCells = CellSpans | FileRefusal

/** Reads a row's line; `position` counts the rows of the file from 1. */
export type ReadCells = (line: LineSpan, lineNo: number, position: number) => RowCells

/** True for a refusal, which has a code and facts and no serial. */
export const isRefusal = (row: object): row is FileRefusal => 'facts' in row

/** Refuses a row for one of its columns; what stands there is not repeated. */
export const rowRefusal = (lineNo: number, column: string, expected: string): FileRefusal => ({
  code: 'LAYOUT',
  lineNo,
  facts: { column, expected },
})

type GoodCell = (cells: CellSpans, place: number, position: number) => boolean

interface CellPlan {
  readonly place: number
  readonly trim: TrimCell | undefined
  readonly good: GoodCell | undefined
  readonly column: Column
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
  const plans = layout.row
    .map((column, place) => cellPlan(layout, column, place, context))
    .filter(({ trim, good }) => trim !== undefined || good !== undefined)
  const opens = layout.row.some((column) => column.encrypted) && context.cipher !== undefined
  const cells = cellSpans(layout.row.length)
  return (line, lineNo, position) => {
    if (!split(opens ? ownLine(line) : line, cells))
      return { code: 'LAYOUT', lineNo, facts: { expected: shapeOf(layout) } }
    for (const { trim, good, place, column } of plans) {
      if ((trim && !trim(cells, place)) || (good && !good(cells, place, position)))
        return rowRefusal(lineNo, column.title, expectedOf(column, context))
    }
    return cells
  }
}

const expectedOf = ({ encrypted, item, value }: Column, { cipher }: RowContext): string =>
  encrypted && cipher ? 'ciphertext' : item === 'literal' ? value : item

function cellPlan(layout: FileLayout, column: Column, place: number, context: RowContext): CellPlan {
  const trim = cellTrimmer(charset(layout.style.charset), column, layout.style.layout === 'fixed')
  const { cipher } = context
  return {
    place,
    column,
    trim: column.encrypted && cipher ? opener(trim, cipher) : trim,
    good: shapedRule(column, cellRule(column, context)),
  }
}

const hiddenText = forbiddenText('')

/** Decrypts a cell and puts its text behind the line; what comes out must be a text that we could have sealed. */
function opener(trim: TrimCell | undefined, cipher: FieldCipher): TrimCell {
  return (cells, place) => {
    if (trim && !trim(cells, place)) return false
    const text = cellText(cells, place)
    if (text === '') return true
    const opened = cipher.open(text)
    if (opened === undefined || hiddenText.test(opened)) return false
    cells.from[place] = cells.text.length
    cells.text += opened
    cells.to[place] = cells.text.length
    cells.units = unitBuffer()(cells.text)
    return true
  }
}

const shapeOf = (layout: FileLayout): string =>
  layout.style.layout === 'fixed'
    ? `${layout.row.reduce((sum, column) => sum + column.maxBytes, 0)} bytes`
    : `${layout.row.length} columns`

function shapedRule({ pattern }: Column, rule: GoodCell | undefined): GoodCell | undefined {
  if (!pattern) return rule
  let matched = ''
  return (cells, place, position) => {
    if (!cellIs(cells, place, matched) && !isEmpty(cells, place)) {
      const text = cellText(cells, place)
      if (!pattern.matches(text)) return false
      matched = text
    }
    return rule === undefined || rule(cells, place, position)
  }
}

const isEmpty = ({ from, to }: CellSpans, place: number): boolean => from[place] === to[place]

function cellRule(column: Column, { settings, linesInOrder }: RowContext): GoodCell | undefined {
  switch (column.item) {
    case 'literal': {
      const expected = literalAsRead(column)
      return (cells, place) => cellIs(cells, place, expected)
    }
    case 'setting':
      return settings ? settingRule(settings[column.setting]) : undefined
    case 'businessDate':
      return textRule(column, (text) => dateOfText(column, text) !== undefined)
    case 'time':
      return textRule(column, (text) => isClockText(column, text))
    case 'serial':
      return isSerial
    case 'line':
      return linesInOrder ? isPosition : isSerial
    case 'account':
      return isAccount
    default:
      return undefined
  }
}

const settingRule = (value: string | undefined): GoodCell =>
  value === undefined ? () => false : (cells, place) => cellIs(cells, place, value)

const textRule =
  ({ required }: Column, good: (text: string) => boolean): GoodCell =>
  (cells, place) =>
    (!required && isEmpty(cells, place)) || good(cellText(cells, place))

/** True for a cell of nothing but digits, and of at least one. */
function isDigits({ units, from, to }: CellSpans, place: number): boolean {
  const start = from[place] ?? 0
  const end = to[place] ?? 0
  for (let at = start; at < end; at++) {
    const unit = units[at] ?? 0
    if (unit < 0x30 || unit > 0x39) return false
  }
  return end > start
}

const mostSerialDigits = 32

const isSerial: GoodCell = (cells, place) =>
  (cells.to[place] ?? 0) - (cells.from[place] ?? 0) <= mostSerialDigits && isDigits(cells, place)

const isPosition: GoodCell = (cells, place, position) =>
  isDigits(cells, place) && Number.parseInt(cellText(cells, place), 10) === position

const isAccount: GoodCell = ({ units, from, to }, place) => {
  const end = to[place] ?? 0
  for (let at = from[place] ?? 0; at < end; at++) if (accountUnits[units[at] ?? 0] !== 1) return false
  return true
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
export type ReadAmount = (cells: CellSpans, lineNo: number) => Money | undefined | FileRefusal

/** Makes the reader of an amount column; one that may be empty then states nothing. */
export function amountOfCells(layout: FileLayout, place: number): ReadAmount {
  const column = layout.row[place]
  if (!column) return () => undefined
  const read = cellAmountReader(column)
  const strict: ReadAmount = (cells, lineNo) =>
    read(cells, place) ?? rowRefusal(lineNo, column.title, `amount in ${column.unit}`)
  return column.required
    ? strict
    : (cells, lineNo) => (isEmpty(cells, place) ? undefined : strict(cells, lineNo))
}
