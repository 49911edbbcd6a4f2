/**
 * What the simulated bank does with one line: a pure function of seed, bank, account, name and amount.
 * The same line has the same outcome in any order, in any file and after any restart. The hash is a plain mixing
 * one: a million lines are decided three times each, and nobody gains by guessing a simulated outcome.
 */
import type { PaymentLine } from '../../../formats/bank-file.ts'
import type { BankAnswer, ReasonCodes } from './reason-codes.ts'

/** How a bank behaves. Shares are of 1: `failShare` of the lines fail, `returnShare` are paid and come back later. */
export interface BankPolicy {
  readonly seed: number
  readonly failShare: number
  readonly returnShare: number
}

/** The outcome of a line. `returned`: paid and answered as paid, then sent back days later with `later`. */
export type PaymentDecision =
  | { readonly kind: 'paid'; readonly answer: BankAnswer }
  | { readonly kind: 'failed'; readonly answer: BankAnswer }
  | { readonly kind: 'returned'; readonly answer: BankAnswer; readonly later: BankAnswer }

/** The identity of a line as far as its outcome is concerned. */
export type DecidedLine = Pick<PaymentLine, 'payeeAccount' | 'payeeName' | 'amountFen'>

/** Decides one line. */
export function decidePayment(
  policy: BankPolicy,
  bank: string,
  codes: ReasonCodes,
  line: DecidedLine,
): PaymentDecision {
  const { outcome, reason } = draw(policy.seed, bank, line)
  const answer = codes.paid
  const fails = outcome < policy.failShare
  if (fails && codes.failed.length > 0) return { kind: 'failed', answer: pick(codes.failed, reason) }
  const comesBack = !fails && outcome < policy.failShare + policy.returnShare
  if (comesBack && codes.returned.length > 0)
    return { kind: 'returned', answer, later: pick(codes.returned, reason) }
  return { kind: 'paid', answer }
}

/** Two independent numbers in [0, 1) from the line: one decides the outcome, the other the reason. */
function draw(seed: number, bank: string, line: DecidedLine): { outcome: number; reason: number } {
  const text = `${seed}\n${bank}\n${line.payeeAccount}\n${line.payeeName}\n${line.amountFen}`
  let [left, right] = [0x243f6a88, 0x13198a2e]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    left = Math.imul(left ^ unit, 0x01000193)
    right = Math.imul(right + unit, 0x2545f491) ^ (right >>> 15)
  }
  return {
    outcome: spread(left ^ Math.imul(right, 0x9e3779b1)),
    reason: spread(right ^ Math.imul(left, 0x61c88647)),
  }
}

/** Lets every bit of a 32-bit number weigh on every other one, so that accounts in a row do not fare alike. */
function spread(bits: number): number {
  let mixed = bits
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}

function pick(answers: readonly (BankAnswer & { readonly weight: number })[], at: number): BankAnswer {
  const whole = answers.reduce((sum, { weight }) => sum + weight, 0)
  let left = at * whole
  for (const { weight, code, text } of answers) {
    left -= weight
    if (left < 0) return { code, text }
  }
  throw new Error('A bank needs at least one reason with a weight.')
}
