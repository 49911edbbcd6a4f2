/** When a bank takes files: a pure decision over its windows and the working calendar, in China's time. */
import { chinaDay, chinaInstant } from '../clock.ts'
import { Fault } from '../faults.ts'
import { type Calendar, isWorkingDay, nextDay } from './calendar.ts'

/** A time of day during which a bank takes files. It ends on the day it began; nights are two windows. */
export interface BankWindow {
  readonly days: 'working' | 'every'
  /** `HH:MM`, the first minute that counts. */
  readonly open: string
  /** `HH:MM`, the first minute that no longer counts; `24:00` is midnight. */
  readonly close: string
}

/** One opening of a window. */
export interface Opening {
  readonly opensAt: Date
  readonly closesAt: Date
}

const lookAheadDays = 40

/**
 * The opening that holds `at`, or else the next one. Throws CALENDAR_MISSING when it would have to know a year that is
 * not published, and AGREEMENT_INVALID for windows that make no sense or never open within 40 days.
 */
export function nextOpening(windows: readonly BankWindow[], calendar: Calendar, at: Date): Opening {
  const sorted = windows.map(checked).sort((a, b) => (a.open < b.open ? -1 : 1))
  let day = chinaDay(at)
  for (let ahead = 0; ahead <= lookAheadDays; ahead++, day = nextDay(day)) {
    for (const window of sorted) {
      const opening = { opensAt: chinaInstant(day, window.open), closesAt: chinaInstant(day, window.close) }
      // The calendar is asked only about openings that could be the answer.
      if (at < opening.closesAt && (window.days === 'every' || isWorkingDay(calendar, day))) return opening
    }
  }
  throw new Fault('AGREEMENT_INVALID', { reason: 'no window opens', days: lookAheadDays })
}

/** True while a bank takes files. Throws as `nextOpening` does. */
export const isOpen = (windows: readonly BankWindow[], calendar: Calendar, at: Date): boolean =>
  nextOpening(windows, calendar, at).opensAt <= at

function checked(window: BankWindow): BankWindow {
  const open = /^([01]\d|2[0-3]):[0-5]\d$/.test(window.open)
  const close = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/.test(window.close)
  if (open && close && window.open < window.close) return window
  throw new Fault('AGREEMENT_INVALID', {
    open: window.open,
    close: window.close,
    reason: 'not a time of one day',
  })
}
