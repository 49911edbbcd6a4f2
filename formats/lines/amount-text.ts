/** Reads amounts exactly as a column writes them. Bank exports show `.01`, `1,000.00` and `1.00元`; only on request. */
import { type Money, money, parseFen, parseYuan } from '../values/money.ts'
import { type CellSpans, cellText } from '../wire/cells.ts'
import type { Column } from './column.ts'
import { loneCell } from './lone-cell.ts'

/** Reads the amount in a cell; undefined for any other way of writing. */
export type CellAmount = (cells: CellSpans, place: number) => Money | undefined

/** Makes the reader of an amount column's cells. */
export function cellAmountReader(column: Column): CellAmount {
  const read = strictReader(column)
  if (column.allow.size === 0) return read
  const plainOf = loosen(column.allow)
  const lone = loneCell()
  return (cells, place) => {
    const plain = plainOf(cellText(cells, place))
    return plain === undefined ? undefined : read(lone(plain), 0)
  }
}

/** Makes the reader of an amount column: fen as money, undefined for any other way of writing. */
export function amountReader(column: Column): (text: string) => Money | undefined {
  const read = cellAmountReader(column)
  const lone = loneCell()
  return (text) => read(lone(text), 0)
}

/** Amounts below 10^15 fen are counted up digit by digit; every other text is for `money.ts` to judge. */
function strictReader({ bytes, pad, unit }: Column): CellAmount {
  const zeros = bytes !== undefined && pad === '0'
  const parse = unit === 'fen' ? parseFen : parseYuan
  const count = unit === 'fen' ? wholeNumber : hundredths
  return (cells, place) => {
    const start = cells.from[place] ?? 0
    const end = cells.to[place] ?? 0
    if (!zeros && startsWithSpareZero(cells.units, start, end)) return undefined
    const fen = count(cells.units, start, end)
    return fen < 0 ? parse(cellText(cells, place)) : money(BigInt(fen))
  }
}

const zeroUnit = 0x30
const pointUnit = 0x2e
const mostDigits = 15

function startsWithSpareZero(units: Uint16Array, from: number, to: number): boolean {
  return to - from > 1 && units[from] === zeroUnit && units[from + 1] !== pointUnit
}

/** A number of at most 15 digits, which a double holds exactly; -1 for any other text. */
function wholeNumber(units: Uint16Array, from: number, to: number): number {
  if (to <= from || to - from > mostDigits) return -1
  let number = 0
  for (let at = from; at < to; at++) {
    const digit = (units[at] ?? 0) - zeroUnit
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}

/** A number with exactly two decimals in hundredths; -1 for any other text, one of more than 15 digits included. */
function hundredths(units: Uint16Array, from: number, to: number): number {
  if (units[to - 3] !== pointUnit || to - from > mostDigits + 1) return -1
  const whole = wholeNumber(units, from, to - 3)
  const rest = wholeNumber(units, to - 2, to)
  return whole < 0 || rest < 0 ? -1 : whole * 100 + rest
}

/** Takes off what a column allows; undefined when an allowed style is written wrongly. */
function loosen(allow: ReadonlySet<string>): (text: string) => string | undefined {
  return (text) => {
    let plain = text
    if (allow.has('yuan-sign')) plain = plain.replace(/元$/u, '')
    if (allow.has('thousands') && plain.includes(',')) {
      if (!/^\d{1,3}(,\d{3})+(\.\d*)?$/u.test(plain)) return undefined
      plain = plain.replaceAll(',', '')
    }
    return allow.has('bare-point') && plain.startsWith('.') ? `0${plain}` : plain
  }
}
