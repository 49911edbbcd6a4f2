/**
 * By when a bank owes something for a file that it has: minutes after the sending, or a time of a working day after it.
 * Pure. A working calendar that is not published yet must not stop a sending, so its days are counted as they come.
 */
import { z } from 'zod'
import { chinaDay, chinaInstant } from '../clock.ts'
import { type Calendar, type CalendarOverrides, isWorkingDay, withOverrides } from './calendar.ts'
import { nextDay } from './calendar-days.ts'
import { yearOf } from './year-file.ts'

const time = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time such as 17:30')

/** How a term stands in an agreement. `workingDays: 0` is the sending day itself, where it is one and the time is ahead. */
export const dueTermsSchema = z.union([
  z.strictObject({ dueMinutes: z.number().int().positive().max(525_600) }),
  z.strictObject({ workingDays: z.number().int().min(0).max(60), by: time }),
])

/** A term: minutes after the sending, or working days of the bank after the sending day and a time in China. */
export type DueTerms = z.infer<typeof dueTermsSchema>

/** When something is due. `missingYear`: that year's calendar is not published, so its days were counted as they come. */
export interface DueTime {
  readonly at: Date
  readonly missingYear?: number
}

/** When a bank owes what `terms` say for a file sent at `sentAt`, by its own days. Never throws. */
export function dueTime(
  terms: DueTerms,
  agreement: { readonly calendar?: CalendarOverrides | undefined },
  calendar: Calendar,
  sentAt: Date,
): DueTime {
  if ('dueMinutes' in terms) return { at: new Date(sentAt.getTime() + terms.dueMinutes * 60_000) }
  const days = countedDays(withOverrides(calendar, agreement.calendar ?? {}))
  let day = chinaDay(sentAt)
  let left = terms.workingDays
  // The sending day counts for nothing but a term of the same day that can still be kept.
  while (left > 0 || !days.counts(day) || chinaInstant(day, terms.by) <= sentAt) {
    day = nextDay(day)
    if (left > 0 && days.counts(day)) left--
  }
  const missingYear = days.missingYear()
  return { at: chinaInstant(day, terms.by), ...(missingYear === undefined ? {} : { missingYear }) }
}

/** In a year that nobody published only the bank's own days off do not count: being told early harms nobody. */
function countedDays(own: Calendar): { counts(day: string): boolean; missingYear(): number | undefined } {
  let missing: number | undefined
  return {
    counts(day) {
      if (own.years.has(yearOf(day))) return isWorkingDay(own, day)
      missing ??= yearOf(day)
      return !own.off.has(day)
    },
    missingYear: () => missing,
  }
}
