/** Problems and findings of the API as sentences for a person, and the exit code that each of them means. */
import type { AnsweredReport, ProblemAnswer } from './api-answers.ts'
import { exit } from './output.ts'

const levels: ReadonlyMap<string, string> = new Map([
  ['refuse', '拒收 refused'],
  ['hold', '暂停 held'],
  ['warn', '提示 warning'],
])

/** Something found, as intake or the API tells it. `line` counts from 1 in its part. */
export interface ShownFinding {
  readonly line?: number | undefined
  readonly part?: number | undefined
  readonly level: string
  readonly field: string
  readonly code: string
  readonly messageZh: string
  readonly messageEn: string
  readonly facts: Readonly<Record<string, string | number>>
}

/** One finding on one line: place, field, code, both sentences, facts. */
export function findingText(found: ShownFinding): string {
  const { level, field, code, messageZh, messageEn, facts } = found
  const shown = Object.entries(facts).map(([name, value]) => `${name} ${value}`)
  const because = shown.length === 0 ? '' : ` (${shown.join(', ')})`
  const what = [...placeOf(found), field, code].filter((word) => word !== '').join(' ')
  return `${levels.get(level) ?? level}: ${what} ${messageZh} / ${messageEn}${because}`
}

function placeOf({ line, part }: ShownFinding): string[] {
  if (line === undefined) return []
  const place = `第 ${line} 行 line ${line}`
  return part === undefined || part === 1 ? [place] : [place, `(part ${part})`]
}

/** All findings of a report, and how many more there are of those that refuse. */
export function findingLines(findings: readonly ShownFinding[], refusedTotal: number): string[] {
  const listed = findings.filter(({ level }) => level === 'refuse').length
  const rest = refusedTotal - listed
  return [
    ...findings.map(findingText),
    ...(rest > 0 ? [`另有 ${rest} 处 / and ${rest} more that refuse`] : []),
  ]
}

/** Exact counts of what refuses, by code. */
export function refusalCounts({ refused }: Pick<AnsweredReport, 'refused'>): string {
  const byCode = Object.entries(refused.byCode).map(([code, count]) => `${code} ${count}`)
  return `${refused.total} (${byCode.join(', ')})`
}

/** A problem in a sentence or two, below its errors. */
export function problemText({
  code,
  title,
  title_zh,
  detail,
  traceId,
  errors,
  report,
}: ProblemAnswer): string {
  const more = detail !== '' && detail !== title ? ` ${detail}` : ''
  const trace = traceId === '' ? '' : ` [${traceId}]`
  const lines = findingLines(errors, report?.refused.total ?? 0)
  return [...lines, `${code}: ${title_zh} / ${title}.${more}${trace}`].join('\n')
}

/** 3 for what was refused, 4 where the outcome is not known, 1 for everything that another try may cure. */
export function exitOf({ status, code }: ProblemAnswer): number {
  if (code === 'COMMIT_UNKNOWN') return exit.inDoubt
  const curable = status === 401 || status === 408 || status === 429 || status >= 500
  return curable ? exit.fault : exit.refused
}
