/**
 * What a bank's code and text mean. The bank's code decides; its text decides only where the profile says so, and a
 * code that the map lacks is neither failed nor paid, whatever the text says (bank-formats §7.2).
 */
import type { Outcome, Reason } from '../bank-file.ts'
import type { BankCode } from '../profile/compiled-profile.ts'
import type { ProfileSpec } from '../profile/profile-schema.ts'
import {
  canonicalReasons,
  foldReasonText,
  isReasonCode,
  type ReasonCode,
  reasonOfText,
} from './reason-taxonomy.ts'

/** Outcome and canonical reason of one row. */
export interface Classified {
  readonly outcome: Outcome
  readonly reason: Reason
}

/** Classifies rows of one file. */
export type Classify = (bankCode: string, bankText: string) => Classified

interface Meaning {
  readonly reason: ReasonCode
  readonly outcome: Outcome
  readonly byText: boolean
}

/** The bank's codes as the profile lists them; reasons must be canonical, which `profileRules` has checked. */
export function bankCodes(spec: ProfileSpec): readonly BankCode[] {
  return [...meanings(spec)].map(([code, meaning]) => ({ code, ...meaning }))
}

function meanings(spec: ProfileSpec): Map<string, Meaning> {
  return new Map(
    Object.entries(spec.result.codes).map(([code, entry]) => {
      const given = typeof entry === 'string' ? { reason: entry } : entry
      const reason = isReasonCode(given.reason) ? given.reason : 'UNMAPPED'
      return [
        code,
        { reason, outcome: given.outcome ?? canonicalReasons[reason].outcome, byText: given.byText ?? false },
      ]
    }),
  )
}

const unmapped: Meaning = { reason: 'UNMAPPED', outcome: 'unknown', byText: false }

const mostRemembered = 4096

/** Makes the classifier of a file; in a file of later returns every failing row is a return of paid money. */
export function outcomeClassifier(spec: ProfileSpec, late: boolean): Classify {
  const table = meanings(spec)
  const remembered = new Map<string, Map<string, Classified>>()
  let size = 0
  const classify: Classify = (bankCode, bankText) => {
    const listed = table.get(bankCode) ?? unmapped
    const refinable = listed.byText || listed.outcome === 'returned' || listed.outcome === 'paid'
    const meaning = refinable ? refine(listed, bankText) : listed
    const outcome = late && meaning.outcome === 'failed' ? 'returned' : meaning.outcome
    return {
      outcome,
      reason: { code: meaning.reason, class: canonicalReasons[meaning.reason].class, bankCode, bankText },
    }
  }
  return (bankCode, bankText) => {
    const known = remembered.get(bankCode)?.get(bankText)
    if (known) return known
    const classified = classify(bankCode, bankText)
    if (size++ < mostRemembered) {
      const ofCode = remembered.get(bankCode) ?? new Map<string, Classified>()
      remembered.set(bankCode, ofCode.set(bankText, classified))
    }
    return classified
  }
}

const names =
  (outcome: Outcome) =>
  (code: ReasonCode): boolean =>
    canonicalReasons[code].outcome === outcome

const inDoubt = (reason: ReasonCode): Meaning => ({ reason, outcome: 'unknown', byText: true })

/**
 * A text may name a closer reason, or take certainty away: `已受理` beside the code of success is not paid, since
 * accepted is never paid. It never makes a failure of an open row.
 */
function refine(listed: Meaning, bankText: string): Meaning {
  const failing = reasonOfText(bankText, names('failed'))
  if (listed.outcome === 'returned') return { ...listed, reason: failing ?? listed.reason }
  const doubtful = reasonOfText(bankText, (code) => names('unknown')(code) || names('open')(code))
  if (listed.outcome === 'paid') return doubtful ? inDoubt(doubtful) : listed
  if (listed.outcome !== 'failed') return listed
  if (reasonOfText(bankText, names('returned'))) {
    return { reason: failing ?? 'RETURNED_LATE', outcome: 'returned', byText: true }
  }
  if (failing) return { ...listed, reason: failing }
  if (doubtful) return inDoubt(doubtful)
  return saysPaid(bankText) ? inDoubt('OUTCOME_UNKNOWN') : listed
}

const saysPaid = (text: string): boolean => /^(交易|处理|入账)?成功/u.test(foldReasonText(text))
