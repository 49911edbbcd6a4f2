/**
 * An operator's list of counties: one a line, `code,name,from,until` in CSV, of which only the code has to be there.
 * Days are `YYYY-MM-DD` and count both; a county that was renumbered stands in it twice. Lines with # are notes.
 */
import { isCalendarDate } from './identifiers.ts'
import { isProvince } from './region-codes.ts'

/** One county and the days on which its code counts; empty texts stand for always. */
export interface RegionEntry {
  readonly code: string
  readonly name: string
  readonly from: string
  readonly until: string
}

/** A list, or every line that is none. */
export type ReadRegions =
  | { readonly kind: 'list'; readonly entries: readonly RegionEntry[] }
  | {
      readonly kind: 'refused'
      readonly problems: readonly { readonly line: number; readonly reason: string }[]
    }

/** Reads a list. */
export function readRegionList(text: string): ReadRegions {
  const entries: RegionEntry[] = []
  const problems: { line: number; reason: string }[] = []
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const [code = '', name = '', from = '', until = '', ...more] = line.split(',').map((cell) => cell.trim())
    const reason = more.length > 0 ? 'more than four columns' : entryProblem(code, from, until)
    if (reason === undefined) entries.push({ code, name, from, until })
    else problems.push({ line: index + 1, reason })
  }
  if (entries.length === 0 && problems.length === 0) problems.push({ line: 1, reason: 'the list is empty' })
  return problems.length > 0 ? { kind: 'refused', problems } : { kind: 'list', entries }
}

function entryProblem(code: string, from: string, until: string): string | undefined {
  if (!/^\d{6}$/.test(code)) return 'a code has six digits'
  if (!isProvince(code.slice(0, 2))) return `there is no province ${code.slice(0, 2)}`
  if (![from, until].every((day) => day === '' || isDay(day))) return 'a day is written YYYY-MM-DD'
  return from !== '' && until !== '' && from > until ? 'it ends before it begins' : undefined
}

const isDay = (day: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(day) && isCalendarDate(day.replaceAll('-', ''))

/** Codes that count on a day `YYYY-MM-DD`. */
export const regionsOn = (entries: readonly RegionEntry[], day: string): ReadonlySet<string> =>
  new Set(
    entries
      .filter(({ from, until }) => (from === '' || from <= day) && (until === '' || day <= until))
      .map(({ code }) => code),
  )
