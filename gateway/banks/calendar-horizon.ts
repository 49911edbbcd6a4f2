/** How far ahead working days are known, so that somebody loads the next year before money has to wait for it. */
import type { Calendar } from './calendar.ts'
import { daysBetween } from './calendar-days.ts'
import { yearOf } from './year-file.ts'

/** From so many days before the end of the last known year on, the next one should be loaded. */
export const horizonWarnDays = 60

/** How far the calendar reaches, seen from a day. `soon` asks for the next year. */
export type CalendarHorizon =
  | { readonly kind: 'missing'; readonly year: number }
  | { readonly kind: 'known' | 'soon'; readonly lastYear: number; readonly daysLeft: number }

/** The horizon on a day `YYYY-MM-DD`: the years that are known without a gap from that day's on. */
export function calendarHorizon(calendar: Calendar, today: string): CalendarHorizon {
  let lastYear = yearOf(today)
  if (!calendar.years.has(lastYear)) return { kind: 'missing', year: lastYear }
  while (calendar.years.has(lastYear + 1)) lastYear++
  const daysLeft = daysBetween(today, `${lastYear}-12-31`)
  return { kind: daysLeft <= horizonWarnDays ? 'soon' : 'known', lastYear, daysLeft }
}
