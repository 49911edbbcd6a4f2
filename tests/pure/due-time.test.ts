/** By when a bank owes an answer: minutes, or working days by the bank's own calendar and China's time. */
import { describe, expect, it } from 'vitest'
import { loadCalendar } from '../../gateway/banks/calendar.ts'
import { type DueTerms, dueTermsSchema, dueTime } from '../../gateway/banks/due-time.ts'
import { nextChase } from '../../gateway/transfer/owed/chase-times.ts'

const calendar = loadCalendar()
const china = (text: string): Date => new Date(`${text}:00+08:00`)

function dueAt(terms: DueTerms, sentAt: string, own: { off?: string[]; work?: string[] } = {}): string {
  const { at } = dueTime(terms, { calendar: own }, calendar, china(sentAt))
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 16)
}

const nextDayBy5 = { workingDays: 1, by: '17:00' } as const

describe('a term of minutes', () => {
  it('runs from the sending, through nights and holidays', () => {
    expect(dueAt({ dueMinutes: 240 }, '2026-11-20T22:30')).toBe('2026-11-21T02:30')
  })
})

describe('a term of working days', () => {
  it.each([
    ['an ordinary Thursday', '2026-11-19T10:00', '2026-11-20T17:00'],
    ['a Friday: the weekend does not count', '2026-11-20T10:00', '2026-11-23T17:00'],
    ['the last minute before midnight', '2026-11-19T23:59', '2026-11-20T17:00'],
    ['the first minute of the next day', '2026-11-20T00:00', '2026-11-23T17:00'],
    ['a Saturday without work', '2026-11-21T10:00', '2026-11-23T17:00'],
    ['the day before a Sunday that is made up', '2026-09-19T10:00', '2026-09-20T17:00'],
    ['a Friday before a make-up Saturday', '2026-10-09T10:00', '2026-10-10T17:00'],
    ['the last day before the National Day week', '2026-09-30T10:00', '2026-10-08T17:00'],
    ['the year before', '2025-12-31T10:00', '2026-01-04T17:00'],
  ])('after %s', (_, sentAt, due) => {
    expect(dueAt(nextDayBy5, sentAt)).toBe(due)
  })

  it('counts several days, none of which is a day off', () => {
    expect(dueAt({ workingDays: 3, by: '09:30' }, '2026-11-20T10:00')).toBe('2026-11-25T09:30')
  })

  it('ends at midnight where that was agreed', () => {
    expect(dueAt({ workingDays: 1, by: '24:00' }, '2026-11-19T10:00')).toBe('2026-11-21T00:00')
  })

  it("goes by the bank's own days", () => {
    expect(dueAt(nextDayBy5, '2026-11-19T10:00', { off: ['2026-11-20'] })).toBe('2026-11-23T17:00')
    expect(dueAt(nextDayBy5, '2026-11-20T10:00', { work: ['2026-11-21'] })).toBe('2026-11-21T17:00')
  })

  it('of the sending day is kept that day, or on the next one that can still keep it', () => {
    const sameDay = { workingDays: 0, by: '17:00' } as const
    expect(dueAt(sameDay, '2026-11-20T16:59')).toBe('2026-11-20T17:00')
    expect(dueAt(sameDay, '2026-11-20T17:00')).toBe('2026-11-23T17:00')
    expect(dueAt(sameDay, '2026-11-21T09:00')).toBe('2026-11-23T17:00')
  })

  it('goes on without a calendar that is not published, and tells which year', () => {
    const due = dueTime({ workingDays: 2, by: '17:00' }, {}, calendar, china('2026-12-31T10:00'))
    expect(due).toEqual({ at: china('2027-01-02T17:00'), missingYear: 2027 })
    const known = dueTime(nextDayBy5, {}, calendar, china('2026-12-30T10:00'))
    expect(known).toEqual({ at: china('2026-12-31T17:00') })
  })

  it('is refused by its schema where it names no time', () => {
    for (const wrong of [{ workingDays: 1 }, { workingDays: 1, by: '25:00' }, { dueMinutes: 0 }, {}])
      expect(dueTermsSchema.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false)
  })
})

describe('asking for what is late', () => {
  it('comes at once, after one and four hours more, then every day for ever', () => {
    const dueDate = china('2026-11-20T10:00')
    const times: string[] = []
    let now = new Date(dueDate.getTime() - 1)
    for (let ask = 0; ask < 6; ask++) {
      now = nextChase(dueDate, now)
      times.push(`${(now.getTime() - dueDate.getTime()) / 3_600_000}`)
    }
    expect(times).toEqual(['0', '1', '5', '29', '53', '77'])
  })
})
