/**
 * One year's schedule as it lies in a folder of calendars: days off, weekend days that are worked, and where it was
 * published (bank-formats.md §14). A file without papers is a year that nobody has published yet.
 */
import { z } from 'zod'

const day = z.iso.date()

/** Shape of a year's file. Days are `YYYY-MM-DD`; `names` says to which holiday days off and worked days belong. */
export const yearFileSchema = z.strictObject({
  year: z.int().min(2000).max(2100),
  /** Where the schedule was published; empty while it is not. */
  papers: z.array(z.string().min(1)),
  off: z.array(day),
  work: z.array(day),
  names: z.record(z.string().min(1).max(40), z.array(day)).optional(),
})

/** One year's schedule. */
export type YearFile = z.infer<typeof yearFileSchema>

/** What contradicts itself in a year's file; undefined when nothing does. */
export function findWrongDay(file: YearFile): string | undefined {
  const all = [...file.off, ...file.work]
  const both = file.off.find((date) => file.work.includes(date))
  if (both !== undefined) return `${both} is both off and worked`
  // A schedule may reach into the last days of the year before, never further.
  const far = all.find((date) => Math.abs(yearOf(date) - file.year) > 1)
  if (far !== undefined) return `${far} is not a day of ${file.year}`
  const weekday = file.work.find((date) => !isWeekend(date))
  if (weekday !== undefined) return `${weekday} is no weekend day, so it cannot be made up`
  const named = Object.values(file.names ?? {}).flat()
  const stray = named.find((date) => !all.includes(date))
  return stray === undefined ? undefined : `${stray} has a name and is neither off nor worked`
}

/** The text of a year's file, the same for the same year. */
export function yearFileText(file: YearFile): string {
  const sorted = {
    year: file.year,
    papers: file.papers,
    off: [...file.off].sort(),
    work: [...file.work].sort(),
    ...(file.names && {
      names: Object.fromEntries(Object.entries(file.names).map(([name, days]) => [name, [...days].sort()])),
    }),
  }
  return `${JSON.stringify(sorted, undefined, 2)}\n`
}

/** The year of a day `YYYY-MM-DD`. */
export const yearOf = (date: string): number => Number(date.slice(0, 4))

/** 0 is Sunday. */
export const weekdayOf = (date: string): number => new Date(`${date}T00:00:00Z`).getUTCDay()

/** True for Saturdays and Sundays. */
export const isWeekend = (date: string): boolean => [0, 6].includes(weekdayOf(date))
