/**
 * Released now, in which window does it go? A pure answer with its reasons: which windows were passed over and why, by
 * when the release must be there, what comes next, and the day that is so many working days later. It finds the same
 * opening as planning does.
 */
import { chinaDay } from '../clock.ts'
import { Fault, isFault } from '../faults.ts'
import { addWorkingDays, type Calendar, withOverrides } from './calendar.ts'
import { type BothWords, type DayKind, dayKind, dayWords } from './day-kind.ts'
import {
  type BankHours,
  type BankWindow,
  lookAheadDays,
  type Opening,
  openingOf,
  opensOn,
  type WindowDay,
  windowDays,
} from './window.ts'
import { yearOf } from './year-file.ts'

/** What is asked. */
export interface WindowQuestion {
  readonly at: Date
  /** How many openings after the one that is answered. */
  readonly count: number
  /** Also the day that is so many working days after `at`. */
  readonly days?: number | undefined
}

/** An opening with its day; `kind` is left out where a window opens every day and the year is not published. */
export interface ExplainedOpening extends Opening {
  readonly day: string
  readonly kind: DayKind | undefined
}

/** Why a release does not go into windows that lie before its own. Days are `YYYY-MM-DD` in China, both included. */
export interface PassedOver {
  readonly from: string
  readonly to: string
  readonly code: 'DAY_OFF' | 'AFTER_CUT_OFF' | 'AFTER_CLOSE'
  readonly words: BothWords
}

/** The answer. */
export interface WindowAnswer {
  readonly at: Date
  readonly opening: ExplainedOpening
  /** Whether the window is open at `at`. */
  readonly open: boolean
  readonly passedOver: readonly PassedOver[]
  readonly next: readonly ExplainedOpening[]
  /** The year in which the list of openings ends, because it is not published. */
  readonly unknownYear: number | undefined
  readonly workingDay: { readonly days: number; readonly date: string } | undefined
}

/**
 * Answers for one bank. Working days later are counted by the national schedule, which binds returns, and not by the
 * bank's own days. Throws CALENDAR_MISSING and AGREEMENT_INVALID as planning does.
 */
export function explainWindow(hours: BankHours, calendar: Calendar, question: WindowQuestion): WindowAnswer {
  const { at, count, days } = question
  const own = withOverrides(calendar, hours.calendar ?? {})
  const explained = (one: WindowDay): ExplainedOpening => {
    const known = calendar.years.has(yearOf(one.day))
    return {
      ...openingOf(one),
      day: one.day,
      kind: known ? dayKind(calendar, hours.calendar, one.day) : undefined,
    }
  }
  const missed: Missed[] = []
  for (const one of windowDays(hours, chinaDay(at))) {
    const reason = whyNot(hours, calendar, own, one, at)
    if (reason) {
      missed.push(reason)
      continue
    }
    const opening = explained(one)
    const { next, unknownYear } = openingsAfter(hours, own, one, count)
    const date = days === undefined ? undefined : addWorkingDays(calendar, chinaDay(at), days)
    return {
      at,
      opening,
      open: opening.opensAt <= at,
      passedOver: joinDays(missed),
      next: next.map(explained),
      unknownYear,
      workingDay: days === undefined || date === undefined ? undefined : { days, date },
    }
  }
  throw new Fault('AGREEMENT_INVALID', { reason: 'no window opens', days: lookAheadDays })
}

/** A window that a release does not go into: its day is off, or it came too late. */
type Missed =
  | { readonly code: 'DAY_OFF'; readonly day: string; readonly kind: DayKind }
  | { readonly code: 'AFTER_CUT_OFF' | 'AFTER_CLOSE'; readonly day: string; readonly window: BankWindow }

function whyNot(
  hours: BankHours,
  calendar: Calendar,
  own: Calendar,
  one: WindowDay,
  at: Date,
): Missed | undefined {
  const { releaseBy, closesAt } = openingOf(one)
  const late = at >= releaseBy
  // As in planning, nobody has to know what a day was whose windows are over anyway.
  const known = calendar.years.has(yearOf(one.day))
  if (!(late && !known) && !opensOn(hours, own, one))
    return { code: 'DAY_OFF', day: one.day, kind: dayKind(calendar, hours.calendar, one.day) }
  if (!late) return undefined
  return { code: at >= closesAt ? 'AFTER_CLOSE' : 'AFTER_CUT_OFF', day: one.day, window: one.window }
}

/** Days off in a row for the same reason are one entry, and several windows of a day off are one, too. */
function joinDays(missed: readonly Missed[]): PassedOver[] {
  const joined: PassedOver[] = []
  let before: DayKind | undefined
  for (const one of missed) {
    const last = joined.at(-1)
    const kind = one.code === 'DAY_OFF' ? one.kind : undefined
    if (last && kind && before && sameKind(kind, before)) {
      joined[joined.length - 1] = { ...last, to: one.day, words: dayWords(kind, last.from, one.day) }
    } else joined.push({ from: one.day, to: one.day, code: one.code, words: missedWords(one) })
    before = kind
  }
  return joined
}

const sameKind = (a: DayKind, b: DayKind): boolean =>
  a.kind === b.kind && ('name' in a ? a.name : '') === ('name' in b ? b.name : '')

function missedWords(missed: Missed): BothWords {
  if (missed.code === 'DAY_OFF') return dayWords(missed.kind, missed.day)
  const { open, close, releaseBy = close } = missed.window
  const hours = `${open}-${close}`
  return missed.code === 'AFTER_CLOSE'
    ? { zh: `窗口 ${hours} 已关闭`, en: `the window ${hours} is closed` }
    : {
        zh: `已过 ${releaseBy} 放行截止（窗口 ${hours}）`,
        en: `after the cut-off ${releaseBy} of the window ${hours}`,
      }
}

function openingsAfter(
  hours: BankHours,
  own: Calendar,
  { day, window }: WindowDay,
  count: number,
): { next: WindowDay[]; unknownYear: number | undefined } {
  const next: WindowDay[] = []
  try {
    for (const one of windowDays(hours, day)) {
      if (next.length >= count) break
      const later = one.day > day || one.window.open > window.open
      if (later && opensOn(hours, own, one)) next.push(one)
    }
  } catch (error) {
    if (!isFault(error) || error.code !== 'CALENDAR_MISSING') throw error
    return { next, unknownYear: Number(error.facts['year']) }
  }
  return { next, unknownYear: undefined }
}
