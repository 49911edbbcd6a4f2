/** Amounts as statements write them, signs included; fen in a bigint, never a float. */
import { type Money, money, parseYuan } from '../values/money.ts'

/** Yuan with exactly two decimals and perhaps a sign: `-1234.56` is -123456; undefined for anything else. */
export function signedYuan(text: string): bigint | undefined {
  const minus = text.startsWith('-')
  const amount = parseYuan(minus || text.startsWith('+') ? text.slice(1) : text)
  return amount !== undefined && minus ? -amount : amount
}

/** SWIFT's amounts: a comma that must be there, at most two decimals, so `1834,` and `1834,5` are whole amounts. */
export function swiftAmount(text: string): Money | undefined {
  const match = /^(\d{1,14}),(\d{0,2})$/u.exec(text)
  return match ? money(BigInt(`${match[1]}${(match[2] ?? '').padEnd(2, '0')}`)) : undefined
}

/** ISO 20022's decimals: up to two places, a point only before them, no sign. */
export function isoAmount(text: string): Money | undefined {
  const match = /^(\d{1,16})(?:\.(\d{1,2}))?$/u.exec(text)
  return match ? money(BigInt(`${match[1]}${(match[2] ?? '').padEnd(2, '0')}`)) : undefined
}

/** The amount without its sign. */
export const magnitude = (fen: bigint): Money => money(fen < 0n ? -fen : fen)
