/** The text that a column shows for a file header or a line, before padding and encoding. */
import type { FileHeader } from '../bank-file.ts'
import type { ResultLine } from '../profile/compiled-profile.ts'
import { formatYuan, money } from '../values/money.ts'
import type { Column } from './column.ts'
import type { FileFacts } from './file-facts.ts'

/** A line to write; requests have no bank code and text. */
export type WritableLine = Omit<ResultLine, 'bankCode' | 'bankText'> & {
  readonly bankCode?: string
  readonly bankText?: string
}

/** Text of a row's column; `position` counts the rows of the file from 1. */
export type RowText = (line: WritableLine, position: number) => string

const amountText = (column: Column, fen: bigint): string =>
  column.unit === 'yuan' ? formatYuan(money(fen)) : fen.toString()

const dateMarks = { plain: '', dashes: '-', slashes: '/' } as const

const dateText = (column: Column, date: string): string =>
  [date.slice(0, 4), date.slice(4, 6), date.slice(6)].join(dateMarks[column.date])

/** `093005` as the column writes it. */
const clockText = (column: Column, time: string): string =>
  column.clock === 'plain' ? time : [time.slice(0, 2), time.slice(2, 4), time.slice(4)].join(':')

/** Date and time of day as one text: `20261121093005`, or `2026-11-21T09:30:05` where the date has marks. */
const dateTimeText = (column: Column, { businessDate, time = '000000' }: FileHeader): string =>
  `${dateText(column, businessDate)}${dateTimeMark(column)}${clockText(column, time)}`

/** What stands between a date and a time of day. */
export const dateTimeMark = (column: Column): string => (column.date === 'plain' ? '' : 'T')

function settingText({ setting, pattern }: Column, { settings }: FileHeader): string {
  const value = settings[setting]
  if (value === undefined)
    throw new Error(`the layout asks for the setting ${setting}, which the agreement does not have`)
  if (value !== '' && pattern?.matches(value) === false)
    throw new Error(`the setting ${setting} of the agreement has not the shape that the layout asks for`)
  return value
}

/** Text of a column in a header, trailer or row that depends on the file alone; undefined for items of rows. */
export function fileText(column: Column, facts: FileFacts): string | undefined {
  const { header } = facts
  switch (column.item) {
    case 'literal':
    case 'any':
      return column.value
    case 'setting':
      return settingText(column, header)
    case 'businessDate':
      return dateText(column, header.businessDate)
    case 'time':
      return clockText(column, header.time ?? '000000')
    case 'dateTime':
      return dateTimeText(column, header)
    case 'sequence':
      return `${header.sequence}`
    case 'fileNumber':
      return header.fileNumber
    case 'count':
      return `${facts.count}`
    case 'total':
      return amountText(column, facts.totalFen)
    case 'paidCount':
      return `${facts.paidCount}`
    case 'paidTotal':
      return amountText(column, facts.paidTotalFen)
    case 'failedCount':
      return `${facts.failedCount}`
    case 'failedTotal':
      return amountText(column, facts.failedTotalFen)
    case 'pageNumber':
      return '1'
    case 'fileCode':
      return facts.fileCode
    case 'fileText':
      return facts.fileText
    case 'programmeName':
      return header.programmeName
    case 'fundingAccount':
      return header.fundingAccount
    default:
      return undefined
  }
}

/** How a row's column gets its text: from the line where it can, else the same for every row of the file. */
export function rowText(column: Column, facts: FileFacts): RowText {
  switch (column.item) {
    case 'serial':
      return serialText(column)
    case 'line':
      return (line, position) => `${line.position ?? position}`
    case 'account':
      return (line) => line.payeeAccount
    case 'name':
      return (line) => line.payeeName
    case 'idNumber':
      return (line) => line.payeeIdNumber ?? ''
    case 'amount':
      return (line) => amountText(column, line.amountFen)
    case 'remark':
      return (line) => line.remark ?? ''
    case 'code':
      return (line) => line.bankCode ?? ''
    case 'reasonCode':
      return (line) => line.reasonCode ?? ''
    case 'text':
      return (line) => line.bankText ?? ''
    case 'paidAmount':
      return (line) => amountText(column, facts.paidFenOf?.(line) ?? 0n)
    default: {
      const same = fileText(column, facts) ?? ''
      return () => same
    }
  }
}

/** A column shorter than the serial carries its tail, which is the line number in the batch. */
function serialText(column: Column): RowText {
  const digits = column.bytes
  return digits === undefined
    ? (line) => line.serial
    : (line) => (line.serial.length > digits ? line.serial.slice(-digits) : line.serial)
}
