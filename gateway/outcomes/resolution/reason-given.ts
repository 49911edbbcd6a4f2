/** Canonical reasons that a person may give for a failure. */
import type { Reason } from '../../../formats/bank-file.ts'
import { canonicalReasons, isReasonCode } from '../../../formats/reasons/reason-taxonomy.ts'

/** What the bank said beside the outcome, where a line of it stands behind the decision. */
export interface BankWords {
  readonly bankCode: string
  readonly bankText: string
}

const noWords: BankWords = { bankCode: '', bankText: '' }

/** The reason of a line that is decided as paid. */
export const paidReason = (words: BankWords = noWords): Reason => ({ code: 'PAID', class: '-', ...words })

/** The reason of a line that is decided as failed; undefined for a code that is no canonical reason of a failure. */
export function failedReason(code: string, words: BankWords = noWords): Reason | undefined {
  if (!isReasonCode(code) || canonicalReasons[code].outcome !== 'failed') return undefined
  return { code, class: canonicalReasons[code].class, ...words }
}

/** The codes that a person may give. */
export const failureReasons: readonly string[] = Object.keys(canonicalReasons).filter(
  (code) => failedReason(code) !== undefined,
)
