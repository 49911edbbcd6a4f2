/** One date or range of dates of a notice, `2月15日(农历腊月二十八、周日)至23日(周一)`, with its weekdays checked. */
import { isCalendarDate } from '../../formats/values/identifiers.ts'
import { daysBetween, shiftDay } from './calendar-days.ts'
import { weekdayOf } from './year-file.ts'

/** Days of a date or range; empty when it is none. */
export interface NoticeSpan {
  readonly days: readonly string[]
  readonly problems: readonly { readonly zh: string; readonly en: string }[]
}

/** What a date leaves to its surroundings. */
export interface SpanContext {
  readonly year: number
  /** In the item of New Year's Day a December is that of the year before. */
  readonly newYear: boolean
  /** The day before in the text, for a date that leaves its month to it. */
  readonly before: string | undefined
}

const date = String.raw`(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(\([^)]*\))?`

/** Matches one date or range; groups are year, month, day and note of the first and of the last day. */
export const spanPattern = `${date}(?:(?:至|到|-|–|—+|~)${date})?`

const longestRange = 20

/** Reads what `spanPattern` found. */
export function readSpan(found: RegExpExecArray, context: SpanContext): NoticeSpan {
  const [whole, year, month, day, note, lastYear, lastMonth, lastDay, lastNote] = found
  const from = dateOf(year, month, day, context, context.before)
  const to = lastDay === undefined ? from : dateOf(lastYear, lastMonth, lastDay, context, from)
  if (from === undefined || to === undefined)
    return refused(`没有这一天：${whole}`, `there is no such day: ${whole}`)
  const days = daysFrom(from, to)
  if (days === undefined) return refused(`起止日期不合理：${whole}`, `the range makes no sense: ${whole}`)
  const notes: [string, string | undefined][] = [
    [from, note],
    [to, lastDay === undefined ? undefined : lastNote],
  ]
  return { days, problems: notes.flatMap(([at, said]) => weekdayProblem(at, said)) }
}

const refused = (zh: string, en: string): NoticeSpan => ({ days: [], problems: [{ zh, en }] })

function dateOf(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  context: SpanContext,
  before: string | undefined,
): string | undefined {
  const ofMonth = month ?? before?.slice(5, 7)
  if (ofMonth === undefined || day === undefined) return undefined
  const usual = context.newYear && Number(ofMonth) === 12 ? context.year - 1 : context.year
  const ofYear = year ?? (month === undefined ? before?.slice(0, 4) : undefined) ?? String(usual)
  const text = `${ofYear}-${ofMonth.padStart(2, '0')}-${day.padStart(2, '0')}`
  return isCalendarDate(text.replaceAll('-', '')) ? text : undefined
}

function daysFrom(from: string, to: string): string[] | undefined {
  const length = daysBetween(from, to) + 1
  if (length < 1 || length > longestRange) return undefined
  return Array.from({ length }, (_, at) => shiftDay(from, at))
}

const weekdays = ['日', '一', '二', '三', '四', '五', '六'] as const

/** `周六` of a day. */
export const weekdayWord = (day: string): string => `周${weekdays[weekdayOf(day)] ?? ''}`

function weekdayProblem(day: string, note: string | undefined): { zh: string; en: string }[] {
  const said = /(?:周|星期)([一二三四五六日天])/.exec(note ?? '')?.[1]?.replace('天', '日')
  const real = weekdayWord(day)
  if (said === undefined || `周${said}` === real) return []
  return [{ zh: `${day} 是${real}，文件写成周${said}`, en: `${day} is a ${real}; the paper says 周${said}` }]
}
