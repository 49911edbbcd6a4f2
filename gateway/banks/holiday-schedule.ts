/**
 * A year's schedule as somebody published it, checked before it becomes a year file: no contradictions, made-up days on
 * weekends, the seven holidays of the law, and papers that say where it stands. Whatever is wrong is told in one go.
 */
import { daysBetween } from './calendar-days.ts'
import { isWeekend, type YearFile, yearOf } from './year-file.ts'

/** One day of a schedule. `place` is where it stands in the source, such as `line 3`. */
export interface HolidayDay {
  readonly name: string
  readonly date: string
  readonly off: boolean
  readonly place: string
}

/** Something wrong with a schedule, in both languages. */
export interface ScheduleProblem {
  readonly place: string
  readonly zh: string
  readonly en: string
}

/** A schedule as it was read, before its days are checked against each other. */
export interface HolidaySchedule {
  readonly year: number
  readonly papers: readonly string[]
  readonly days: readonly HolidayDay[]
}

/** A year file with what a person should look at twice, or every reason why it cannot be one. */
export type CheckedSchedule =
  | { readonly kind: 'year'; readonly file: YearFile; readonly warnings: readonly ScheduleProblem[] }
  | { readonly kind: 'refused'; readonly problems: readonly ScheduleProblem[] }

/** The holidays that every year has, with the days `MM-DD` between which they fall; a paper may name two together. */
const lawful: readonly (readonly [name: string, earliest: string, latest: string])[] = [
  ['元旦', '12-28', '01-05'],
  ['春节', '01-18', '03-02'],
  ['清明', '04-01', '04-09'],
  ['劳动', '04-27', '05-07'],
  ['端午', '05-25', '06-30'],
  ['中秋', '09-05', '10-10'],
  ['国庆', '09-27', '10-10'],
]

/** Made-up days lie near their holiday; so many days between them are worth a second look. */
const usualDistance = 14

/** Checks a schedule; `problems` are those that reading it found already. */
export function checkSchedule(
  schedule: HolidaySchedule,
  problems: readonly ScheduleProblem[] = [],
): CheckedSchedule {
  const all = [
    ...problems,
    ...wholeProblems(schedule),
    ...schedule.days.flatMap((day) => dayProblems(schedule, day)),
  ]
  if (all.length > 0) return { kind: 'refused', problems: all }
  const file = yearFileOf(schedule)
  return {
    kind: 'year',
    file,
    warnings: [...netWarnings(file), ...schedule.days.flatMap((day) => dayWarnings(schedule, day))],
  }
}

function wholeProblems({ year, papers, days }: HolidaySchedule): ScheduleProblem[] {
  const place = `${year}`
  const found: ScheduleProblem[] = []
  if (papers.length === 0)
    found.push({
      place,
      zh: '没有文号或出处（papers 为空），说明尚未公布',
      en: 'no paper is named (papers is empty): the year is not published',
    })
  if (days.length === 0) {
    found.push({ place, zh: '没有任何放假日期', en: 'it has no days at all' })
    return found
  }
  for (const [name] of lawful) {
    if (!days.some((day) => day.off && day.name.includes(name)))
      found.push({
        place,
        zh: `没有${name}的放假日期，文件可能不完整`,
        en: `there is no day off for ${name}; is the paper whole?`,
      })
  }
  return found
}

function dayProblems({ year, days }: HolidaySchedule, day: HolidayDay): ScheduleProblem[] {
  const { date, place } = day
  const found: ScheduleProblem[] = []
  const tell = (zh: string, en: string): void =>
    void found.push({ place, zh: `${date} ${zh}`, en: `${date} ${en}` })
  if (yearOf(date) !== year && !date.startsWith(`${year - 1}-12-`))
    tell(`不属于 ${year} 年`, `is not a day of ${year}`)
  if (!day.off && !isWeekend(date))
    tell('不是周末，无法调休上班', 'is no weekend day, so it cannot be made up')
  const other = days.find((one) => one.date === date && one.off !== day.off)
  if (day.off && other) tell(`既放假又上班（${other.place}）`, `is both off and worked (${other.place})`)
  return found
}

function yearFileOf({ year, papers, days }: HolidaySchedule): YearFile {
  const datesOf = (chosen: readonly HolidayDay[]): string[] =>
    [...new Set(chosen.map(({ date }) => date))].sort()
  const holidays = [...new Set(days.map(({ name }) => name))]
  return {
    year,
    papers: [...papers],
    off: datesOf(days.filter(({ off }) => off)),
    work: datesOf(days.filter(({ off }) => !off)),
    names: Object.fromEntries(
      holidays.map((name) => [name, datesOf(days.filter((day) => day.name === name))]),
    ),
  }
}

/** Days off on weekdays less made-up days are the days that the law grants: 13 since 2025, 11 from 2008 on. */
function netWarnings({ year, off, work }: YearFile): ScheduleProblem[] {
  const granted = year >= 2025 ? 13 : 11
  const net = off.filter((date) => !isWeekend(date)).length - work.length
  if (net === granted) return []
  return [
    {
      place: `${year}`,
      zh: `工作日放假天数减调休上班天数为 ${net}，法定应为 ${granted}，请与原文逐日核对`,
      en: `weekdays off less made-up days are ${net} where the law grants ${granted}; compare it with the paper day by day`,
    },
  ]
}

/** A month that was misread often has the same weekdays, so only the season and the distance betray it. */
function dayWarnings({ days }: HolidaySchedule, { name, date, off, place }: HolidayDay): ScheduleProblem[] {
  if (off) {
    if (inSeason(name, date)) return []
    const zh = `${date} 不像${name}的日期，请核对原文`
    return [{ place, zh, en: `${date} is no usual day for ${name}; compare it with the paper` }]
  }
  const distances = days
    .filter((one) => one.off && one.name === name)
    .map((one) => Math.abs(daysBetween(one.date, date)))
  if (Math.min(...distances) <= usualDistance) return []
  const zh = `${date} 离${name}假期超过 ${usualDistance} 天，请核对原文`
  return [
    { place, zh, en: `${date} is more than ${usualDistance} days from ${name}; compare it with the paper` },
  ]
}

function inSeason(name: string, date: string): boolean {
  const seasons = lawful.filter(([one]) => name.includes(one))
  const day = date.slice(5)
  return (
    seasons.length === 0 ||
    seasons.some(([, from, to]) => (from <= to ? day >= from && day <= to : day >= from || day <= to))
  )
}
