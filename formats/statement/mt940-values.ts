/** The written values of MT940: balances, entry lines and statement numbers. Only CNY is read. */

import { isCalendarDate } from '../values/identifiers.ts'
import type { Money } from '../values/money.ts'
import type { Direction } from './compiled-statement.ts'
import { swiftAmount } from './statement-amount.ts'

/** A balance: its day and fen, negative where the bank marks it as a debit. */
export interface SwiftBalance {
  readonly day: string
  readonly fen: bigint
}

/** Reads `C261121CNY1834,57`; gives the name of what is wrong otherwise. */
export function swiftBalance(text: string): SwiftBalance | string {
  const match = /^([CD])(\d{6})([A-Z]{3})(\d{1,14},\d{0,2})$/u.exec(text)
  if (!match) return 'balance'
  const [, mark, date = '', currency, amount = ''] = match
  const day = longDate(date)
  const fen = swiftAmount(amount)
  if (currency !== 'CNY') return 'CNY'
  if (day === undefined || fen === undefined) return 'date'
  return { day, fen: mark === 'D' ? -fen : fen }
}

/** What `:61:` says in its first line. */
export interface SwiftEntryLine {
  readonly bookedOn: string
  readonly direction: Direction
  readonly reversal: boolean
  readonly amountFen: Money
  /** The three characters of the transaction type. */
  readonly type: string
  /** Reference for the account owner; empty for NONREF. */
  readonly reference: string
  /** The bank's own reference, behind `//`; empty where there is none. */
  readonly bankReference: string
}

const entryLine = /^(\d{6})(\d{4})?(RC|RD|C|D)[A-Z]?(\d{1,14},\d{0,2})[NSF]([A-Z0-9]{3})(.{0,64})$/u

/** RC takes a credit back and so is a debit, RD the other way round. */
const marks: Readonly<Record<string, readonly [Direction, boolean]>> = {
  C: ['credit', false],
  D: ['debit', false],
  RC: ['debit', true],
  RD: ['credit', true],
}

/** Reads the first line of `:61:`; gives the name of what is wrong otherwise. */
export function swiftEntryLine(text: string): SwiftEntryLine | string {
  const match = entryLine.exec(text)
  if (!match) return 'an entry line'
  const [, valued = '', booked, mark = '', amount = '', type = '', references = ''] = match
  const valueDay = longDate(valued)
  const bookedOn = valueDay === undefined ? undefined : bookingDay(valueDay, booked)
  const amountFen = swiftAmount(amount)
  const [direction, reversal] = marks[mark] ?? []
  if (bookedOn === undefined) return 'date'
  if (amountFen === undefined || amountFen === 0n) return 'amount'
  if (direction === undefined || reversal === undefined) return 'mark'
  const [owner = '', bank = ''] = references.split('//', 2)
  return {
    bookedOn,
    direction,
    reversal,
    amountFen,
    type,
    reference: owner.trim() === 'NONREF' ? '' : owner.trim(),
    bankReference: bank.trim(),
  }
}

/** Statement and page number of `:28C:`; a statement without pages is its own page 1. */
export function statementNumber(text: string): { readonly no: string; readonly page: number } | undefined {
  const match = /^(\d{1,5})(?:\/(\d{1,5}))?$/u.exec(text)
  return match
    ? { no: `${Number.parseInt(match[1] ?? '', 10)}`, page: Number.parseInt(match[2] ?? '1', 10) || 1 }
    : undefined
}

/** `261121` is 20261121; undefined for a day that the calendar lacks. */
function longDate(text: string): string | undefined {
  const date = `20${text}`
  return isCalendarDate(date) ? date : undefined
}

/** A booking day has no year of its own: it is the one nearest to the value day. */
function bookingDay(valueDay: string, booked: string | undefined): string | undefined {
  if (booked === undefined) return valueDay
  const year = Number.parseInt(valueDay.slice(0, 4), 10)
  const [valueMonth, month] = [valueDay.slice(4, 6), booked.slice(0, 2)].map((text) =>
    Number.parseInt(text, 10),
  )
  const turn = (month ?? 0) - (valueMonth ?? 0)
  const day = `${turn > 6 ? year - 1 : turn < -6 ? year + 1 : year}${booked}`
  return isCalendarDate(day) ? day : undefined
}
