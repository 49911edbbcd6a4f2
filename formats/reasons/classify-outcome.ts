/**
 * What a bank's codes and text mean. The bank's code decides the outcome; a second code or the text may name a closer
 * reason where the profile says so, and a code that the map lacks is neither failed nor paid, whatever the text says
 * (bank-formats §7.2).
 */
import type { Outcome, Reason } from '../bank-file.ts'
import type { BankCode } from '../profile/compiled-profile.ts'
import type { ProfileSpec } from '../profile/profile-schema.ts'
import { canonicalReasons, isReasonCode, type ReasonCode } from './reason-taxonomy.ts'
import { type Meaning, narrowed, type Refine, textRefiner } from './refine-by-text.ts'

/** Outcome and canonical reason of one row. */
export interface Classified {
  readonly outcome: Outcome
  readonly reason: Reason
}

/** Classifies rows of one file. `reasonCode` is absent or empty where the row has no second code. */
export type Classify = (bankCode: string, bankText: string, reasonCode?: string) => Classified

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

const secondCodes = (spec: ProfileSpec): Map<string, ReasonCode> =>
  new Map(
    Object.entries(spec.result.reasonCodes ?? {}).flatMap(([code, reason]) =>
      isReasonCode(reason) ? [[code, reason] as const] : [],
    ),
  )

const unmapped: Meaning = { reason: 'UNMAPPED', outcome: 'unknown', byText: false }

const mostRemembered = 4096

/** Makes the classifier of a file; in a file of later returns every failing row is a return of paid money. */
export function outcomeClassifier(spec: ProfileSpec, late: boolean): Classify {
  const classify = unremembered(spec, late)
  const remembered = new Map<string, Map<string, Classified>>()
  let size = 0
  return (bankCode, bankText, reasonCode = '') => {
    const codes = reasonCode === '' ? bankCode : `${bankCode}\u0000${reasonCode}`
    const known = remembered.get(codes)?.get(bankText)
    if (known) return known
    const classified = classify(bankCode, bankText, reasonCode)
    if (size++ < mostRemembered) {
      const ofCodes = remembered.get(codes) ?? new Map<string, Classified>()
      remembered.set(codes, ofCodes.set(bankText, classified))
    }
    return classified
  }
}

function unremembered(spec: ProfileSpec, late: boolean) {
  const table = meanings(spec)
  const second = secondCodes(spec)
  const refine = textRefiner(spec.result.textRules ?? [])
  return (bankCode: string, bankText: string, reasonCode: string): Classified => {
    const meaning = closest(table.get(bankCode) ?? unmapped, second.get(reasonCode), bankText, refine)
    const outcome = late && meaning.outcome === 'failed' ? 'returned' : meaning.outcome
    return { outcome, reason: reasonOf(meaning.reason, bankCode, bankText, reasonCode) }
  }
}

/** A second code that the profile knows is closer than the text; both speak of rows that were not paid. */
function closest(listed: Meaning, second: ReasonCode | undefined, bankText: string, refine: Refine): Meaning {
  if (second !== undefined && listed.outcome === 'failed') return narrowed(listed, second)
  if (second !== undefined && listed.outcome === 'returned') {
    return canonicalReasons[second].outcome === 'failed' ? { ...listed, reason: second } : listed
  }
  const refinable = listed.byText || listed.outcome === 'returned' || listed.outcome === 'paid'
  return refinable ? refine(listed, bankText) : listed
}

/** A canonical reason beside what the bank said: `code`, or `code/reasonCode` where it gave a second one. */
export const reasonOf = (
  code: ReasonCode,
  bankCode: string,
  bankText: string,
  reasonCode: string,
): Reason => ({
  code,
  class: canonicalReasons[code].class,
  bankCode: reasonCode === '' ? bankCode : `${bankCode}/${reasonCode}`,
  bankText,
})
