/** Shows a year of working days as tables: the holidays with their make-up days, and the working days of each month. */
import { type Calendar, isWorkingDay } from '../../gateway/banks/calendar.ts'
import { nextDay } from '../../gateway/banks/calendar-days.ts'
import { weekdayWords } from '../../gateway/banks/day-kind.ts'
import type { YearFile } from '../../gateway/banks/year-file.ts'
import { textTable } from './text-table.ts'

const monthAndDay = (day: string): string => `${day.slice(5)} ${weekdayWords(day).zh}`

/** Days that follow each other, as `[from, to]`. */
export function runsOf(days: readonly string[]): [from: string, to: string][] {
  const runs: [string, string][] = []
  for (const day of [...days].sort()) {
    const last = runs.at(-1)
    if (last && nextDay(last[1]) === day) last[1] = day
    else runs.push([day, day])
  }
  return runs
}

const runText = ([from, to]: readonly [string, string]): string =>
  from === to ? monthAndDay(from) : `${monthAndDay(from)} - ${monthAndDay(to)}`

/** The holidays of a year file, one row each. Days without a name come last. */
export function holidayTable(file: YearFile): string {
  const named = new Set(Object.values(file.names ?? {}).flat())
  const unnamed = [...file.off, ...file.work].filter((day) => !named.has(day))
  const groups = [
    ...Object.entries(file.names ?? {}),
    ...(unnamed.length > 0 ? [['-', unnamed] as const] : []),
  ]
  const rows = groups.map(([name, days]) => {
    const off = days.filter((day) => file.off.includes(day))
    const work = days.filter((day) => file.work.includes(day))
    return [
      name,
      runsOf(off).map(runText).join('，'),
      `${off.length}`,
      work.sort().map(monthAndDay).join('，'),
    ]
  })
  return textTable([['节日 holiday', '放假 off', '天 days', '调休上班 made up'], ...rows], [2])
}

/** Working days of a month. */
export interface MonthDays {
  readonly month: string
  readonly workingDays: number
}

/** Working days of every month of a year. Throws CALENDAR_MISSING. */
export function workingMonths(calendar: Calendar, year: number): MonthDays[] {
  const counts = new Map<string, number>()
  for (let day = `${year}-01-01`; day <= `${year}-12-31`; day = nextDay(day)) {
    const month = day.slice(0, 7)
    counts.set(month, (counts.get(month) ?? 0) + (isWorkingDay(calendar, day) ? 1 : 0))
  }
  return [...counts].map(([month, workingDays]) => ({ month, workingDays }))
}

/** The months in one table with their sum. */
export function monthTable(months: readonly MonthDays[]): string {
  const sum = months.reduce((total, { workingDays }) => total + workingDays, 0)
  const rows = [
    ...months.map(({ month, workingDays }) => [month, `${workingDays}`]),
    ['合计 total', `${sum}`],
  ]
  return textTable([['月 month', '工作日 working days'], ...rows], [1])
}
