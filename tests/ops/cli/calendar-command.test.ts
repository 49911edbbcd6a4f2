/** `huida calendar`: a notice becomes a year file that the service reads, and nothing that is doubtful is written. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isWorkingDay, loadCalendar } from '../../../gateway/banks/calendar.ts'
import { calendarCheck } from '../../../ops/cli/doctor-machine.ts'
import { expectHelp, runHuida } from './command-run.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'huida-calendars-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const away = { HUIDA_CALENDARS: undefined, HUIDA_AGREEMENTS: undefined }
const agreements = fileURLToPath(new URL('../../../ops/examples/agreements', import.meta.url))

/** A made-up schedule of a year that nobody has published. */
const notice = `国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕99号
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至13日（周六）放假调休，共9天。1月31日（周日）、2月14日（周日）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假，共1天。
六、中秋节：9月15日（周三）放假，共1天。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
`
const write = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('huida calendar import', () => {
  test.each(['import', 'show', 'check'])('help of %s begins with examples', (name) =>
    expectHelp('calendar', name),
  )

  test('shows what it understood, and writes nothing where no folder is named', async () => {
    const { code, stdout, stderr } = await runHuida(['calendar', 'import', write('n.txt', notice)], away)
    expect(code).toBe(0)
    expect(stdout).toContain('国办发明电〔2026〕99号')
    expect(stdout).toMatch(/春节 +02-05 周五 - 02-13 周六 +9 {2}01-31 周日，02-14 周日/)
    expect(stderr).toContain('shown only')
  })

  test('writes a year that the service reads; the same again changes nothing', async () => {
    const out = join(folder, 'etc', 'calendars')
    const words = ['calendar', 'import', write('n.txt', notice), '--out', out]
    expect(await runHuida(words, away)).toMatchObject({ code: 0, stderr: expect.stringContaining('written') })
    expect(readdirSync(out)).toEqual(['2027.json'])
    const calendar = loadCalendar(out)
    expect(['2027-02-14', '2027-02-12', '2027-01-04'].map((day) => isWorkingDay(calendar, day))).toEqual([
      true,
      false,
      true,
    ])
    expect((await runHuida(words, away)).stderr).toContain('holds the same already')
    expect(calendarCheck(new Date('2026-12-30T02:00:00Z'), out).status).toBe('ok')
    expect(calendarCheck(new Date('2026-12-30T02:00:00Z')).status).toBe('warn')
  })

  test('leaves a year that says otherwise alone and names the days, until it is told to replace it', async () => {
    const out = mkdtempSync(join(folder, 'out-'))
    const environment = { ...away, HUIDA_CALENDARS: out }
    await runHuida(['calendar', 'import', write('n.txt', notice)], environment)
    const before = readFileSync(join(out, '2027.json'), 'utf8')
    const changed = write(
      'm.txt',
      notice.replace('5月8日', '5月9日').replace('5月9日（周六）', '5月9日（周日）'),
    )
    const run = await runHuida(['calendar', 'import', changed], environment)
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toMatch(
      /2027-05-08: 上班 worked -> 平常 ordinary\n2027-05-09: 平常 ordinary -> 上班 worked/,
    )
    expect(readFileSync(join(out, '2027.json'), 'utf8')).toBe(before)
    expect((await runHuida(['calendar', 'import', changed, '--replace'], environment)).stderr).toContain(
      'replaced',
    )
    expect(readdirSync(out)).toEqual(['2027.json'])
    writeFileSync(join(out, '2027.json'), '{')
    expect((await runHuida(['calendar', 'import', changed], environment)).code).toBe(1)
    expect((await runHuida(['calendar', 'import', changed, '--replace'], environment)).code).toBe(0)
  })

  test('refuses with every reason, its line and what was expected, and writes nothing', async () => {
    const out = mkdtempSync(join(folder, 'out-'))
    const bad = write('bad.txt', notice.replace('1月1日（周五）', '1月1日（周四）').replace('共9天', '共8天'))
    const run = await runHuida(['calendar', 'import', bad, '--out', out], away)
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toMatch(/bad\.txt: line 3: 2027-01-01 是周五，文件写成周四/)
    expect(run.stderr).toMatch(/line 4: .*says 8 days, its dates are 9/)
    expect(readdirSync(out)).toEqual([])
    const json = await runHuida(['calendar', 'import', bad, '--json'], away)
    expect(JSON.parse(json.stderr).problems).toHaveLength(2)
  })

  test('F21: refuses the public JSON of a year that is empty, takes one that is whole', async () => {
    const empty = write('2027.json', JSON.stringify({ year: 2027, papers: [], days: [] }))
    expect(await runHuida(['calendar', 'import', empty], away)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('尚未公布'),
    })
    const text = await runHuida(['calendar', 'import', write('n.txt', notice), '--json'], away)
    const file: { off: string[]; work: string[]; names: Record<string, string[]> } = JSON.parse(text.stdout)
    const days = Object.entries(file.names).flatMap(([name, dates]) =>
      dates.map((date) => ({ name, date, isOffDay: file.off.includes(date) })),
    )
    const whole = write('w.json', JSON.stringify({ year: 2027, papers: ['https://www.gov.cn/x'], days }))
    const read = await runHuida(['calendar', 'import', whole, '--year', '2027', '--json'], away)
    expect(JSON.parse(read.stdout)).toMatchObject({ off: file.off, work: file.work })
    expect((await runHuida(['calendar', 'import', whole, '--year', '2026'], away)).code).toBe(3)
  })

  test.each([
    ['a file that is not there', 'nothing.txt', undefined, 2],
    ['bytes that are not UTF-8', 'gbk.txt', Buffer.from('b9faced4', 'hex'), 3],
    ['a web page', 'page.txt', `<html><body><p>${notice}</p></body></html>`, 3],
    ['a file of another kind', 'big.txt', Buffer.alloc(64 * 1024 + 1, 'x'), 3],
    ['an empty file', 'empty.txt', '', 3],
  ])('refuses %s', async (_, name, content, code) => {
    const path = content === undefined ? join(folder, name) : write(name, content)
    expect((await runHuida(['calendar', 'import', path], away)).code).toBe(code)
  })
})

describe('huida calendar show and check', () => {
  test('shows the holidays and the working days of the months', async () => {
    const { code, stdout } = await runHuida(['calendar', 'show', '--year', '2026'], away)
    expect(code).toBe(0)
    expect(stdout).toMatch(/国庆节 +10-01 周四 - 10-07 周三 +7 {2}09-20 周日，10-10 周六/)
    expect(stdout).toMatch(/合计 total +248/)
  })

  test("a bank's own days change its months", async () => {
    const own = join(folder, 'agreements')
    mkdirSync(own)
    const yaml = readFileSync(join(agreements, 'hz-rcb.yaml'), 'utf8')
    writeFileSync(
      join(own, 'hz-rcb.yaml'),
      yaml.replace(/^calendar: .*$/m, "calendar: { off: ['2026-12-04'], work: [] }"),
    )
    const words = ['calendar', 'show', '--year', '2026', '--bank', 'hz-rcb', '--agreements', own, '--json']
    const shown = JSON.parse((await runHuida(words, away)).stdout)
    expect(shown.bankDays).toEqual({ off: ['2026-12-04'], work: [] })
    expect(shown.months.at(-1)).toEqual({ month: '2026-12', workingDays: 22 })
    const unknown = await runHuida(['calendar', 'show', '--bank', 'xx', '--agreements', own], away)
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('there are: hz-rcb') })
  })

  test('F21: a year that is not known is a fault', async () => {
    const { code, stderr } = await runHuida(['calendar', 'show', '--year', '2031'], away)
    expect([code, stderr]).toEqual([1, expect.stringContaining('CALENDAR_MISSING')])
  })

  test('tells how far ahead the years reach', async () => {
    const { stdout } = await runHuida(['calendar', 'check', '--json'], away)
    expect(JSON.parse(stdout).years).toEqual([2025, 2026])
    const broken = mkdtempSync(join(folder, 'broken-'))
    writeFileSync(join(broken, 'a.json'), readFileSync(join(folder, 'etc', 'calendars', '2027.json')))
    writeFileSync(join(broken, 'b.json'), readFileSync(join(folder, 'etc', 'calendars', '2027.json')))
    const twice = await runHuida(['calendar', 'check', '--calendars', broken], away)
    expect([twice.code, twice.stderr]).toEqual([
      1,
      expect.stringContaining('another file of the folder is of 2027'),
    ])
    expect((await runHuida(['calendar', 'check', '--calendars', join(folder, 'nowhere')], away)).code).toBe(1)
  })
})
