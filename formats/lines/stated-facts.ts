/** What heads and tails of files state, taken from one column or place at a time; the same for lines and XML. */
import type { FileHeader } from '../bank-file.ts'
import { isCalendarDate } from '../values/identifiers.ts'
import { amountReader } from './amount-text.ts'
import { dateTimeMark } from './cell-text.ts'
import type { Column } from './column.ts'
import { literalAsRead } from './pad-stripper.ts'

/** What was stated so far. Amounts are in fen. */
export interface Stated {
  businessDate?: string
  sequence?: number
  fileNumber?: string
  count?: number
  total?: bigint
  paidCount?: number
  paidTotal?: bigint
  failedCount?: number
  failedTotal?: bigint
  pageNumber?: number
  pageCount?: number
  fileCode?: string
  fileText?: string
}

/** Takes a column's text without padding; false when it is not as the column says or contradicts what was stated. */
export type TakeStated = (text: string, into: Stated) => boolean

/** Makes the taker of a column. Settings are compared when the caller knows them. */
export function statedTaker(column: Column, settings: FileHeader['settings'] | undefined): TakeStated {
  const take = itemTaker(column, settings)
  const { pattern } = column
  return pattern ? (text, into) => (text === '' || pattern.matches(text)) && take(text, into) : take
}

function itemTaker(column: Column, settings: FileHeader['settings'] | undefined): TakeStated {
  switch (column.item) {
    case 'literal': {
      const expected = literalAsRead(column)
      return (text) => text === expected
    }
    case 'setting':
      return (text) => settings === undefined || text === settings[column.setting]
    case 'businessDate':
      return (text, into) => takeDate(column, text, into)
    case 'time':
      return (text) => isClockText(column, text)
    case 'dateTime':
      return (text) => isDateTimeText(column, text)
    case 'fileNumber':
      return (text, into) => {
        into.fileNumber = text
        return text !== ''
      }
    case 'fileCode':
    case 'fileText':
      return wordTaker(column.item)
    case 'sequence':
    case 'count':
    case 'paidCount':
    case 'failedCount':
    case 'pageNumber':
    case 'pageCount':
      return countTaker(column.item)
    case 'total':
    case 'paidTotal':
    case 'failedTotal':
      return sumTaker(column, column.item)
    default:
      return () => true
  }
}

const dateShapes = {
  plain: /^\d{8}$/u,
  dashes: /^\d{4}-\d\d-\d\d$/u,
  slashes: /^\d{4}\/\d\d\/\d\d$/u,
} as const

/** `YYYYMMDD` of a date as the column writes it; undefined for any other text. */
export function dateOfText(column: Column, text: string): string | undefined {
  const date = text.replace(/[-/]/gu, '')
  return dateShapes[column.date].test(text) && isCalendarDate(date) ? date : undefined
}

/** True for a time of day as the column writes it. */
export const isClockText = (column: Column, text: string): boolean =>
  (column.clock === 'plain' ? /^([01]\d|2[0-3])[0-5]\d[0-5]\d$/u : /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/u).test(
    text,
  )

const dateChars = { plain: 8, dashes: 10, slashes: 10 } as const

/** True for a date and a time of day as the column writes them, `T` between them where the date has marks. */
export function isDateTimeText(column: Column, text: string): boolean {
  const at = dateChars[column.date]
  const mark = dateTimeMark(column)
  return (
    dateOfText(column, text.slice(0, at)) !== undefined &&
    text.startsWith(mark, at) &&
    isClockText(column, text.slice(at + mark.length))
  )
}

function takeDate(column: Column, text: string, into: Stated): boolean {
  const date = dateOfText(column, text)
  if (date === undefined) return false
  into.businessDate = date
  return true
}

const wordTaker =
  (item: 'fileCode' | 'fileText'): TakeStated =>
  (text, into) =>
    agree(into, item, text)

const countTaker =
  (item: 'sequence' | 'count' | 'paidCount' | 'failedCount' | 'pageNumber' | 'pageCount'): TakeStated =>
  (text, into) => {
    const count = /^\d{1,9}$/u.test(text) ? Number.parseInt(text, 10) : undefined
    return count !== undefined && agree(into, item, count)
  }

const sumTaker = (column: Column, item: 'total' | 'paidTotal' | 'failedTotal'): TakeStated => {
  const read = amountReader(column)
  return (text, into) => {
    const sum = read(text)
    return sum !== undefined && agree(into, item, sum)
  }
}

/** A fact that a line states twice, as SPDB does with its count, must be the same both times. */
function agree<Key extends keyof Stated>(into: Stated, item: Key, value: NonNullable<Stated[Key]>): boolean {
  const before = into[item]
  into[item] = value
  return before === undefined || before === value
}
