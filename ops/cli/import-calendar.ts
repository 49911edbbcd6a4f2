/** Makes a year file of a notice or of public JSON, and lays it into a folder of calendars; nothing is ever half written. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readYearFile } from '../../gateway/banks/calendar.ts'
import { readHolidayJson } from '../../gateway/banks/holiday-json.ts'
import { readHolidayNotice } from '../../gateway/banks/holiday-notice.ts'
import type { CheckedSchedule } from '../../gateway/banks/holiday-schedule.ts'
import { type YearFile, yearFileText } from '../../gateway/banks/year-file.ts'
import { CommandEnd, exit } from './output.ts'

const longestNoticeBytes = 64 * 1024

/** What is known of a notice besides its text. */
export interface NoticeFlags {
  readonly year?: number | undefined
  readonly paper?: string | undefined
}

/** Reads a file as JSON or as the text of a notice, whichever it is. Ends the command when it is no UTF-8 text. */
export function readSchedule(path: string, flags: NoticeFlags): CheckedSchedule {
  const text = readText(path)
  if (text.trimStart().startsWith('{')) return readHolidayJson(text, flags.year)
  if (/<(html|body|p|div)[\s>]/i.test(text))
    throw new CommandEnd(
      exit.refused,
      `${path} 是网页，请只保存通知的文字 / is a web page; save the text of the notice only`,
    )
  return readHolidayNotice(text, flags)
}

function readText(path: string): string {
  let bytes: Buffer
  try {
    if (statSync(path).size > longestNoticeBytes)
      throw new CommandEnd(exit.refused, `${path} 超过 64 KiB / is larger than 64 KiB`)
    bytes = readFileSync(path)
  } catch (error) {
    if (error instanceof CommandEnd) throw error
    throw new CommandEnd(exit.usage, `cannot read ${path}`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new CommandEnd(exit.refused, `${path} 不是 UTF-8，请另存为 UTF-8 / is not UTF-8; save it as UTF-8`)
  }
}

/** What became of the year file. */
export type Written =
  | { readonly kind: 'written' | 'replaced' | 'unchanged'; readonly path: string }
  | { readonly kind: 'differs'; readonly path: string; readonly changes: readonly string[] }

/** Writes `YYYY.json` into a folder. A file that says otherwise is left alone unless `replace` is set. */
export function writeYear(folder: string, file: YearFile, replace: boolean): Written {
  const path = join(folder, `${file.year}.json`)
  const there = existsSync(path)
  const before = there ? readBefore(path, replace) : undefined
  if (before && yearFileText(before) === yearFileText(file)) return { kind: 'unchanged', path }
  if (before && !replace) return { kind: 'differs', path, changes: changesOf(before, file) }
  mkdirSync(folder, { recursive: true })
  const part = join(folder, `.${file.year}.json.${process.pid}`)
  try {
    writeFileSync(part, yearFileText(file), { flag: 'wx', flush: true })
    renameSync(part, path)
  } finally {
    rmSync(part, { force: true })
  }
  return { kind: there ? 'replaced' : 'written', path }
}

/** A damaged file may be replaced, but nobody can say what would be lost otherwise. */
function readBefore(path: string, replace: boolean): YearFile | undefined {
  try {
    return readYearFile(path, path)
  } catch (error) {
    if (replace) return undefined
    throw error
  }
}

/** Days that two files of a year see differently, and whether only names or papers differ. */
function changesOf(before: YearFile, after: YearFile): string[] {
  const of = (file: YearFile, day: string): string =>
    file.off.includes(day) ? '放假 off' : file.work.includes(day) ? '上班 worked' : '平常 ordinary'
  const days = [...new Set([before.off, before.work, after.off, after.work].flat())].sort()
  const changed = days.filter((day) => of(before, day) !== of(after, day))
  if (changed.length === 0) return ['只有文号或节日名称不同 / only papers or names differ']
  return changed.map((day) => `${day}: ${of(before, day)} -> ${of(after, day)}`)
}
