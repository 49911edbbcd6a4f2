/** Takes one column's cell back to its text, and lines of header and trailer back to what they state. */
import type { FileHeader } from '../bank-file.ts'
import { type Charset, charset } from '../values/charset.ts'
import { isCalendarDate } from '../values/identifiers.ts'
import { delimitedCells, fixedCells, type SplitLine } from '../wire/cells.ts'
import { amountReader } from './amount-text.ts'
import { type Column, type FileLayout, isCounted } from './column.ts'

/** Text of a cell without pad, prefix and suffix; undefined when they are not as the column says. */
export type CellReader = (cell: string) => string | undefined

/** Makes the reader of a column's cells; digits keep their leading zeros. `measured`: cells were cut by width. */
export function cellReader(codec: Charset, column: Column, measured: boolean): CellReader {
  const { prefix, suffix } = column
  const strip = column.bytes === undefined ? undefined : stripper(codec, column, column.bytes, measured)
  if (!strip && prefix === '' && suffix === '') return (cell) => cell
  return (cell) => {
    const text = strip ? strip(cell) : cell
    if (text === undefined || (prefix === '' && suffix === '')) return text
    const dressed =
      text.startsWith(prefix) && text.endsWith(suffix) && text.length >= prefix.length + suffix.length
    return dressed ? text.slice(prefix.length, text.length - suffix.length) : undefined
  }
}

/** Cells of a fixed layout have their length already; those of a delimited one are measured here. */
function stripper(codec: Charset, column: Column, bytes: number, measured: boolean): CellReader {
  const pad = column.pad.charCodeAt(0)
  const keepsPad = isCounted(column.item) && column.pad === '0'
  return (cell) => {
    if (!measured && cell.length !== bytes && codec.byteLength(cell) !== bytes) return undefined
    if (keepsPad) return cell
    let from = 0
    let to = cell.length
    if (column.side === 'left') while (from < to && cell.charCodeAt(from) === pad) from++
    else while (to > from && cell.charCodeAt(to - 1) === pad) to--
    return cell.slice(from, to)
  }
}

/** How the cells of a line are told apart. */
export function lineSplitter(
  layout: FileLayout,
  columns: readonly Column[],
  trailingDelimiter: boolean,
): SplitLine {
  return layout.style.layout === 'fixed'
    ? fixedCells(
        charset(layout.style.charset),
        columns.map((column) => column.maxBytes),
      )
    : delimitedCells(layout.style.delimiter, columns.length, trailingDelimiter)
}

/** What a header or trailer line states. Amounts are in fen. */
export interface Stated {
  businessDate?: string
  sequence?: number
  fileNumber?: string
  count?: number
  total?: bigint
  paidCount?: number
  paidTotal?: bigint
}

/** Columns of a header or trailer that are not as the layout says, by title. */
export interface StatedLine {
  readonly stated: Stated
  readonly wrong: readonly string[]
}

/** Makes the reader of a header or trailer line. Settings are compared when the caller knows them. */
export function statedLineReader(
  layout: FileLayout,
  columns: readonly Column[],
  settings: FileHeader['settings'] | undefined,
): (line: string) => StatedLine | undefined {
  const split = lineSplitter(layout, columns, false)
  const codec = charset(layout.style.charset)
  const takers = columns.map((column) => {
    const read = cellReader(codec, column, layout.style.layout === 'fixed')
    const take = statedTaker(column, settings)
    return {
      column,
      take: (cell: string, stated: Stated) => withText(read(cell), (text) => take(text, stated)),
    }
  })
  return (line) => {
    const cells = split(line)
    if (!cells) return undefined
    const stated: Stated = {}
    const wrong = takers.flatMap(({ column, take }, index) =>
      take(cells[index] ?? '', stated) ? [] : [column.title],
    )
    return { stated, wrong }
  }
}

const withText = (text: string | undefined, take: (text: string) => boolean): boolean =>
  text !== undefined && take(text)

function statedTaker(
  column: Column,
  settings: FileHeader['settings'] | undefined,
): (text: string, into: Stated) => boolean {
  switch (column.item) {
    case 'literal':
      return (text) => text === column.value
    case 'setting':
      return (text) => settings === undefined || text === settings[column.setting]
    case 'businessDate':
      return (text, into) => takeDate(column, text, into)
    case 'fileNumber':
      return (text, into) => {
        into.fileNumber = text
        return text !== ''
      }
    case 'sequence':
    case 'count':
    case 'paidCount':
      return countTaker(column.item)
    case 'total':
    case 'paidTotal':
      return sumTaker(column, column.item)
    default:
      return () => true
  }
}

function takeDate(column: Column, text: string, into: Stated): boolean {
  const shape =
    column.date === 'plain'
      ? /^\d{8}$/u
      : column.date === 'dashes'
        ? /^\d{4}-\d\d-\d\d$/u
        : /^\d{4}\/\d\d\/\d\d$/u
  const date = text.replace(/[-/]/gu, '')
  if (!shape.test(text) || !isCalendarDate(date)) return false
  into.businessDate = date
  return true
}

const countTaker =
  (item: 'sequence' | 'count' | 'paidCount') =>
  (text: string, into: Stated): boolean => {
    const count = /^\d{1,9}$/u.test(text) ? Number.parseInt(text, 10) : undefined
    return count !== undefined && agree(into, item, count)
  }

const sumTaker = (column: Column, item: 'total' | 'paidTotal') => {
  const read = amountReader(column)
  return (text: string, into: Stated): boolean => {
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
