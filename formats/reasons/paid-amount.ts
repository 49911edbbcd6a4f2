/**
 * What the amount that a bank says it paid means beside the amount that it was to pay. A success for another amount,
 * higher or lower, is never paid, and a failure that paid something is no failure: both are asked for.
 */
import type { Classified, Classify } from './classify-outcome.ts'
import { reasonOf } from './classify-outcome.ts'

/** What a row says of itself. `paidFen` is undefined where the bank left its cell empty. */
export interface RowStatement {
  readonly code: string
  readonly reasonCode: string
  readonly text: string
  readonly amountFen: bigint | undefined
  readonly paidFen: bigint | undefined
}

/** The code that an amount stands for where the layout has no code column; empty when the bank states no amount. */
export function derivedCode(amountFen: bigint | undefined, paidFen: bigint | undefined): string {
  if (amountFen === undefined || paidFen === undefined) return ''
  if (paidFen === 0n) return 'none'
  return paidFen === amountFen ? 'full' : 'part'
}

/** Makes the classifier of rows that state a paid amount; without a code column the amount is the code. */
export const paidAmountClassifier =
  (classify: Classify, hasCode: boolean): ((row: RowStatement) => Classified) =>
  (row) => {
    const code = hasCode ? row.code : derivedCode(row.amountFen, row.paidFen)
    const said = classify(code, row.text, row.reasonCode)
    return hasCode && contradicts(said, row)
      ? { outcome: 'unknown', reason: reasonOf('OUTCOME_UNKNOWN', row.code, row.text, row.reasonCode) }
      : said
  }

/** A paid row that does not state its amount is as doubtful as one that states another. */
function contradicts({ outcome }: Classified, { amountFen, paidFen }: RowStatement): boolean {
  if (outcome === 'paid') return paidFen === undefined || paidFen !== amountFen
  return outcome === 'failed' && paidFen !== undefined && paidFen !== 0n
}

/** The amount that a simulated bank states beside a code: all of it, nothing, or something else that is not nothing. */
export function statedPaidFen(
  amountFen: bigint,
  code: string,
  { outcome }: Classified,
  hasCode: boolean,
): bigint {
  if (!hasCode && code === 'part') return amountFen > 1n ? amountFen / 2n : amountFen + 1n
  return (hasCode ? outcome === 'paid' : code === 'full') ? amountFen : 0n
}
