/** An answer held against the request that it answers, on a desk: no row of another batch, account or amount. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from './command-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-match-request-'))
afterAll(() => rmSync(folder, { recursive: true }))

const request = join(folder, 'req_20261121_001.txt')
const answerPath = join(folder, 'res_20261121_001.txt')
const desk = ['--profile', 'cmbc-batch'] as const
let whole = ''

beforeAll(async () => {
  const people = ['欧阳建国', '李珅', '买买提·艾力'].map((payeeName, at) =>
    JSON.stringify({
      instructionId: `${at}`,
      payeeName,
      payeeAccount: `621799999000000001${at}`,
      amountFen: 50_000 + at,
    }),
  )
  writeFileSync(join(folder, 'people.ndjson'), `${people.join('\n')}\n`)
  const header = { batchNo: 'T', programme: { code: 'F', name: '补贴' }, fundingAccount: '4305' }
  writeFileSync(join(folder, 'header.json'), JSON.stringify(header))
  const files = ['--header', join(folder, 'header.json'), '--in', join(folder, 'people.ndjson')]
  const composed = await run(
    ...['file', 'compose', ...desk, '--date', '2026-11-21', '--out', folder, ...files],
  )
  expect(composed.code).toBe(0)
  const answered = await run(
    ...['file', 'answer', ...desk, '--in', request, '--out', folder, '--fail-share', '0'],
  )
  expect(answered.code).toBe(0)
  whole = readFileSync(answerPath, 'latin1')
})

/** Reads the answer after a change to its bytes, against its request. */
async function readChanged(change: (bytes: string) => string) {
  const changed = change(whole)
  writeFileSync(answerPath, changed, 'latin1')
  const read = await run('file', 'read', ...desk, '--in', answerPath, '--request', request, '--json')
  return { ...read, isChanged: changed !== whole }
}

describe('an answer beside its request', () => {
  test('is read when every row is ours', async () => {
    const read = await readChanged((bytes) => bytes)
    expect(read.code).toBe(0)
    expect(read.stdout.trimEnd().split('\n').at(-1)).toContain('"namesThatDiffer":0')
  })

  test.each([
    [
      'another account',
      (bytes: string) => bytes.replace('6217999990000000011', '6217999990000000019'),
      'account',
    ],
    [
      'amounts that were exchanged, so that the totals still hold',
      (bytes: string) =>
        bytes.replace('|50001|', '|X|').replace('|50002|', '|50001|').replace('|X|', '|50002|'),
      'amount',
    ],
    ['a serial of no line of ours', (bytes: string) => bytes.replace('00000002|', '00000009|'), 'serial'],
  ])('is refused whole for %s', async (_title, change, what) => {
    const read = await readChanged(change)
    expect(read).toMatchObject({ isChanged: true, code: 3, stdout: '' })
    expect(JSON.parse(read.stderr.split('\n', 1)[0] ?? '')).toMatchObject({
      code: 'NOT_THIS_FILE',
      facts: { what },
    })
  })

  test('only counts a name that the bank writes differently', async () => {
    const other = Buffer.from('d6dcbda8b9fa', 'hex').toString('latin1')
    const ours = Buffer.from('bda8b9fa', 'hex').toString('latin1')
    const read = await readChanged((bytes) => bytes.replace(ours, other))
    expect(read).toMatchObject({ isChanged: true, code: 0 })
    expect(read.stdout.trimEnd().split('\n').at(-1)).toContain('"namesThatDiffer":1')
  })
})
