/**
 * Where a failed or returned payment goes, by the class of its reason (bank-formats §7.2). The gateway proposes and
 * never edits: a correction is the line department's act, a treasury return follows a class or a person's decision.
 */
import type { ReasonClass } from '../../formats/bank-file.ts'

/** What is asked of the line department. */
export type Wanted = 'corrected-data' | 'same-data-again' | 'person-must-act'

/** The way of one failed payment. */
export type Route =
  | { readonly kind: 'correct'; readonly wanted: Wanted; readonly fields: readonly string[] }
  /** Stays where it is; the beneficiary has to act at the bank, or a person decides. */
  | { readonly kind: 'wait'; readonly wanted: Wanted; readonly fields: readonly string[] }
  | { readonly kind: 'treasury' }

const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  NAME_MISMATCH: ['payeeName'],
  ACCOUNT_NOT_FOUND: ['payeeAccount'],
  ACCOUNT_FORMAT: ['payeeAccount'],
  ACCOUNT_TYPE: ['payeeAccount'],
  ACCOUNT_CLOSED: ['payeeAccount'],
  CARD_STATE_FIXABLE: ['payeeAccount'],
  BANK_ROUTING: ['payeeAccount', 'bank'],
  ID_MISMATCH: ['payeeIdNumber', 'payeeName'],
  NOT_CONTRACTED: ['bank'],
  AMOUNT_INVALID: ['amountFen'],
}

/** Decides the route of a reason. */
export function decideRoute(reasonCode: string, reasonClass: ReasonClass): Route {
  switch (reasonClass) {
    case 'C':
      return {
        kind: 'correct',
        wanted: 'corrected-data',
        fields: fieldsOf[reasonCode] ?? ['payeeName', 'payeeAccount'],
      }
    case 'R':
      return { kind: 'correct', wanted: 'same-data-again', fields: [] }
    case 'T':
      return { kind: 'treasury' }
    case 'H':
    case 'Q':
    case 'F':
    case '-':
      return { kind: 'wait', wanted: 'person-must-act', fields: [] }
    default:
      return reasonClass satisfies never
  }
}
