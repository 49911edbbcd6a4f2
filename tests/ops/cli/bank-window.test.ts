/** `huida bank window`: in which window a release goes, on a desk with nothing but agreements. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { windowAnswerSchema } from '../../../ops/api/window-answer.ts'
import { expectHelp, runHuida } from './command-run.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'huida-agreed-'))
  const examples = fileURLToPath(new URL('../../../ops/examples/agreements', import.meta.url))
  cpSync(examples, folder, { recursive: true })
  const path = join(folder, 'hz-rcb.yaml')
  const yaml = readFileSync(path, 'utf8')
  writeFileSync(path, yaml.replace(/^calendar: .*$/m, "calendar: { off: ['2026-11-23'], work: [] }"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ask = (...words: string[]) =>
  runHuida(['bank', 'window', 'hz-rcb', '--agreements', folder, ...words], {
    HUIDA_CALENDARS: undefined,
    DATABASE_URL: undefined,
  })

describe('huida bank window', () => {
  test('help begins with examples', () => expectHelp('bank', 'window'))

  test('tells the window, by when, why not earlier, and what comes next', async () => {
    const { code, stdout } = await ask('--at', '2026-11-20T16:40', '--count', '2', '--days', '3')
    expect({ code, lines: stdout.trimEnd().split('\n') }).toEqual({
      code: 0,
      lines: [
        '汇泽农商行 2026-11-20 16:40 放行 released',
        '  进入窗口 goes into   2026-11-24 08:30-17:30（周二，工作日） / Tuesday, a working day',
        '  最晚放行 release by  2026-11-24 16:30 之前 before',
        '  为何不更早 why not earlier',
        '    2026-11-20  已过 16:30 放行截止（窗口 08:30-17:30） / after the cut-off 16:30 of the window 08:30-17:30',
        '    2026-11-21 - 2026-11-22  周末 / weekend',
        "    2026-11-23  该行自定停业日 / a day off of the bank's own",
        '  随后 next',
        '    2026-11-25 08:30-17:30（周三，工作日） / Wednesday, a working day',
        '    2026-11-26 08:30-17:30（周四，工作日） / Thursday, a working day',
        '  3 个工作日后 working days later  2026-11-25 周三',
      ],
    })
  })

  test('names make-up days and holidays', async () => {
    const { stdout } = await ask('--at', '2026-02-14 17:00', '--count', '0')
    expect(stdout).toContain('2026-02-15 - 2026-02-23  春节放假 / holiday (春节)')
    expect((await ask('--at', '2026-02-13 17:00', '--count', '0')).stdout).toContain('周六，春节调休上班')
  })

  test('as JSON is the answer of the API', async () => {
    const { stdout } = await ask('--at', '2026-12-30T10:00', '--json')
    const found = JSON.parse(stdout)
    expect(found).toMatchObject({ bank: 'hz-rcb', open: true, unknownYear: 2027 })
    expect(Object.keys(windowAnswerSchema.shape)).toEqual(expect.arrayContaining(Object.keys(found)))
  })

  test('answers for now when no time is given, or says that the year is not known', async () => {
    expect([0, 1]).toContain((await ask()).code)
  })

  test('F21: a year that is not published is a fault that names it', async () => {
    const { code, stdout, stderr } = await ask('--at', '2027-01-04T10:00')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/CALENDAR_MISSING: .*year 2027/)
  })

  test.each([
    [['--at', 'tomorrow'], /a time such as/],
    [['--count', '21'], /from 0 to 20/],
    [['--days', '0'], /from 1 to 250/],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await ask(...words)
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  })

  test('names the banks there are when it is asked for another', async () => {
    const run = await runHuida(['bank', 'window', 'xx', '--agreements', folder])
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('there are: hz-rcb')])
  })

  test('refuses an agreement whose window makes no sense, before it answers', async () => {
    const broken = mkdtempSync(join(folder, 'broken-'))
    const yaml = readFileSync(join(folder, 'hz-rcb.yaml'), 'utf8').replace(
      "releaseBy: '16:30'",
      "releaseBy: '18:30'",
    )
    writeFileSync(join(broken, 'hz-rcb.yaml'), yaml)
    const run = await runHuida(['bank', 'window', 'hz-rcb', '--agreements', broken])
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining('hz-rcb.yaml: windows.0: releaseBy must not be after close'),
    ])
  })
})
