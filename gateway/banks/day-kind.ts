/** What a day is for a bank: worked or not, and by whose word; the words are for people, in both languages. */
import { Fault } from '../faults.ts'
import type { Calendar, CalendarOverrides } from './calendar.ts'
import { isWeekend, weekdayOf, yearOf } from './year-file.ts'

/** A day of the calendar as one bank sees it. `name` is the holiday it belongs to, where the year's file says so. */
export type DayKind =
  | { readonly kind: 'working' }
  | { readonly kind: 'made-up'; readonly name: string | undefined }
  | { readonly kind: 'bank-open' }
  | { readonly kind: 'weekend' }
  | { readonly kind: 'holiday'; readonly name: string | undefined }
  | { readonly kind: 'bank-closed' }

/** A sentence in both languages. */
export interface BothWords {
  readonly zh: string
  readonly en: string
}

/** What a day `YYYY-MM-DD` is; `own` are the bank's days. Throws CALENDAR_MISSING for a year that is not published. */
export function dayKind(calendar: Calendar, own: CalendarOverrides | undefined, day: string): DayKind {
  if (own?.off?.includes(day)) return { kind: 'bank-closed' }
  if (!calendar.years.has(yearOf(day))) throw new Fault('CALENDAR_MISSING', { year: yearOf(day) })
  const name = calendar.names?.get(day)
  if (calendar.work.has(day)) return { kind: 'made-up', name }
  if (!calendar.off.has(day) && !isWeekend(day)) return { kind: 'working' }
  if (own?.work?.includes(day)) return { kind: 'bank-open' }
  return calendar.off.has(day) ? { kind: 'holiday', name } : { kind: 'weekend' }
}

const weekdaysZh = ['周日', '周一', '周二', '周三', '周四', '周五', '周六'] as const
const weekdaysEn = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

/** The weekday of a day. */
export const weekdayWords = (day: string): BothWords => ({
  zh: weekdaysZh[weekdayOf(day)] ?? '',
  en: weekdaysEn[weekdayOf(day)] ?? '',
})

/** Why a day is worked or not, for the days from `from` to `to`. */
export function dayWords(kind: DayKind, from: string, to = from): BothWords {
  switch (kind.kind) {
    case 'working':
      return { zh: `${weekdayWords(from).zh}，工作日`, en: `${weekdayWords(from).en}, a working day` }
    case 'made-up': {
      const { zh, en } = weekdayWords(from)
      return {
        zh: `${zh}，${kind.name ?? ''}调休上班`,
        en: `${en}, a make-up working day${named(kind.name)}`,
      }
    }
    case 'bank-open':
      return { zh: '该行自定工作日', en: "a working day of the bank's own" }
    case 'weekend':
      return from === to ? weekdayWords(from) : { zh: '周末', en: 'weekend' }
    case 'holiday':
      return { zh: `${kind.name ?? '节假日'}放假`, en: `holiday${named(kind.name)}` }
    case 'bank-closed':
      return { zh: '该行自定停业日', en: "a day off of the bank's own" }
    default:
      return kind satisfies never
  }
}

const named = (name: string | undefined): string => (name === undefined ? '' : ` (${name})`)
