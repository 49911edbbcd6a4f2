/** When a simulated bank answers and when it sends payments back, in simulated time and by the state's calendar. */
import { type Calendar, isWorkingDay, loadCalendar } from '../../../gateway/banks/calendar.ts'
import { chinaDay } from '../../../gateway/clock.ts'
import type { FaultRule } from '../misdeeds/fault-rule.ts'
import { misdeedOf } from '../misdeeds/misdeed-catalog.ts'
import type { AnswerTimes } from './bank-desk.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** When the answer to a file that came `at` is due; `first` marks the first file the bank ever took. */
export function answerDueAt(
  times: AnswerTimes,
  first: boolean,
  at: Date,
  misdeeds: readonly FaultRule[] = [],
): Date {
  if (misdeeds.some((rule) => rule.do === 'never-answer')) return never
  if (misdeeds.some((rule) => rule.do === 'answer-at-once')) return at
  const late = misdeeds.find((rule) => rule.do === 'answer-late')
  if (late) return new Date(at.getTime() + (late.days ?? 0) * dayMs + (late.minutes ?? 0) * minuteMs)
  const lateMs = times.firstAnswerDelayHours === undefined ? undefined : times.firstAnswerDelayHours * hourMs
  return new Date(
    at.getTime() + (first && lateMs !== undefined ? lateMs : times.answerDelayMinutes * minuteMs),
  )
}

const never = new Date('9999-12-31T00:00:00Z')

/** When payments made `at` come back: so many working days later, at the same time of day in China. */
export function returnDueAt(times: AnswerTimes, at: Date, misdeeds: readonly FaultRule[] = []): Date {
  const rule = misdeeds.find((one) => misdeedOf(one.do).stage === 'return' && one.days !== undefined)
  let due = at
  for (let left = rule?.days ?? times.returnDelayDays; left > 0; ) {
    due = new Date(due.getTime() + dayMs)
    if (isBankDay(due)) left--
  }
  return due
}

let calendar: Calendar | undefined

/** True on working days, made-up Saturdays among them; Monday to Friday in a year whose calendar is not known. */
export function isBankDay(at: Date): boolean {
  const day = chinaDay(at)
  calendar ??= loadCalendar()
  if (calendar.years.has(Number(day.slice(0, 4)))) return isWorkingDay(calendar, day)
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return weekday >= 1 && weekday <= 5
}
