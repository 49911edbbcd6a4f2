/**
 * Money is a whole number of fen (1/100 yuan, CNY) in a bigint, and this is the only place that makes one.
 * No float ever touches an amount; the wire carries integer fen or a yuan decimal with two digits.
 */

declare const fenBrand: unique symbol

/** An amount in fen. Zero and negative amounts are legal sums; payments are checked to be positive elsewhere. */
export type Money = bigint & { readonly [fenBrand]: 'fen' }

/** Marks a whole number of fen as money. */
export const money = (fen: bigint): Money => fen as Money

/** Nothing, in fen. */
export const zero = money(0n)

/** The sum of amounts, in fen. */
export const add = (a: Money, b: Money): Money => money(a + b)

/** Parses digits of fen (`50000`); undefined for anything else, a sign, a point or an empty text included. */
export function parseFen(text: string): Money | undefined {
  return /^\d{1,18}$/.test(text) ? money(BigInt(text)) : undefined
}

/** Parses plain yuan with exactly two decimals (`500.00`); undefined for anything else. */
export function parseYuan(text: string): Money | undefined {
  const match = /^(\d{1,16})\.(\d{2})$/.exec(text)
  return match ? money(BigInt(`${match[1]}${match[2]}`)) : undefined
}

/** Writes yuan with two decimals and no separators: 123456 fen is `1234.56`. */
export function formatYuan(amount: Money): string {
  const sign = amount < 0n ? '-' : ''
  const digits = (amount < 0n ? -amount : amount).toString().padStart(3, '0')
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
