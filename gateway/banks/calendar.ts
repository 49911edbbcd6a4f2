/**
 * The working days of the State Council's yearly schedule (bank-formats.md §14). A year whose schedule has not been
 * published is an error: guessing weekdays would promise money on days when no bank pays.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Fault } from '../faults.ts'

/** Working days of the years that are known. Days are `YYYY-MM-DD` in China. */
export interface Calendar {
  /** Years with a published schedule. */
  readonly years: ReadonlySet<number>
  /** Days off that are not simply weekends, by decree or by a bank's own rule. */
  readonly off: ReadonlySet<string>
  /** Weekend days that are worked. */
  readonly work: ReadonlySet<string>
}

/** Days on which one bank differs from the State Council's schedule. */
export interface CalendarOverrides {
  readonly off?: readonly string[] | undefined
  readonly work?: readonly string[] | undefined
}

const day = z.iso.date()
const yearFile = z.strictObject({
  year: z.int().min(2000).max(2100),
  /** Where the schedule was published; empty while it is not. */
  papers: z.array(z.string().min(1)),
  off: z.array(day),
  work: z.array(day),
})
type YearFile = z.infer<typeof yearFile>

const shippedFolder = fileURLToPath(new URL('./calendars/', import.meta.url))

/**
 * Loads the shipped years, then those of an operator's folder, which replace shipped ones of the same year. Throws
 * CONFIGURATION_INVALID for a file that is not a year, naming what is wrong.
 */
export function loadCalendar(folder?: string): Calendar {
  const files = [shippedFolder, ...(folder === undefined ? [] : [folder])].flatMap(readFolder)
  const byYear = new Map(files.map((file) => [file.year, file]))
  const published = [...byYear.values()].filter((file) => file.papers.length > 0)
  return {
    years: new Set(published.map((file) => file.year)),
    off: new Set(published.flatMap((file) => file.off)),
    work: new Set(published.flatMap((file) => file.work)),
  }
}

function readFolder(folder: string): YearFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => readYear(join(folder, name), name))
}

function readYear(path: string, name: string): YearFile {
  const parsed = yearFile.safeParse(readJson(path, name))
  if (!parsed.success) {
    throw new Fault('CONFIGURATION_INVALID', { calendar: name, reason: z.prettifyError(parsed.error) })
  }
  const wrong = findWrongDay(parsed.data)
  if (wrong !== undefined) throw new Fault('CONFIGURATION_INVALID', { calendar: name, reason: wrong })
  return parsed.data
}

function readJson(path: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Fault('CONFIGURATION_INVALID', { calendar: name, reason: 'not JSON' }, error)
  }
}

function findWrongDay(file: YearFile): string | undefined {
  const both = file.off.find((date) => file.work.includes(date))
  if (both !== undefined) return `${both} is both off and worked`
  // A schedule may reach into the last days of the year before, never further.
  const far = [...file.off, ...file.work].find((date) => Math.abs(yearOf(date) - file.year) > 1)
  if (far !== undefined) return `${far} is not a day of ${file.year}`
  const weekday = file.work.find((date) => !isWeekend(date))
  return weekday === undefined ? undefined : `${weekday} is no weekend day, so it cannot be made up`
}

/** The same calendar with a bank's own days; its word counts more than the schedule's. */
export function withOverrides(calendar: Calendar, overrides: CalendarOverrides): Calendar {
  const off = new Set([...calendar.off, ...(overrides.off ?? [])])
  const work = new Set([...calendar.work, ...(overrides.work ?? [])])
  for (const date of overrides.off ?? []) work.delete(date)
  for (const date of overrides.work ?? []) off.delete(date)
  return { years: calendar.years, off, work }
}

/** Whether banks work on a day `YYYY-MM-DD`. Throws CALENDAR_MISSING for a year that has not been published. */
export function isWorkingDay(calendar: Calendar, date: string): boolean {
  if (!calendar.years.has(yearOf(date))) throw new Fault('CALENDAR_MISSING', { year: yearOf(date) })
  if (calendar.work.has(date)) return true
  return !calendar.off.has(date) && !isWeekend(date)
}

/**
 * The day that is so many working days after a day, which itself does not count: 3 working days after a Friday is the
 * Wednesday. Throws CALENDAR_MISSING when it leaves the published years.
 */
export function addWorkingDays(calendar: Calendar, date: string, count: number): string {
  let at = date
  for (let left = count; left > 0; ) {
    at = nextDay(at)
    if (isWorkingDay(calendar, at)) left--
  }
  return at
}

/** The day after a day, both `YYYY-MM-DD`. */
export function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
}

const yearOf = (date: string): number => Number(date.slice(0, 4))

const isWeekend = (date: string): boolean => [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay())
