/** Findings of intake: what is wrong with a line, a body or a header, how hard it weighs, and how many there are. */
import { type FindingCode, findingCatalogue } from './finding-catalogue.ts'

/** `refuse` sinks the batch, `hold` keeps one line back, `warn` is only reported. */
export type FindingLevel = 'refuse' | 'hold' | 'warn'

/** Facts for a person: limits, positions, code points. Never a name, an account, an ID or a phone number. */
export type FindingFacts = Readonly<Record<string, string | number>>

/** Something found in one line; `seq` is the line's number in its batch, from 1. */
export interface Finding {
  readonly seq: number
  readonly level: FindingLevel
  /** Field of the line as the API names it; empty when it is the whole line. */
  readonly field: string
  readonly code: FindingCode
  readonly facts: FindingFacts
}

/** Something wrong with a whole body, header or batch. */
export interface Problem {
  readonly field: string
  readonly code: FindingCode
  readonly facts: FindingFacts
}

/** A finding as a client reads it. `line` counts the lines of the part's body, a CSV header included, from 1. */
export interface DescribedFinding {
  readonly line?: number
  readonly part?: number
  readonly level: FindingLevel
  readonly field: string
  readonly code: FindingCode
  readonly messageZh: string
  readonly messageEn: string
  readonly facts: FindingFacts
}

/** Makes a problem. */
export const problem = (code: FindingCode, facts: FindingFacts = {}, field = ''): Problem => ({
  field,
  code,
  facts,
})

/** Adds the sentences of the catalogue to a finding, and its place where it has one. */
export function describeFinding(
  found: Problem,
  level: FindingLevel,
  place: { readonly part: number; readonly line: number } | undefined,
): DescribedFinding {
  const { zh, en } = findingCatalogue[found.code]
  const { field, code, facts } = found
  return { ...place, level, field, code, messageZh: zh, messageEn: en, facts }
}

/** Most findings of one level that are kept of a batch, and most that a report lists. Counts stay exact. */
export const findingCap = 1000

/** How many lines have findings of one level, and how many findings there are of each code. */
export interface LevelTally {
  readonly lines: number
  readonly byCode: Readonly<Record<string, number>>
}

/** Exact counts for each level. */
export type Tally = Readonly<Record<FindingLevel, LevelTally>>

const nothing: LevelTally = Object.freeze({ lines: 0, byCode: Object.freeze({}) })

/** A tally of nothing. */
export const emptyTally: Tally = Object.freeze({ refuse: nothing, hold: nothing, warn: nothing })

/** The sum of two tallies of different lines. */
export function addTallies(a: Tally, b: Tally): Tally {
  return { refuse: sum(a.refuse, b.refuse), hold: sum(a.hold, b.hold), warn: sum(a.warn, b.warn) }
}

function sum(a: LevelTally, b: LevelTally): LevelTally {
  if (b === nothing) return a
  const byCode: Record<string, number> = { ...a.byCode }
  for (const [code, count] of Object.entries(b.byCode)) byCode[code] = (byCode[code] ?? 0) + count
  return { lines: a.lines + b.lines, byCode }
}

/** Counts the findings of whole lines: all findings of a line must be in the list. */
export function tallyFindings(findings: readonly Finding[]): Tally {
  const of = (level: FindingLevel): LevelTally =>
    tallyLevel(findings.filter((found) => found.level === level))
  return findings.length === 0 ? emptyTally : { refuse: of('refuse'), hold: of('hold'), warn: of('warn') }
}

function tallyLevel(findings: readonly Finding[]): LevelTally {
  const byCode: Record<string, number> = {}
  for (const { code } of findings) byCode[code] = (byCode[code] ?? 0) + 1
  return { lines: new Set(findings.map((found) => found.seq)).size, byCode }
}
