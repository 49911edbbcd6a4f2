/**
 * When a bank takes files: a pure decision over its windows, its own days and the working calendar, in China's time.
 * A window may ask for the batch to be released some time before it closes; what is later goes into the next one.
 */
import { chinaDay, chinaInstant } from '../clock.ts'
import { Fault } from '../faults.ts'
import { type Calendar, type CalendarOverrides, isWorkingDay, withOverrides } from './calendar.ts'
import { nextDay } from './calendar-days.ts'

/** A time of day during which a bank takes files. It ends on the day it began; nights are two windows. */
export interface BankWindow {
  readonly days: 'working' | 'every'
  /** `HH:MM`, the first minute that counts. */
  readonly open: string
  /** `HH:MM`, the first minute that no longer counts; `24:00` is midnight. */
  readonly close: string
  /** `HH:MM` of the same day, the first minute at which a release is too late for this window; `close` unless told. */
  readonly releaseBy?: string | undefined
}

/** When a bank works, as its agreement says. `calendar.off` closes every window, also those of `days: every`. */
export interface BankHours {
  readonly windows: readonly BankWindow[]
  readonly calendar?: CalendarOverrides | undefined
}

/** One opening of a window. */
export interface Opening {
  readonly opensAt: Date
  readonly closesAt: Date
  /** The first instant at which a release is too late for this opening. */
  readonly releaseBy: Date
}

/** A window on one day `YYYY-MM-DD` in China. */
export interface WindowDay {
  readonly day: string
  readonly window: BankWindow
}

/** Days that are looked at before it is said that no window opens. */
export const lookAheadDays = 40

/**
 * The opening that holds `at`, or else the next one: when a file that is ready may be sent. Throws CALENDAR_MISSING
 * when it would have to know a year that is not published, and AGREEMENT_INVALID for windows that make no sense or
 * never open within 40 days.
 */
export const nextOpening = (hours: BankHours, calendar: Calendar, at: Date): Opening =>
  firstOpening(hours, calendar, at, ({ closesAt }) => closesAt)

/** The first opening for which a batch that is released at `at` is in time. Throws as `nextOpening` does. */
export const openingForRelease = (hours: BankHours, calendar: Calendar, at: Date): Opening =>
  firstOpening(hours, calendar, at, ({ releaseBy }) => releaseBy)

function firstOpening(
  hours: BankHours,
  calendar: Calendar,
  at: Date,
  lastMoment: (opening: Opening) => Date,
): Opening {
  const own = withOverrides(calendar, hours.calendar ?? {})
  for (const one of windowDays(hours, chinaDay(at))) {
    const opening = openingOf(one)
    // The calendar is asked only about openings that could be the answer.
    if (at < lastMoment(opening) && opensOn(hours, own, one)) return opening
  }
  throw new Fault('AGREEMENT_INVALID', { reason: 'no window opens', days: lookAheadDays })
}

/** Every window of every day from `from` on, in order, for 40 days; whether it opens is another question. */
export function* windowDays(hours: BankHours, from: string): Generator<WindowDay> {
  const sorted = hours.windows.map(checked).sort((a, b) => (a.open < b.open ? -1 : 1))
  let day = from
  for (let ahead = 0; ahead <= lookAheadDays; ahead++, day = nextDay(day)) {
    for (const window of sorted) yield { day, window }
  }
}

/** The instants of a window on a day. */
export const openingOf = ({ day, window }: WindowDay): Opening => ({
  opensAt: chinaInstant(day, window.open),
  closesAt: chinaInstant(day, window.close),
  releaseBy: chinaInstant(day, window.releaseBy ?? window.close),
})

/** Whether a window opens on its day; `own` is the calendar with the bank's own days. Throws CALENDAR_MISSING. */
export const opensOn = (hours: BankHours, own: Calendar, { day, window }: WindowDay): boolean =>
  !hours.calendar?.off?.includes(day) && (window.days === 'every' || isWorkingDay(own, day))

/** True while a bank takes files. Throws as `nextOpening` does. */
export const isOpen = (hours: BankHours, calendar: Calendar, at: Date): boolean =>
  nextOpening(hours, calendar, at).opensAt <= at

const startTime = /^([01]\d|2[0-3]):[0-5]\d$/
const endTime = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/

/** What is wrong with the times of a window; undefined when they make sense. */
export function windowProblem({ open, close, releaseBy }: BankWindow): string | undefined {
  if (!startTime.test(open) || !endTime.test(close) || open >= close)
    return 'open must come before close on one day; a window over midnight is written as two'
  if (releaseBy !== undefined && !endTime.test(releaseBy)) return 'releaseBy must be a time of one day'
  return releaseBy !== undefined && releaseBy > close ? 'releaseBy must not be after close' : undefined
}

function checked(window: BankWindow): BankWindow {
  const reason = windowProblem(window)
  if (reason === undefined) return window
  throw new Fault('AGREEMENT_INVALID', { open: window.open, close: window.close, reason })
}
