/** A year's notice becomes a year file when every word of it was understood and nothing in it contradicts the rest. */

import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readYearFile } from '../../gateway/banks/calendar.ts'
import { readHolidayJson } from '../../gateway/banks/holiday-json.ts'
import { readHolidayNotice } from '../../gateway/banks/holiday-notice.ts'
import type { CheckedSchedule } from '../../gateway/banks/holiday-schedule.ts'

const shipped = (year: number) =>
  readYearFile(
    fileURLToPath(new URL(`../../gateway/banks/calendars/${year}.json`, import.meta.url)),
    `${year}`,
  )

const items2026 = {
  元旦: '1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。',
  春节: '2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。',
  清明节: '4月4日（周六）至6日（周一）放假，共3天。',
  劳动节: '5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。',
  端午节: '6月19日（周五）至21日（周日）放假，共3天。',
  中秋节: '9月25日（周五）至27日（周日）放假，共3天。',
  国庆节: '10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。',
}

/** A notice with some items in other words. */
function notice(changes: Partial<Record<string, string>> = {}, year = 2026): string {
  const items = Object.entries({ ...items2026, ...changes }).filter(([, text]) => text !== undefined)
  const numbered = items.map(([name, text], at) => `${[...'一二三四五六七八'][at]}、${name}：${text}`)
  return [
    `国务院办公厅关于${year}年部分节假日安排的通知`,
    `国办发明电〔${year - 1}〕7号`,
    '现将放假调休日期的具体安排通知如下。',
    ...numbered,
    '节假日期间，各地区、各部门要妥善安排好值班工作。',
    `国务院办公厅 ${year - 1}年11月4日`,
  ].join('\n')
}

const yearOf = (read: CheckedSchedule) => {
  if (read.kind === 'refused')
    throw new Error(read.problems.map(({ place, en }) => `${place}: ${en}`).join('\n'))
  return read
}
const refusals = (read: CheckedSchedule): string[] =>
  read.kind === 'refused' ? read.problems.map(({ place, zh, en }) => `${place}: ${zh} / ${en}`) : []

/** The days of a file, whatever they are called. */
const dayText = ({ off, work }: { off: string[]; work: string[] }): string => `${off.join()} ${work.join()}`

describe('a notice of the State Council', () => {
  it('of 2026 comes to the year that is shipped, with nothing to look at twice', () => {
    const { file, warnings } = yearOf(readHolidayNotice(notice()))
    expect({ ...file, papers: [] }).toEqual({ ...shipped(2026), papers: [] })
    expect(file.papers).toEqual(['国办发明电〔2025〕7号'])
    expect(warnings).toEqual([])
  })

  it('of 2025 holds with one day off, a day at the end of a month, and two holidays together', () => {
    const text = notice(
      {
        元旦: '1月1日（周三）放假1天，不调休。',
        春节: '1月28日（农历除夕、周二）至2月4日（周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。',
        清明节: '4月4日（周五）至6日（周日）放假，共3天。',
        劳动节: '5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。',
        端午节: '5月31日（周六）至6月2日（周一）放假，共3天。',
        中秋节: undefined,
        国庆节: undefined,
        '国庆节、中秋节':
          '10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。',
      },
      2025,
    )
    const { file, warnings } = yearOf(readHolidayNotice(text))
    expect({ ...file, papers: [] }).toEqual({ ...shipped(2025), papers: [] })
    expect(warnings).toEqual([])
  })

  const off = (name: string, text: string): string[] =>
    yearOf(readHolidayNotice(notice({ [name]: text }))).file.names?.[name] ?? []

  it.each([
    [
      'over New Year',
      '2025年12月31日至2026年1月2日放假调休，共3天。',
      ['2025-12-31', '2026-01-01', '2026-01-02'],
    ],
    [
      'over New Year without years',
      '12月31日至1月2日放假调休，共3天。',
      ['2025-12-31', '2026-01-01', '2026-01-02'],
    ],
    [
      'with a made-up day of the year before',
      '1月1日至2日放假调休，共2天，2025年12月28日（星期日）上班。',
      ['2025-12-28', '2026-01-01', '2026-01-02'],
    ],
    ['without adjusting', '1月1日（星期四）放假，不调休。', ['2026-01-01']],
    ['and a substitute day', '1月1日放假，1月2日（星期五）补休。', ['2026-01-01', '2026-01-02']],
    [
      'in a list',
      '1月1日、2日放假调休，共2天。1月4日（星期天）照常上班。',
      ['2026-01-01', '2026-01-02', '2026-01-04'],
    ],
    [
      'in full-width digits',
      '１月１日（周四）～３日（周六）放假，共３天。',
      ['2026-01-01', '2026-01-02', '2026-01-03'],
    ],
  ])('reads New Year %s', (_, text, days) => expect(off('元旦', text)).toEqual(days))

  it('joins the weekend that touches a day off', () => {
    expect(off('清明节', '4月6日放假，与周末连休。')).toEqual(['2026-04-04', '2026-04-05', '2026-04-06'])
    expect(off('端午节', '6月19日放假，与周末连休，共3天。')).toEqual([
      '2026-06-19',
      '2026-06-20',
      '2026-06-21',
    ])
  })

  it('passes over the advice to take leave, line breaks inside a sentence, and the signature', () => {
    const text = notice({
      春节: `${items2026.春节}鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月16日）休息。`,
      国庆节: items2026.国庆节.replace('放假调休', '\n放假调休'),
    })
    expect(yearOf(readHolidayNotice(text)).file.off).toEqual(shipped(2026).off)
    expect(yearOf(readHolidayNotice(text.replaceAll('\n', '\r\n'))).file.off).toEqual(shipped(2026).off)
  })

  it.each([
    [
      'a weekday that is another',
      { 劳动节: '5月1日（周四）至5日（周二）放假，共5天。' },
      /line 7: .*2026-05-01 is a 周五; the paper says 周四/,
    ],
    [
      'a count that is another',
      { 端午节: '6月19日至21日放假，共4天。' },
      /line 8: .*says 4 days, its dates are 3/,
    ],
    ['a count of one day that is another', { 元旦: '1月1日至3日放假1天。' }, /says 1 days, its dates are 3/],
    ['a day that does not exist', { 清明节: '4月31日放假。' }, /line 6: .*no such day: 4月31日/],
    ['a range that runs backwards', { 清明节: '4月6日至4日放假。' }, /range makes no sense/],
    [
      'a made-up day on a weekday',
      { 劳动节: '5月1日至5日放假。5月8日上班。' },
      /2026-05-08 is no weekend day/,
    ],
    [
      'a day both off and worked',
      { 国庆节: '10月1日至7日放假。10月4日（周日）上班。' },
      /2026-10-04 is both off and worked/,
    ],
    ['made-up days beside 不调休', { 元旦: '1月1日放假，不调休。1月4日上班。' }, /without made-up days/],
    [
      'words that are not known',
      { 中秋节: '9月25日至27日放假，9月28日视情况上班。' },
      /not understood from "视情况上班" on/,
    ],
    ['a date without its verb', { 中秋节: '9月25日至27日放假。9月28日。' }, /neither 放假 nor 上班/],
    ['a holiday that is missing', { 端午节: undefined }, /no day off for 端午/],
    [
      'dates after the end of an item',
      { 中秋节: '9月25日放假。另行通知。9月27日上班。' },
      /not understood: 9月27日上班/,
    ],
  ])('is refused for %s', (_, changes, reason) => {
    expect(refusals(readHolidayNotice(notice(changes))).join('\n')).toMatch(reason)
  })

  it('tells every reason at once', () => {
    const told = refusals(readHolidayNotice(notice({ 元旦: '1月1日（周五）放假2天。', 端午节: undefined })))
    expect(told).toHaveLength(3)
  })

  it('is refused without year or paper, with another year, and when a day stands outside the items', () => {
    const bare = notice().split('\n').slice(2).join('\n')
    expect(refusals(readHolidayNotice(bare))).toEqual([expect.stringMatching(/tell it with --year/)])
    expect(refusals(readHolidayNotice(bare, { year: 2026 }))).toEqual([
      expect.stringMatching(/no paper is named/),
    ])
    expect(readHolidayNotice(bare, { year: 2026, paper: 'https://www.gov.cn/zhengce' }).kind).toBe('year')
    expect(refusals(readHolidayNotice(notice(), { year: 2027 }))).toEqual([
      expect.stringMatching(/2027, 2026/),
    ])
    const loose = notice().replace('现将', '2月14日上班。现将')
    expect(refusals(readHolidayNotice(loose))).toEqual([
      expect.stringMatching(/line 3: .*outside a numbered item/),
    ])
    expect(readHolidayNotice('').kind).toBe('refused')
  })

  it('with any one digit, weekday or other character misread is refused or warns, except for a Saturday nearby', () => {
    const text = notice()
    const silent: string[] = []
    const from = text.indexOf('一、元旦')
    const to = text.indexOf('节假日期间')
    for (let at = from; at < to; at++) {
      const before = text[at] ?? ''
      const others = /\d/.test(before)
        ? [...'0123456789', '']
        : /[一二三四五六日]/.test(before)
          ? [...'一三六日', '']
          : ['']
      for (const other of others.filter((one) => one !== before)) {
        const read = readHolidayNotice(text.slice(0, at) + other + text.slice(at + 1))
        const told = read.kind === 'refused' || read.warnings.length > 0
        if (!told && dayText(read.file) !== dayText(shipped(2026)))
          silent.push(`${text.slice(at - 8, at)}[${before}->${other}]${text.slice(at + 1, at + 9)}`)
      }
    }
    expect(silent).toEqual(['周日）、10月1[0->7]日（周六）上班。'])
  })

  it('warns when the days off are not those that the law grants', () => {
    const { warnings } = yearOf(readHolidayNotice(notice({ 劳动节: '5月1日至5日放假调休，共5天。' })))
    expect(warnings.map(({ en }) => en)).toEqual([expect.stringMatching(/are 14 where the law grants 13/)])
  })
})

describe('the public JSON of a year', () => {
  const file = shipped(2026)
  const days = Object.entries(file.names ?? {}).flatMap(([name, dates]) =>
    dates.map((date) => ({ name, date, isOffDay: file.off.includes(date) })),
  )
  const json = (changes: object = {}): string =>
    JSON.stringify({ $id: 'x', year: 2026, papers: ['p'], days, ...changes })

  it('comes to the same year file', () => {
    expect(yearOf(readHolidayJson(json())).file).toEqual({ ...file, papers: ['p'] })
  })

  it.each([
    ['F21: is empty, as before publication', { papers: [], days: [] }, /not published[\s\S]*no days/],
    ['names no paper', { papers: [] }, /not published/],
    [
      'has a day twice, off and worked',
      { days: [...days, { ...days[0], isOffDay: false }] },
      /both off and worked/,
    ],
    [
      'has a day of another year',
      { days: [...days, { ...days[0], date: '2025-10-01' }] },
      /not a day of 2026/,
    ],
    [
      'has a date that does not exist',
      { days: [{ name: '元旦', date: '2026-02-30', isOffDay: true }] },
      /days\.0\.date/,
    ],
    ['has another shape', { days: {} }, /days: .*holiday-cn shape/],
  ])('is refused when it %s', (_, changes, reason) => {
    expect(refusals(readHolidayJson(json(changes))).join('\n')).toMatch(reason)
  })

  it('is refused when it is not JSON, or of another year than was asked for', () => {
    expect(refusals(readHolidayJson('{'))).toHaveLength(1)
    expect(refusals(readHolidayJson(json(), 2027)).join()).toMatch(/of 2026, not of 2027/)
  })
})
