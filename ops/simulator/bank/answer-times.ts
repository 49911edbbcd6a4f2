/** When a simulated bank answers and when it sends payments back: pure, in simulated time. */
import { chinaDay } from '../../../gateway/clock.ts'
import type { AnswerTimes } from './bank-desk.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** When the answer to a file that came `at` is due; `first` marks the first file the bank ever took. */
export function answerDueAt(times: AnswerTimes, first: boolean, at: Date): Date {
  const lateMs = times.firstAnswerDelayHours === undefined ? undefined : times.firstAnswerDelayHours * hourMs
  return new Date(
    at.getTime() + (first && lateMs !== undefined ? lateMs : times.answerDelayMinutes * minuteMs),
  )
}

/** When payments made `at` come back: so many Mondays to Fridays later, at the same time of day in China. */
export function returnDueAt(times: AnswerTimes, at: Date): Date {
  let due = at
  for (let left = times.returnDelayDays; left > 0; ) {
    due = new Date(due.getTime() + dayMs)
    if (isWeekday(due)) left--
  }
  return due
}

function isWeekday(at: Date): boolean {
  const weekday = new Date(`${chinaDay(at)}T00:00:00Z`).getUTCDay()
  return weekday >= 1 && weekday <= 5
}
