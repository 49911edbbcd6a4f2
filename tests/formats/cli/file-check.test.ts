/** What a bank could not take of a batch, told before anything is sent, without a name or an account in the report. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run } from './command-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-file-check-'))
afterAll(() => rmSync(folder, { recursive: true }))

function inputOf(name: string, people: readonly object[]): string {
  const path = join(folder, name)
  const whole = people.map((person, at) => ({
    instructionId: `T-${at + 1}`,
    payeeName: '张三',
    payeeAccount: '6217999990000000017',
    amountFen: 100,
    ...person,
  }))
  writeFileSync(path, `${whole.map((line) => JSON.stringify(line)).join('\n')}\n`)
  return path
}

const check = (path: string, ...more: readonly string[]) =>
  run('file', 'check', '--profile', 'cmbc-batch', '--in', path, ...more)

test('a batch that the bank can take whole ends with 0 and no data', async () => {
  const done = await check(inputOf('good.ndjson', [{}, { payeeName: '李珅' }, { payeeName: '王䶮' }]))
  expect(done).toMatchObject({ code: 0, stdout: '' })
  expect(done.stderr).toContain('cmbc-batch cannot take 0 of 3 lines.')
})

const bad = inputOf('bad.ndjson', [
  {},
  { payeeName: '陈㛃' },
  { payeeName: '欧阳㛃', payeeAccount: '6217 9999' },
  { payeeName: '阿'.repeat(31) },
  { amountFen: 99_999_999_999_999 },
  { payeeName: '' },
])

test('every problem stands by its line, and a rare character among hidden neighbours', async () => {
  const done = await check(bad, '--lang', 'en')
  expect(done.code).toBe(3)
  const lines = done.stdout.split('\n')
  expect(lines[0]).toBe(
    "line 2 T-2: payeeName: character 2 is U+36C3 (○㛃), which the bank's charset gbk lacks",
  )
  expect(done.stdout).toContain('line 4 T-4: payeeName: 62 bytes in gbk, 2 over the limit of 60')
  expect(done.stdout).not.toMatch(/陈|欧阳|阿|6217/)
  expect(done.stderr).toContain('cannot take 5 of 6 lines')
})

test('the summary counts by field and by character', async () => {
  const done = await check(bad, '--json')
  const { summary } = JSON.parse(done.stdout.trimEnd().split('\n').at(-1) ?? '')
  expect(summary).toMatchObject({ profile: 'cmbc-batch', lineCount: 6, badLineCount: 5, problemCount: 6 })
  expect(summary.byCharacter).toEqual([
    { codePoint: 'U+36C3', character: '㛃', count: 2 },
    { codePoint: 'U+0020', character: '', count: 1 },
  ])
  expect(summary.byField).toContainEqual({ field: 'payeeName', code: 'CHARSET', count: 2 })
  const zh = await check(bad, '--lang', 'zh')
  expect(zh.stdout).toContain('户名')
})

test('a line that is no instruction is told by its number, an empty file is refused', async () => {
  const path = join(folder, 'unreadable.ndjson')
  writeFileSync(path, '{"instructionId":"x"}\nnot json\n')
  const done = await check(path, '--lang', 'en')
  expect(done.stdout.split('\n')[0]).toBe('line 1: payeeName is missing or not as it must be')
  expect(done.code).toBe(3)
  writeFileSync(path, '')
  expect((await check(path)).code).toBe(3)
})
