/** A file composed on a desk, answered as a bank would and read again: every profile, there and back. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import { digestingNdjson } from '../../../ops/demo/batch-ndjson.ts'
import { generateLines } from '../../../ops/demo/people.ts'
import { shipped } from '../fixture-files.ts'
import { run } from './command-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-answer-file-'))
const header = join(folder, 'header.json')
const input = join(folder, 'instructions.ndjson')
const people = 800
let declared: bigint

beforeAll(() => {
  const plan = { people, seed: 4, banks: [{ code: 'ccb', share: 1 }], batchNo: 'A', region: '430621' }
  const body = digestingNdjson(generateLines(plan))
  writeFileSync(input, Buffer.concat([...body.chunks]))
  declared = body.totals().amountFen
  const programme = { code: 'FARMLAND-2026', name: '耕地地力保护补贴' }
  const rest = {
    period: '2026',
    region: '430621',
    fundingAccount: '430501',
    dueBy: '2026-12-04',
    approvals: [],
  }
  const totals = { declared: { count: people, amountFen: Number.parseInt(`${declared}`, 10) } }
  writeFileSync(header, JSON.stringify({ batchNo: 'A', programme, ...rest, ...totals }))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe.each([...loadCatalog().keys()])('%s', (profile) => {
  const out = join(folder, profile)
  const answers = join(folder, `${profile}-answers`)
  const common = ['--profile', profile] as const

  test('every line that was composed comes back with an outcome, and the totals tie', async () => {
    const composed = await run(
      'file',
      'compose',
      ...common,
      '--header',
      header,
      '--in',
      input,
      '--out',
      out,
      '--json',
      '--date',
      '2026-11-20',
    )
    const { files, heldCount } = JSON.parse(composed.stdout)
    expect(files).toHaveLength(1)
    const request = join(out, files[0].name)
    const answered = await run(
      'file',
      'answer',
      ...common,
      '--in',
      request,
      '--out',
      answers,
      '--seed',
      '3',
      '--fail-share',
      '0.2',
      '--json',
    )
    const { name, all, paid } = JSON.parse(answered.stdout)
    expect(all.count).toBe(people - heldCount)
    const read = await run('file', 'read', ...common, '--in', join(answers, name), '--request', request)
    const lines = read.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const { summary } = lines.pop()
    const failed = lines.filter((row) => row.outcome === 'failed')
    expect(failed).toHaveLength(all.count - paid.count)
    expect(failed.every((row) => row.reason.code !== 'UNMAPPED')).toBe(true)
    expect(summary.paidCount ?? summary.outcomes.paid).toBe(paid.count)
    expect(summary.paidTotalFen ?? paid.totalFen).toBe(paid.totalFen)
    expect(new Set(lines.map((row) => row.serial)).size).toBe(lines.length)
  })

  test('nothing is answered twice, and another file is not answered at all', async () => {
    const [request = ''] = readdirSync(out).filter((name) => shipped(profile).matchRequestName(name))
    const answer = (path: string) => run('file', 'answer', ...common, '--in', path, '--out', answers)
    expect((await answer(join(out, request))).code).toBe(1)
    expect((await answer(input)).code).toBe(3)
  })
})
