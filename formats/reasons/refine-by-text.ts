/**
 * What a bank's text adds to its code: a closer reason, or doubt. `已受理` beside the code of success is not paid,
 * since accepted is never paid. A text never makes a payment paid and never makes a failure of an open row.
 */
import type { Outcome } from '../bank-file.ts'
import { linearPattern } from '../values/linear-pattern.ts'
import {
  canonicalReasons,
  foldReasonText,
  isReasonCode,
  type ReasonCode,
  reasonOfText,
} from './reason-taxonomy.ts'

/** What a code means before its text was read. */
export interface Meaning {
  readonly reason: ReasonCode
  readonly outcome: Outcome
  /** The text beside the code may name a closer reason. */
  readonly byText: boolean
}

/** A bank's own words as the profile lists them, in order. */
export type TextRules = readonly { readonly match: string; readonly reason: string }[]

/** Takes a meaning and the text beside it to the meaning of both. */
export type Refine = (listed: Meaning, bankText: string) => Meaning

const names =
  (outcome: Outcome) =>
  (code: ReasonCode): boolean =>
    canonicalReasons[code].outcome === outcome

const doubtful = (code: ReasonCode): boolean => names('unknown')(code) || names('open')(code)

const inDoubt = (reason: ReasonCode): Meaning => ({ reason, outcome: 'unknown', byText: true })

/** Makes the refiner of a profile; its own words are compiled once and tried before the common ones. */
export function textRefiner(rules: TextRules): Refine {
  const own = ownWords(rules)
  return (listed, bankText) => {
    const named = own?.(bankText)
    switch (listed.outcome) {
      case 'paid':
        return paidWithText(listed, named, bankText)
      case 'returned':
        return {
          ...listed,
          reason: failing(named) ?? reasonOfText(bankText, names('failed')) ?? listed.reason,
        }
      case 'failed':
        return named === undefined ? failedWithText(listed, bankText) : narrowed(listed, named)
      default:
        return listed
    }
  }
}

/** Rules match folded text: full-width forms made half-width, spaces taken out, `帐` written `账`. */
function ownWords(rules: TextRules): ((bankText: string) => ReasonCode | undefined) | undefined {
  if (rules.length === 0) return undefined
  const compiled = rules.flatMap(({ match, reason }) => {
    const pattern = linearPattern(match)
    return pattern && isReasonCode(reason) ? [{ pattern, reason }] : []
  })
  return (bankText) => {
    const folded = foldReasonText(bankText)
    return compiled.find(({ pattern }) => pattern.occursIn(folded))?.reason
  }
}

const failing = (named: ReasonCode | undefined): ReasonCode | undefined =>
  named !== undefined && names('failed')(named) ? named : undefined

function paidWithText(listed: Meaning, named: ReasonCode | undefined, bankText: string): Meaning {
  const doubt = named !== undefined && doubtful(named) ? named : reasonOfText(bankText, doubtful)
  return doubt === undefined ? listed : inDoubt(doubt)
}

/** A failed row for which something closer than its code is known: a reason of doubt takes its certainty away. */
export function narrowed(listed: Meaning, reason: ReasonCode): Meaning {
  const { outcome } = canonicalReasons[reason]
  if (outcome === 'failed') return { ...listed, reason }
  return outcome === 'returned' ? { reason, outcome, byText: true } : inDoubt(reason)
}

function failedWithText(listed: Meaning, bankText: string): Meaning {
  const closer = reasonOfText(bankText, names('failed'))
  if (reasonOfText(bankText, names('returned'))) {
    return { reason: closer ?? 'RETURNED_LATE', outcome: 'returned', byText: true }
  }
  if (closer) return { ...listed, reason: closer }
  const doubt = reasonOfText(bankText, doubtful)
  if (doubt) return inDoubt(doubt)
  return saysPaid(bankText) ? inDoubt('OUTCOME_UNKNOWN') : listed
}

const saysPaid = (text: string): boolean => /^(交易|处理|入账)?成功/u.test(foldReasonText(text))
