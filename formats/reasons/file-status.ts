/**
 * What the bank says of the whole file, and what it makes of the rows: a file that is not finished leaves every row
 * open, a status that nobody listed makes every row unknown, a refusal ends the file.
 */
import type { FileRefusal, Outcome, ResultRow } from '../bank-file.ts'
import type { ProfileSpec } from '../profile/profile-schema.ts'
import { canonicalReasons } from './reason-taxonomy.ts'
import { type Meaning, textRefiner } from './refine-by-text.ts'

/** Says a row again with less certainty. */
export type Demote = (row: ResultRow) => ResultRow

/** A file's status: its rows stand, they are demoted, or the file is refused. */
export type FileStatus =
  | { readonly kind: 'final' }
  | { readonly kind: 'demoted'; readonly demote: Demote }
  | { readonly kind: 'refused'; readonly refusal: FileRefusal }

/** Reads the status of a file from its code and text. */
export type ReadFileStatus = (code: string, text: string, lineNo: number | undefined) => FileStatus

const finished: Meaning = { reason: 'PAID', outcome: 'paid', byText: false }

/** Makes the reader of a profile's file statuses. A file whose words say that it was only accepted is not finished. */
export function fileStatusReader(spec: ProfileSpec): ReadFileStatus {
  const listed = new Map(Object.entries(spec.result.fileCodes ?? {}))
  const refine = textRefiner(spec.result.textRules ?? [])
  return (code, text, lineNo) => {
    const meaning = listed.get(code)
    if (meaning === 'final')
      return refine(finished, text).outcome === 'paid'
        ? { kind: 'final' }
        : { kind: 'demoted', demote: opened }
    if (meaning === 'in-progress') return { kind: 'demoted', demote: opened }
    if (meaning === undefined) return { kind: 'demoted', demote: unmapped }
    const facts = { reason: meaning.refused, code, text }
    return {
      kind: 'refused',
      refusal: { code: 'BANK_REFUSED', ...(lineNo === undefined ? {} : { lineNo }), facts },
    }
  }
}

/** What several statuses of one file make of its rows together: the least that one of them leaves. */
export const leastStatus = (statuses: readonly FileStatus[]): FileStatus =>
  statuses.find(({ kind }) => kind === 'refused') ??
  statuses.find((status) => status.kind === 'demoted' && status.demote === unmapped) ??
  statuses.find(({ kind }) => kind === 'demoted') ?? { kind: 'final' }

const opened: Demote = (row) => (row.outcome === 'open' ? row : { ...row, outcome: 'open' })

const unmapped: Demote = (row) => ({
  ...row,
  outcome: 'unknown',
  reason: { ...row.reason, code: 'UNMAPPED', class: canonicalReasons.UNMAPPED.class },
})

/** In an answer of the day only the outcomes that the profile calls final stand; the others stay open. */
export function intermediateDemotion(spec: ProfileSpec): Demote {
  const final: ReadonlySet<Outcome> = new Set(spec.result.intermediate?.final ?? [])
  return (row) => (final.has(row.outcome) ? row : opened(row))
}

/** A code with which a bank says that a file is finished; undefined where the profile has no statuses of files. */
export const finalFileCode = (spec: ProfileSpec): string | undefined =>
  Object.entries(spec.result.fileCodes ?? {}).find(([, meaning]) => meaning === 'final')?.[0]

/** Statuses that refuse a file, each with its canonical reason. */
export const refusingFileCodes = (
  spec: ProfileSpec,
): readonly { readonly code: string; readonly reason: string }[] =>
  Object.entries(spec.result.fileCodes ?? {}).flatMap(([code, meaning]) =>
    typeof meaning === 'object' ? [{ code, reason: meaning.refused }] : [],
  )
