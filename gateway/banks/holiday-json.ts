/** Reads the JSON of the public holiday-cn data: `{year, papers, days: [{name, date, isOffDay}]}` (bank-formats.md §14). */
import { z } from 'zod'
import { type CheckedSchedule, checkSchedule, type ScheduleProblem } from './holiday-schedule.ts'

const schema = z.object({
  year: z.int().min(2000).max(2100),
  papers: z.array(z.string().trim().min(1)),
  days: z
    .array(z.object({ name: z.string().min(1).max(40), date: z.iso.date(), isOffDay: z.boolean() }))
    .max(366),
})

/** Reads a year; `expectedYear` refuses another one. */
export function readHolidayJson(text: string, expectedYear?: number): CheckedSchedule {
  const parsed = schema.safeParse(parsedJson(text))
  if (!parsed.success) return { kind: 'refused', problems: parsed.error.issues.map(toProblem) }
  const { year, papers, days } = parsed.data
  const other: ScheduleProblem[] =
    expectedYear === undefined || expectedYear === year
      ? []
      : [
          {
            place: 'year',
            zh: `文件是 ${year} 年的，要的是 ${expectedYear} 年`,
            en: `it is of ${year}, not of ${expectedYear}`,
          },
        ]
  const places = days.map((day, at) => ({
    name: day.name,
    date: day.date,
    off: day.isOffDay,
    place: `days[${at}]`,
  }))
  return checkSchedule({ year, papers, days: places }, other)
}

const toProblem = (issue: z.core.$ZodIssue): ScheduleProblem => ({
  place: issue.path.map(String).join('.') || 'file',
  zh: `不符合 holiday-cn 的格式（${issue.code}）`,
  en: `it does not have the holiday-cn shape: ${issue.message}`,
})

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
