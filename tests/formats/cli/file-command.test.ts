/** The desk commands over a generated batch of 5,000 people: composed, answered by a bank, read. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FileHeader, PaymentLine } from '../../../formats/bank-file.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import { money } from '../../../formats/values/money.ts'
import { readWhole, shipped } from '../fixture-files.ts'
import { run } from './command-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-file-command-'))
const input = join(folder, 'instructions.ndjson')
const header = join(folder, 'header.json')
const names = ['张三', '李珅', '王䶮', '赵瑋', '阿依古丽·买买提', '欧阳建国', '陈㛃']
const count = 5000

const amountOf = (index: number): number => 100 + ((index * 7919) % 500_000)
const total = Array.from({ length: count }, (_, index) => amountOf(index)).reduce((sum, fen) => sum + fen, 0)

const instructionOf = (index: number) => ({
  instructionId: `T-${index + 1}`,
  bank: 'yy-rcb',
  payeeName: index % 100 === 99 ? '陈㛃' : names[index % 6],
  payeeIdNumber: '110105188001010017',
  payeeAccount: `62179999900${`${index}`.padStart(8, '0')}`,
  amountFen: amountOf(index),
})

beforeAll(() => {
  const lines = Array.from({ length: count }, (_, index) => JSON.stringify(instructionOf(index)))
  writeFileSync(input, `${lines.join('\n')}\n`)
  const declared = { count, amountFen: total }
  const programme = { code: 'FARM', name: '耕地地力保护补贴' }
  writeFileSync(
    header,
    JSON.stringify({
      batchNo: 'T',
      programme,
      period: '2026',
      region: '430621',
      fundingAccount: '43050166360800000999',
      dueBy: '2026-12-04',
      approvals: [],
      declared,
    }),
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

const compose = (profile: string, out: string, ...more: readonly string[]) =>
  run(
    'file',
    'compose',
    '--profile',
    profile,
    '--header',
    header,
    '--in',
    input,
    '--out',
    join(folder, out),
    '--date',
    '2026-11-21',
    ...more,
  )

const headerOf = (profile: CompiledProfile, lines: readonly PaymentLine[], sequence: number): FileHeader => ({
  businessDate: '20261121',
  sequence,
  fileNumber: lines[0]?.serial.slice(0, 12) ?? '',
  count: lines.length,
  totalFen: money(lines.reduce((sum, line) => sum + line.amountFen, 0n)),
  programmeName: '',
  fundingAccount: '',
  settings: profile.sampleSettings,
})

/** A bank that pays all but every fiftieth line. */
function answer(profile: CompiledProfile, out: string, requestName: string, sequence: number): string {
  const request = readFileSync(join(folder, out, requestName))
  const lines = readWhole(profile.requestReader(profile.sampleSettings), request).rows
  const paid = profile.codes.find((code) => code.outcome === 'paid')?.code ?? ''
  const failed = profile.codes.find((code) => code.outcome === 'failed')?.code ?? ''
  const answered = lines.map((line, index) =>
    index % 50 === 49
      ? { ...line, bankCode: failed, bankText: '户名不符' }
      : { ...line, bankCode: paid, bankText: '成功' },
  )
  const paidLines = answered.filter((line) => line.bankCode === paid)
  const head = headerOf(profile, lines, sequence)
  const paidTotalFen = paidLines.reduce((sum, line) => sum + line.amountFen, 0n)
  const totals = {
    rowCount: lines.length,
    rowTotalFen: head.totalFen,
    paidCount: paidLines.length,
    paidTotalFen,
  }
  const writer = profile.resultWriter(head, totals, 'answer')
  const path = join(folder, out, profile.resultName(head, 'answer'))
  writeFileSync(path, Buffer.concat([writer.begin(), writer.write(answered), writer.end()]))
  return path
}

describe.each([
  ['rural-fixed', 1, 0],
  ['cmbc-batch', 1, 50],
  ['spdb-ubp', 5, 50],
  ['ccb-batch', 1, 0],
])('%s', (id, files, held) => {
  const profile = shipped(id)

  test(`composes 5,000 lines into ${files} files and holds ${held}`, async () => {
    const done = await compose(id, id, '--json')
    expect(done.code).toBe(0)
    const report = JSON.parse(done.stdout)
    expect(report.files).toHaveLength(files)
    expect(report.heldCount).toBe(held)
    expect(report.declaredTiesOut).toBe(true)
    const rows = report.files.flatMap(
      (file: { name: string }) =>
        readWhole(profile.requestReader(profile.sampleSettings), readFileSync(join(folder, id, file.name)))
          .rows,
    )
    expect(rows).toHaveLength(count - held)
    expect(new Set(rows.map((row: PaymentLine) => row.seq)).size).toBe(count - held)
    expect(rows[0]).toMatchObject({ seq: 1, payeeName: '张三', remark: '耕地地力保护补贴' })
    expect(report.held.slice(0, 1)).toEqual(
      held > 0
        ? [
            {
              lineNo: 100,
              instructionId: 'T-100',
              problems: [
                {
                  field: 'payeeName',
                  code: 'CHARSET',
                  facts: { codePoint: 'U+36C3', position: 2, charset: 'gbk' },
                },
              ],
            },
          ]
        : [],
    )
  })

  test('reads the answer row by row, with its request', async () => {
    const requestName = profile.fileName(headerOf(profile, [], 1))
    const path = answer(profile, id, requestName, 1)
    const done = await run(
      'file',
      'read',
      '--profile',
      id,
      '--in',
      path,
      '--request',
      join(folder, id, requestName),
    )
    expect(done.stderr).toBe('')
    expect(done.code).toBe(0)
    const lines = done.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const { summary } = lines.at(-1)
    expect(lines).toHaveLength(summary.rowCount + 1)
    const requested = Math.min(count - held, profile.limits.maxRows)
    expect(summary.outcomes.failed).toBe(requested / 50)
    expect(summary.outcomes.paid).toBe(
      profile.resultStyle === 'failures-only' ? 0 : requested - requested / 50,
    )
    expect(Object.keys(lines[0])).toEqual(['serial', 'account', 'name', 'amountFen', 'outcome', 'reason'])
  })
})

test('composing again gives the same bytes, and never overwrites', async () => {
  const again = await compose('rural-fixed', 'again')
  expect(again.stdout).toBe('DF_ORG001_20261121_001.txt DF_ORG001_20261121_001.OK\n')
  const first = readFileSync(join(folder, 'rural-fixed', 'DF_ORG001_20261121_001.txt'))
  expect(readFileSync(join(folder, 'again', 'DF_ORG001_20261121_001.txt')).equals(first)).toBe(true)
  const third = await compose('rural-fixed', 'again')
  expect(third).toMatchObject({ code: 1, stdout: '' })
  expect(third.stderr).toContain('exists already; nothing was overwritten')
})

test('a file in the way of a later part leaves no part behind', async () => {
  const out = join(folder, 'blocked')
  await compose('spdb-ubp', 'blocked', '--sequence', '3')
  for (const name of readdirSync(out)) if (!name.endsWith('_05.txt')) rmSync(join(out, name))
  expect((await compose('spdb-ubp', 'blocked', '--sequence', '3')).code).toBe(1)
  expect(readdirSync(out)).toEqual(['UBD_COM001_9800_20261121_05.txt'])
})

test('F47: sequences that would wrap are refused before a file is made', async () => {
  const done = await compose('spdb-ubp', 'wrapped', '--sequence', '97')
  expect(done.code).toBe(3)
  expect(readdirSync(join(folder, 'wrapped'))).toEqual([])
})

test('an answer that must be refused prints its reasons and no row', async () => {
  const name = 'DF_ORG001_20261121_001.RES'
  const path = join(folder, 'rural-fixed', name)
  const cut = join(folder, name)
  writeFileSync(cut, readFileSync(path).subarray(0, 100_000))
  const done = await run('file', 'read', '--profile', 'rural-fixed', '--in', cut)
  expect(done).toMatchObject({ code: 3, stdout: '' })
  expect(done.stderr.split('\n').map((line) => line.split(' ', 1)[0])).toEqual([
    'TRUNCATED',
    'TRAILER_MISSING',
    'COUNT',
    'TOTAL',
  ])
})

test('an answer to another request is refused', async () => {
  const answerPath = join(folder, 'spdb-ubp', 'UBR_COM001_9800_20261121_01.txt')
  const request = join(folder, 'spdb-ubp', 'UBD_COM001_9800_20261121_02.txt')
  expect(existsSync(request)).toBe(true)
  const done = await run('file', 'read', '--profile', 'spdb-ubp', '--in', answerPath, '--request', request)
  expect(done.code).toBe(3)
  expect(done.stdout).toBe('')
  expect(done.stderr).toBe(
    'NOT_THIS_FILE 不是这个请求文件的回盘 / it does not answer this request (where=name, what=sequence, stated=1, expected=2)',
  )
})

test('an input with unreadable lines is refused with their numbers', async () => {
  const bad = join(folder, 'bad.ndjson')
  writeFileSync(
    bad,
    `${JSON.stringify(instructionOf(0))}\n{"instructionId":1}\nnot json\n${JSON.stringify({ ...instructionOf(3), amountFen: 1.5 })}\n`,
  )
  const done = await run(
    'file',
    'compose',
    '--profile',
    'ccb-batch',
    '--header',
    header,
    '--in',
    bad,
    '--out',
    join(folder, 'bad'),
  )
  expect(done).toMatchObject({ code: 3, stdout: '' })
  expect(done.stderr.split('\n').map((line) => line.slice(0, 7))).toEqual(['line 2:', 'line 3:', 'line 4:'])
})

test('an unknown profile or setting is a usage error that names the known ones', async () => {
  const profile = await run('file', 'read', '--profile', 'no-bank', '--in', input)
  expect(profile).toMatchObject({
    code: 2,
    stderr: `no profile no-bank; there are: ${[...loadCatalog().keys()].join(', ')}`,
  })
  const setting = await run('file', 'read', '--profile', 'spdb-ubp', '--in', input, '--setting', 'x=1')
  expect(setting).toMatchObject({ code: 2, stderr: '--setting takes name=value; spdb-ubp has: comCode' })
})
