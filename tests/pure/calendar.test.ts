/** Working days and bank windows around holidays, make-up days, midnight and the end of the published years. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addWorkingDays, isWorkingDay, loadCalendar, withOverrides } from '../../gateway/banks/calendar.ts'
import { type BankWindow, isOpen, nextOpening } from '../../gateway/banks/window.ts'
import { chinaInstant } from '../../gateway/clock.ts'

const calendar = loadCalendar()

describe('a working calendar', () => {
  it.each(['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10'])(
    'works on the make-up day %s, a weekend',
    (day) => expect(isWorkingDay(calendar, day)).toBe(true),
  )

  it.each([
    ['2026-01-01', '2026-01-03'],
    ['2026-02-15', '2026-02-23'],
    ['2026-04-04', '2026-04-06'],
    ['2026-05-01', '2026-05-05'],
    ['2026-06-19', '2026-06-21'],
    ['2026-09-25', '2026-09-27'],
    ['2026-10-01', '2026-10-07'],
  ])('rests from %s to %s', (from, to) => {
    for (const day of [from, to]) expect(isWorkingDay(calendar, day)).toBe(false)
  })

  it('has 248 working days in each of 2025 and 2026, counted day by day', () => {
    const count = (year: number): number =>
      Array.from({ length: 365 }, (_, at) =>
        new Date(Date.UTC(year, 0, 1 + at)).toISOString().slice(0, 10),
      ).filter((day) => isWorkingDay(calendar, day)).length
    expect([count(2025), count(2026)]).toEqual([248, 248])
  })

  it('F21: refuses a year that has not been published instead of calling it a weekday', () => {
    expect(() => isWorkingDay(calendar, '2027-01-04')).toThrow(
      expect.objectContaining({ code: 'CALENDAR_MISSING' }),
    )
    expect(() => addWorkingDays(calendar, '2026-12-30', 3)).toThrow(/year 2027/)
  })

  it('counts working days over a make-up day and a holiday', () => {
    expect(addWorkingDays(calendar, '2026-02-13', 1)).toBe('2026-02-14')
    expect(addWorkingDays(calendar, '2026-02-14', 1)).toBe('2026-02-24')
    expect(addWorkingDays(calendar, '2026-09-30', 3)).toBe('2026-10-10')
  })

  it("takes a bank's own days before the schedule's", () => {
    const own = withOverrides(calendar, { off: ['2026-10-10'], work: ['2026-10-07'] })
    expect([isWorkingDay(own, '2026-10-10'), isWorkingDay(own, '2026-10-07')]).toEqual([false, true])
    expect(isWorkingDay(calendar, '2026-10-10')).toBe(true)
  })
})

describe("an operator's calendar folder", () => {
  const withFile = (name: string, content: unknown): string => {
    const folder = mkdtempSync(join(tmpdir(), 'huida-calendar-'))
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
    return folder
  }

  it('adds a year, and keeps a year without papers unpublished', () => {
    const added = withFile('2027.json', { year: 2027, papers: ['paper'], off: ['2027-01-01'], work: [] })
    const empty = withFile('2027.json', { year: 2027, papers: [], off: [], work: [] })
    expect(isWorkingDay(loadCalendar(added), '2027-01-04')).toBe(true)
    expect(() => isWorkingDay(loadCalendar(empty), '2027-01-04')).toThrow(/calendar is not loaded/)
    for (const folder of [added, empty]) rmSync(folder, { recursive: true })
  })

  it.each([
    ['is not JSON', '{', /not JSON/],
    ['has a day that does not exist', { year: 2027, papers: ['p'], off: ['2027-02-30'], work: [] }, /off/],
    [
      'has a day both off and worked',
      { year: 2027, papers: ['p'], off: ['2027-01-02'], work: ['2027-01-02'] },
      /both/,
    ],
    ['makes up on a weekday', { year: 2027, papers: ['p'], off: [], work: ['2027-01-04'] }, /no weekend day/],
    [
      'has days of another year',
      { year: 2027, papers: ['p'], off: ['2024-01-01'], work: [] },
      /not a day of 2027/,
    ],
  ])('refuses a file that %s', (_, content, message) => {
    const folder = withFile('2027.json', content)
    expect(() => loadCalendar(folder)).toThrow(message)
    rmSync(folder, { recursive: true })
  })
})

describe('a bank window', () => {
  const hours: BankWindow[] = [{ days: 'working', open: '08:30', close: '17:30' }]
  const opening = (windows: readonly BankWindow[], day: string, time: string): string[] => {
    const { opensAt, closesAt } = nextOpening({ windows }, calendar, chinaInstant(day, time))
    return [opensAt, closesAt].map((at) => new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 16))
  }

  it.each([
    ['before it opens', '2026-03-03', '08:29', '2026-03-03'],
    ['at its first minute', '2026-03-03', '08:30', '2026-03-03'],
    ['in its last minute', '2026-03-03', '17:29', '2026-03-03'],
    ['F21: at the minute it closes', '2026-03-03', '17:30', '2026-03-04'],
    ['on a Friday evening', '2026-03-06', '18:00', '2026-03-09'],
    ['before the Spring Festival, with a worked Saturday', '2026-02-13', '18:00', '2026-02-14'],
    ['on that worked Saturday evening, over nine days off', '2026-02-14', '18:00', '2026-02-24'],
    ['in the middle of the National Day week', '2026-10-03', '12:00', '2026-10-08'],
  ])('answers %s', (_, day, time, openDay) => {
    expect(opening(hours, day, time)).toEqual([`${openDay}T08:30`, `${openDay}T17:30`])
  })

  it('knows midnight as 24:00, and days without a calendar', () => {
    const always: BankWindow[] = [{ days: 'every', open: '00:00', close: '24:00' }]
    expect(opening(always, '2031-12-31', '23:59')).toEqual(['2031-12-31T00:00', '2032-01-01T00:00'])
    expect(isOpen({ windows: always }, calendar, chinaInstant('2032-01-01', '00:00'))).toBe(true)
    expect(isOpen({ windows: hours }, calendar, chinaInstant('2026-03-03', '17:30'))).toBe(false)
  })

  it('takes the earliest of several windows', () => {
    const two: BankWindow[] = [{ days: 'every', open: '20:00', close: '22:00' }, ...hours]
    expect(opening(two, '2026-10-03', '12:00')).toEqual(['2026-10-03T20:00', '2026-10-03T22:00'])
    expect(opening(two, '2026-10-08', '23:00')).toEqual(['2026-10-09T08:30', '2026-10-09T17:30'])
  })

  it('F21: refuses to look into a year that is not published', () => {
    expect(opening(hours, '2026-12-31', '17:29')[0]).toBe('2026-12-31T08:30')
    expect(() => opening(hours, '2026-12-31', '17:30')).toThrow(
      expect.objectContaining({ code: 'CALENDAR_MISSING' }),
    )
  })

  it.each([
    [[]],
    [[{ days: 'every', open: '17:30', close: '08:30' }]],
    [[{ days: 'every', open: '8:30', close: '17:30' }]],
    [[{ days: 'every', open: '24:00', close: '24:00' }]],
  ] satisfies [BankWindow[]][])('refuses windows that make no sense: %j', (windows) => {
    expect(() => opening(windows, '2026-03-03', '12:00')).toThrow(
      expect.objectContaining({ code: 'AGREEMENT_INVALID' }),
    )
  })
})
