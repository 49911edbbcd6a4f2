/**
 * The working days of the State Council's yearly schedule (bank-formats.md §14). A year whose schedule has not been
 * published is an error: guessing weekdays would promise money on days when no bank pays.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Fault } from '../faults.ts'
import { nextDay } from './calendar-days.ts'
import { findWrongDay, isWeekend, type YearFile, yearFileSchema, yearOf } from './year-file.ts'

/** Working days of the years that are known. Days are `YYYY-MM-DD` in China. */
export interface Calendar {
  /** Years with a published schedule. */
  readonly years: ReadonlySet<number>
  /** Days off that are not simply weekends, by decree or by a bank's own rule. */
  readonly off: ReadonlySet<string>
  /** Weekend days that are worked. */
  readonly work: ReadonlySet<string>
  /** The holiday that a day off or a made-up day belongs to, such as `国庆节`; days without one are left out. */
  readonly names?: ReadonlyMap<string, string>
}

/** Days on which one bank differs from the State Council's schedule. */
export interface CalendarOverrides {
  readonly off?: readonly string[] | undefined
  readonly work?: readonly string[] | undefined
}

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
    names: new Map(published.flatMap(namedDays)),
  }
}

const namedDays = ({ names = {} }: YearFile): [string, string][] =>
  Object.entries(names).flatMap(([name, days]) => days.map((date): [string, string] => [date, name]))

function readFolder(folder: string): YearFile[] {
  const files = namesIn(folder).map((name) => ({ name, file: readYearFile(join(folder, name), name) }))
  const years = files.map(({ file }) => file.year)
  const again = files.find(({ file }, at) => years.indexOf(file.year) < at)
  if (again) {
    const reason = `another file of the folder is of ${again.file.year}, too`
    throw new Fault('CONFIGURATION_INVALID', { calendar: again.name, reason })
  }
  return files.map(({ file }) => file)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
  } catch (error) {
    throw new Fault('CONFIGURATION_INVALID', { calendar: folder, reason: 'the folder cannot be read' }, error)
  }
}

/** Reads one year's file. Throws CONFIGURATION_INVALID. */
export function readYearFile(path: string, name: string): YearFile {
  const parsed = yearFileSchema.safeParse(readJson(path, name))
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

/** The same calendar with a bank's own days; its word counts more than the schedule's. */
export function withOverrides(calendar: Calendar, overrides: CalendarOverrides): Calendar {
  const off = new Set([...calendar.off, ...(overrides.off ?? [])])
  const work = new Set([...calendar.work, ...(overrides.work ?? [])])
  for (const date of overrides.off ?? []) work.delete(date)
  for (const date of overrides.work ?? []) off.delete(date)
  return { ...calendar, off, work }
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
