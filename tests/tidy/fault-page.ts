/** Draws the table of faults for people: what breaks, what must come of it, and the tests and guards that prove it. */
import { type FaultRow, injections } from '../../ops/fault-matrix/fault-row.ts'
import { faultMatrix, provenLater } from '../../ops/fault-matrix.ts'
import type { Protection } from '../faults/protection.ts'
import type { FaultTitle } from './fault-titles.ts'

/** Everything that the table is drawn from. */
export interface FaultEvidence {
  readonly titles: readonly FaultTitle[]
  readonly protections: readonly Protection[]
  /** What the last column says of an id. */
  readonly lastRun: (id: string) => string
}

const opening = `# What breaks, and what proves that it does no harm 故障矩阵

Written by \`npm run faults\` from \`ops/fault-matrix.ts\`, the titles of the tests, \`tests/faults/protections\` and, for the
last column, the last \`npm test\` and \`npm run protections\`. A guard is a line of the program; \`npm run protections\`
takes each away in a copy of the project and wants its test to fail.

本页由命令生成：故障、应有结果、证明它的测试、相应的防护，以及最近一次运行的结果。\`npm run protections\`
逐一拆除防护，要求对应测试必须失败。
`

const columns = [
  '| id | what breaks 故障 | what must come of it 应有结果 | tests 测试 | guards 防护 | last run 最近运行 |',
  '| --- | --- | --- | --- | --- | --- |',
]

/** The whole page. */
export function faultPage(evidence: FaultEvidence): string {
  const rows = faultMatrix.map((row) => `| ${faultCells(row, evidence).join(' | ')} |`)
  const kinds = Object.entries(injections).map(([kind, words]) => `${kind} ${words.en} ${words.zh}`)
  return `${opening}\n${kinds.join('; ')}.\n\n${[...columns, ...rows].join('\n')}\n`
}

/** The cells of one row; the last one alone depends on a run. */
export function faultCells(row: FaultRow, evidence: FaultEvidence): string[] {
  const titles = evidence.titles.filter(({ ids }) => ids.includes(row.id))
  const guards = evidence.protections.filter(({ fault }) => fault === row.id)
  const { en, zh } = row.fault
  return [
    row.id,
    `${cell(en)}<br>${zh} (${row.inject})`,
    `${cell(row.outcome.en)}<br>${row.outcome.zh}${row.checks === '' ? '' : `<br>${row.checks}`}`,
    titles.length === 0 ? later(row) : titles.map(testLink).join('<br>'),
    guards.map(guardLine).join('<br>'),
    evidence.lastRun(row.id),
  ]
}

function later(row: FaultRow): string {
  const why = provenLater.get(row.id)
  return why ? `${cell(why.en)}<br>${why.zh}` : 'none'
}

const testLink = ({ file, title, tests }: FaultTitle): string =>
  `[${cell(title)}](../${file})${tests > 1 ? ` (${tests})` : ''}`

const guardLine = ({ promise, file, title }: Protection): string =>
  `${cell(promise)} ([${file.split('/').at(-1)}](../${file})), else: ${cell(title)}`

/** Text that ends neither its cell nor its link. */
const cell = (text: string): string => text.replace(/[|[\]<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** The rows of a page, cells apart, by id. */
export function readRows(page: string): ReadonlyMap<string, readonly string[]> {
  const rows = page.split('\n').filter((line) => /^\| F\d\d \|/.test(line))
  return new Map(
    rows.map((line) => {
      const cells = line.slice(2, -2).split(' | ')
      return [cells[0] ?? '', cells]
    }),
  )
}
