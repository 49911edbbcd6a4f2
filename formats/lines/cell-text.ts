/** The text that a column shows for a file header or a line, before padding and encoding. */
import type { FileHeader } from '../bank-file.ts'
import type { ResultLine } from '../profile/compiled-profile.ts'
import { formatYuan, money } from '../values/money.ts'
import type { Column } from './column.ts'

/** What header and trailer lines can say of a file. */
export interface FileFacts {
  readonly header: FileHeader
  readonly count: number
  readonly totalFen: bigint
  readonly paidCount: number
  readonly paidTotalFen: bigint
}

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

const settingText = (header: FileHeader, name: string): string => {
  const value = header.settings[name]
  if (value === undefined)
    throw new Error(`the layout asks for the setting ${name}, which the agreement does not have`)
  return value
}

/** Text of a column in a header, trailer or row that depends on the file alone; undefined for items of rows. */
export function fileText(column: Column, facts: FileFacts): string | undefined {
  const { header } = facts
  switch (column.item) {
    case 'literal':
      return column.value
    case 'setting':
      return settingText(header, column.setting)
    case 'businessDate':
      return dateText(column, header.businessDate)
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
      return (_line, position) => `${position}`
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
    case 'text':
      return (line) => line.bankText ?? ''
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
