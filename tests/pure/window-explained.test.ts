/** Released now, goes in which window: the answer is the planner's, and every window before it has its reason in words. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCalendar } from '../../gateway/banks/calendar.ts'
import { calendarHorizon } from '../../gateway/banks/calendar-horizon.ts'
import { readChinaTime } from '../../gateway/banks/china-time.ts'
import { explainWindow } from '../../gateway/banks/explain-window.ts'
import { type BankHours, openingForRelease } from '../../gateway/banks/window.ts'
import { bankCalendarSchema, windowSchema } from '../../gateway/banks/window-schema.ts'
import { chinaInstant } from '../../gateway/clock.ts'
import { asFault } from '../../gateway/faults.ts'

const calendar = loadCalendar()
const office: BankHours = {
  windows: [{ days: 'working', open: '08:30', close: '17:30', releaseBy: '16:30' }],
}

const at = (text: string): Date => {
  const time = readChinaTime(text)
  if (!time) throw new Error(`${text} is no time`)
  return time
}
const china = (time: Date): string => new Date(time.getTime() + 8 * 3_600_000).toISOString().slice(0, 16)
const ask = (hours: BankHours, text: string, count = 2, days?: number) => {
  const { opening, open, passedOver, next, unknownYear, workingDay } = explainWindow(hours, calendar, {
    at: at(text),
    count,
    days,
  })
  return {
    goes: china(opening.opensAt),
    by: china(opening.releaseBy),
    day: opening.kind?.kind,
    open,
    because: passedOver.map(({ from, to, words }) => `${from}..${to} ${words.zh} / ${words.en}`),
    next: next.map(({ opensAt }) => china(opensAt)),
    unknownYear,
    workingDay: workingDay?.date,
  }
}

describe('a release', () => {
  it('in time goes into the window that is open', () => {
    expect(ask(office, '2026-11-20T16:29')).toEqual({
      goes: '2026-11-20T08:30',
      by: '2026-11-20T16:30',
      day: 'working',
      open: true,
      because: [],
      next: ['2026-11-23T08:30', '2026-11-24T08:30'],
      unknownYear: undefined,
      workingDay: undefined,
    })
  })

  it('after the cut-off on a Friday goes on Monday, over a weekend', () => {
    expect(ask(office, '2026-11-20T16:40')).toMatchObject({
      goes: '2026-11-23T08:30',
      open: false,
      because: [
        '2026-11-20..2026-11-20 已过 16:30 放行截止（窗口 08:30-17:30） / after the cut-off 16:30 of the window 08:30-17:30',
        '2026-11-21..2026-11-22 周末 / weekend',
      ],
    })
    expect(ask(office, '2026-11-22T10:00').because).toEqual(['2026-11-22..2026-11-22 周日 / Sunday'])
    expect(ask(office, '2026-11-20T17:30').because[0]).toContain('the window 08:30-17:30 is closed')
  })

  it('in the National Day week waits for its end, and names the holiday', () => {
    expect(ask(office, '2026-10-03T12:00')).toMatchObject({
      goes: '2026-10-08T08:30',
      because: ['2026-10-03..2026-10-07 国庆节放假 / holiday (国庆节)'],
      next: ['2026-10-09T08:30', '2026-10-10T08:30'],
    })
  })

  it('goes on a make-up Saturday', () => {
    expect(ask(office, '2026-02-13T18:00', 1)).toMatchObject({
      goes: '2026-02-14T08:30',
      day: 'made-up',
      next: ['2026-02-24T08:30'],
    })
  })

  it("obeys the bank's own days before the schedule's", () => {
    const own = { ...office, calendar: { off: ['2026-11-23'], work: ['2026-11-21'] } }
    expect(ask(own, '2026-11-20T18:00')).toMatchObject({ goes: '2026-11-21T08:30', day: 'bank-open' })
    expect(ask(own, '2026-11-21T17:00').because).toEqual([
      expect.stringContaining('after the cut-off'),
      '2026-11-22..2026-11-22 周日 / Sunday',
      "2026-11-23..2026-11-23 该行自定停业日 / a day off of the bank's own",
    ])
    const always = {
      windows: [{ days: 'every' as const, open: '00:00', close: '24:00' }],
      calendar: own.calendar,
    }
    expect(ask(always, '2031-05-01T08:00', 0)).toMatchObject({ goes: '2031-05-01T00:00', day: undefined })
    expect(ask(always, '2026-11-23T08:00', 0).goes).toBe('2026-11-24T00:00')
  })

  it('may have to be there before its window opens', () => {
    const night: BankHours = {
      windows: [{ days: 'every', open: '20:00', close: '22:00', releaseBy: '18:00' }],
    }
    expect(ask(night, '2026-11-20T17:59', 0).goes).toBe('2026-11-20T20:00')
    expect(ask(night, '2026-11-20T18:00', 0)).toMatchObject({
      goes: '2026-11-21T20:00',
      because: [expect.stringContaining('已过 18:00 放行截止')],
    })
  })

  it('tells the day that is so many working days later, for returns', () => {
    expect(ask(office, '2026-09-30T10:00', 0, 3).workingDay).toBe('2026-10-10')
    expect(ask(office, '2026-09-30T10:00', 0, 7).workingDay).toBe('2026-10-15')
  })

  it('F21: tells where the published years end, and refuses what lies behind', () => {
    expect(ask(office, '2026-12-31T10:00', 3)).toMatchObject({ next: [], unknownYear: 2027 })
    expect(() => ask(office, '2026-12-31T17:00')).toThrow(/year 2027/)
    expect(() => ask(office, '2026-12-30T10:00', 0, 3)).toThrow(/year 2027/)
  })

  it('goes where the planner puts it, whatever the windows', () => {
    const minute = fc
      .integer({ min: 0, max: 1440 })
      .map((m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`)
    const window = fc
      .tuple(fc.constantFrom('working', 'every'), minute, minute, minute)
      .map(([days, a, b, by]) => ({ days, open: a, close: b, releaseBy: by }))
    const hours = fc.array(
      window.filter((one) => windowSchema.safeParse(one).success),
      { minLength: 1, maxLength: 3 },
    )
    const instant = fc.date({
      min: new Date('2025-01-01T00:00:00Z'),
      max: new Date('2026-11-15T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(hours, instant, (windows, time) => {
        const parsed = { windows: windows.map((one) => windowSchema.parse(one)) }
        const { opening, next } = explainWindow(parsed, calendar, { at: time, count: 3 })
        const { opensAt, closesAt, releaseBy } = openingForRelease(parsed, calendar, time)
        expect({ ...opening, day: '', kind: '' }).toEqual({ opensAt, closesAt, releaseBy, day: '', kind: '' })
        expect(time < releaseBy).toBe(true)
        expect(next.every((later) => later.opensAt >= opensAt)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

describe('an agreement', () => {
  const message = (schema: typeof windowSchema | typeof bankCalendarSchema, value: object): string => {
    const parsed = schema.safeParse(value)
    return parsed.success
      ? ''
      : parsed.error.issues.map(({ path, message: said }) => `${path.join('.')}: ${said}`).join('; ')
  }

  it.each([
    [{ days: 'working', open: '17:30', close: '08:30' }, /a window over midnight is written as two/],
    [{ days: 'working', open: '8:30', close: '17:30' }, /open: a time such as 08:30/],
    [
      { days: 'working', open: '08:30', close: '17:30', releaseBy: '17:31' },
      /releaseBy must not be after close/,
    ],
    [{ days: 'working', open: '08:30', close: '17:30', releaseBy: '4pm' }, /releaseBy: a time/],
    [{ days: 'working', open: '08:30', close: '17:30', cutOff: '16:30' }, /cutOff/],
  ])('refuses the window %j in words', (window, words) =>
    expect(message(windowSchema, window)).toMatch(words),
  )

  it.each([
    [{ off: ['2026-02-30'] }, /off\.0: a day that exists/],
    [{ off: ['2026-12-05', '2026-12-05'] }, /off: 2026-12-05 is listed twice/],
    [{ off: ['2026-12-05'], work: ['2026-12-05'] }, /2026-12-05 is both off and worked/],
    [{ closed: [] }, /closed/],
  ])("refuses the bank's days %j in words", (days, words) =>
    expect(message(bankCalendarSchema, days)).toMatch(words),
  )

  it('that was made around its schema is still refused when it is asked', () => {
    const broken = {
      windows: [{ days: 'every' as const, open: '08:30', close: '17:30', releaseBy: '18:00' }],
    }
    expect(() => explainWindow(broken, calendar, { at: at('2026-11-20 10:00'), count: 0 })).toThrow(
      /releaseBy/,
    )
  })

  it('whose windows never open is told as invalid, not asked for ever', () => {
    const off = Array.from({ length: 60 }, (_, day) =>
      new Date(Date.UTC(2026, 9, 1 + day)).toISOString().slice(0, 10),
    )
    const closed = { ...office, calendar: { off } }
    let code = ''
    try {
      explainWindow(closed, calendar, { at: chinaInstant('2026-10-01', '09:00'), count: 0 })
    } catch (error) {
      code = asFault(error).code
    }
    expect(code).toBe('AGREEMENT_INVALID')
  })
})

it.each([
  ['2026-11-21T16:40', '2026-11-21T08:40:00.000Z'],
  ['2026-11-21 16:40:05', '2026-11-21T08:40:05.000Z'],
  ['2026-11-21T16:40Z', '2026-11-21T16:40:00.000Z'],
  ['2026-11-21T16:40+09:00', '2026-11-21T07:40:00.000Z'],
  ['2026-02-30T10:00', undefined],
  ['2026-11-21T24:01', undefined],
  ['2026-11-21', undefined],
  ['1926-11-21T10:00', undefined],
  ['', undefined],
])('%j is the instant %s', (text, instant) => expect(readChinaTime(text)?.toISOString()).toBe(instant))

it.each([
  ['2026-10-31', { kind: 'known', lastYear: 2026, daysLeft: 61 }],
  ['2026-11-01', { kind: 'soon', lastYear: 2026, daysLeft: 60 }],
  ['2025-12-31', { kind: 'known', lastYear: 2026, daysLeft: 365 }],
  ['2027-01-01', { kind: 'missing', year: 2027 }],
])('on %s the calendar reaches %j', (today, horizon) =>
  expect(calendarHorizon(calendar, today)).toEqual(horizon),
)
