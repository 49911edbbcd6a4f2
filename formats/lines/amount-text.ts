/** Reads amounts exactly as a column writes them. Bank exports show `.01`, `1,000.00` and `1.00元`; only on request. */
import { type Money, parseFen, parseYuan } from '../values/money.ts'
import type { Column } from './column.ts'

/** Makes the reader of an amount column: fen as money, undefined for any other way of writing. */
export function amountReader(column: Column): (text: string) => Money | undefined {
  const zeros = column.bytes !== undefined && column.pad === '0'
  const parse = column.unit === 'fen' ? parseFen : parseYuan
  const loosened = column.allow.size > 0 ? loosen(column.allow) : undefined
  return (text) => {
    const plain = loosened ? loosened(text) : text
    if (plain === undefined || (!zeros && startsWithSpareZero(plain))) return undefined
    return parse(plain)
  }
}

const startsWithSpareZero = (text: string): boolean =>
  text.length > 1 && text.startsWith('0') && text.charAt(1) !== '.'

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
