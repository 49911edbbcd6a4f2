/** `huida calendar`: imports a year's notice, shows what is known, and checks how far ahead. Without a database. */
import { Command, InvalidArgumentError } from 'commander'
import { type Calendar, withOverrides } from '../../gateway/banks/calendar.ts'
import { calendarHorizon } from '../../gateway/banks/calendar-horizon.ts'
import type { ScheduleProblem } from '../../gateway/banks/holiday-schedule.ts'
import { type YearFile, yearOf } from '../../gateway/banks/year-file.ts'
import { chinaDay } from '../../gateway/clock.ts'
import { Fault } from '../../gateway/faults.ts'
import { readConfig } from '../start/config.ts'
import { holidayTable, monthTable, workingMonths } from './calendar-text.ts'
import { agreementOf, calendarOf, type HoursFlags } from './desk-hours.ts'
import { readSchedule, type Written, writeYear } from './import-calendar.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'

interface ImportFlags {
  readonly out?: string
  readonly year?: number
  readonly paper?: string
  readonly replace?: boolean
  readonly json?: boolean
}

interface ShowFlags extends HoursFlags {
  readonly year?: number
  readonly bank?: string
  readonly json?: boolean
}

interface CheckFlags extends HoursFlags {
  readonly json?: boolean
}

const importExamples = `
Examples:
  $ huida calendar import notice-2027.txt
  $ huida calendar import notice-2027.txt --out /etc/huida/calendars --paper https://www.gov.cn/zhengce/...
  $ huida calendar import 2027.json --year 2027 --out /etc/huida/calendars --json
`

const showExamples = `
Examples:
  $ huida calendar show
  $ huida calendar show --year 2026 --bank hz-rcb --agreements ops/examples/agreements
`

const checkExamples = `
Examples:
  $ huida calendar check
  $ HUIDA_CALENDARS=/etc/huida/calendars huida calendar check --json
`

/** The command `calendar` with its subcommands. */
export function calendarCommand(): Command {
  const command = new Command('calendar').description(
    'working days: import a year, show it, check how far ahead',
  )
  command
    .command('import <file>')
    .description("make a year file of the State Council's notice (text) or of holiday-cn JSON")
    .addHelpText('before', importExamples)
    .option(
      '--out <dir>',
      'folder of calendars to write to (usually HUIDA_CALENDARS; without both nothing is written)',
    )
    .option('--year <n>', 'the year, where the text does not say it; another one is refused', yearNumber)
    .option('--paper <text>', 'where it was published, where the text does not bear its number')
    .option('--replace', 'replace a file of that year that says otherwise')
    .option('--json', 'print JSON')
    .action(importYear)
  withFolders(command.command('show').description('show the holidays and working days of a year'))
    .addHelpText('before', showExamples)
    .option('--year <n>', 'which year (usually this one in China)', yearNumber)
    .option('--bank <code>', "with this bank's own days")
    .option('--json', 'print JSON')
    .action(show)
  withFolders(
    command.command('check').description('which years are known: exit code 1 when this year is missing'),
  )
    .addHelpText('before', checkExamples)
    .option('--json', 'print JSON')
    .action(check)
  return command
}

const withFolders = (command: Command): Command =>
  command
    .option('--agreements <dir>', 'folder of bank agreements (usually HUIDA_AGREEMENTS)')
    .option('--calendars <dir>', 'folder of calendars beside the shipped ones (usually HUIDA_CALENDARS)')

function importYear(path: string, flags: ImportFlags): void {
  const read = readSchedule(path, flags)
  if (read.kind === 'refused') throw refused(path, read.problems, flags.json ?? false)
  const { file, warnings } = read
  const folder = flags.out ?? readConfig(process.env).calendarsFolder
  const written = folder === undefined ? undefined : writeYear(folder, file, flags.replace ?? false)
  if (written?.kind === 'differs') throw differing(written, flags.json ?? false)
  if (flags.json) print(toJson({ ...file, written: written ?? { kind: 'shown' }, warnings }))
  else print(`${file.year} 年 ${file.papers.join('，')}\n${holidayTable(file)}`)
  for (const one of warnings) say(`注意 warning: ${problemText(one)}`)
  say(writtenText(written))
}

const problemText = ({ place, zh, en }: ScheduleProblem): string => `${place}: ${zh} / ${en}`

const refused = (path: string, problems: readonly ScheduleProblem[], json: boolean): CommandEnd =>
  new CommandEnd(
    exit.refused,
    json ? toJson({ problems }) : problems.map((one) => `${path}: ${problemText(one)}`).join('\n'),
  )

function differing({ path, changes }: Extract<Written, { kind: 'differs' }>, json: boolean): CommandEnd {
  if (json) return new CommandEnd(exit.refused, toJson({ path, changes }))
  const told = `${path} 已有不同内容，未改动；核对后用 --replace 替换 / says otherwise and was left alone; compare, then --replace:`
  return new CommandEnd(exit.refused, [told, ...changes].join('\n'))
}

function writtenText(written: Exclude<Written, { kind: 'differs' }> | undefined): string {
  if (!written)
    return '只显示，未写入；加 --out 写入日历目录 / shown only; --out DIR writes it into a folder of calendars'
  switch (written.kind) {
    case 'written':
      return `已写入 ${written.path}；请另一人与原文逐日核对 / written; a second person compares it with the paper`
    case 'replaced':
      return `已替换 ${written.path}；请另一人与原文逐日核对 / replaced; a second person compares it with the paper`
    case 'unchanged':
      return `${written.path} 内容相同 / holds the same already`
    default:
      return written.kind satisfies never
  }
}

function show(flags: ShowFlags): void {
  const year = flags.year ?? yearOf(chinaDay(new Date()))
  const national = calendarOf(flags)
  if (!national.years.has(year)) throw new Fault('CALENDAR_MISSING', { year })
  const own = flags.bank === undefined ? undefined : agreementOf(flags.bank, flags).calendar
  const file = yearFileOf(national, year)
  const months = workingMonths(withOverrides(national, own ?? {}), year)
  const bankDays = { off: daysIn(own?.off, year), work: daysIn(own?.work, year) }
  if (flags.json) {
    print(toJson({ ...file, ...(flags.bank !== undefined && { bank: flags.bank, bankDays }), months }))
    return
  }
  print(`${holidayTable(file)}\n\n${monthTable(months)}`)
  if (flags.bank !== undefined)
    print(
      `\n${flags.bank} 自定停业 closed: ${bankDays.off.join(' ') || '-'}\n${flags.bank} 自定上班 open: ${bankDays.work.join(' ') || '-'}`,
    )
}

const daysIn = (days: readonly string[] | undefined, year: number): string[] =>
  (days ?? []).filter((day) => yearOf(day) === year).sort()

/** The days of one year of a calendar, in the form of its file. */
function yearFileOf(
  { off, work, names }: Calendar,
  year: number,
): Omit<YearFile, 'papers'> & { papers: string[] } {
  const ours = (days: Iterable<string>): string[] => [...days].filter((day) => yearOf(day) === year).sort()
  const byName: Record<string, string[]> = {}
  for (const day of ours(names?.keys() ?? [])) {
    const name = names?.get(day) ?? '-'
    byName[name] = [...(byName[name] ?? []), day]
  }
  return { year, papers: [], off: ours(off), work: ours(work), names: byName }
}

function check(flags: CheckFlags): void {
  const calendar = calendarOf(flags)
  const today = chinaDay(new Date())
  const horizon = calendarHorizon(calendar, today)
  const years = [...calendar.years].sort()
  if (flags.json) print(toJson({ today, years, ...horizon }))
  else print(`已装入 loaded: ${years.join(' ')}`)
  if (horizon.kind === 'missing') throw new Fault('CALENDAR_MISSING', { year: horizon.year })
  const { lastYear, daysLeft, kind } = horizon
  if (!flags.json)
    print(
      `到 ${lastYear}-12-31 为止，还有 ${daysLeft} 天 / known until ${lastYear}-12-31, ${daysLeft} days left`,
    )
  if (kind === 'soon')
    say(`注意 warning: 请装入 ${lastYear + 1} 年放假安排 / load ${lastYear + 1}: huida calendar import`)
}

function yearNumber(text: string): number {
  if (/^20\d\d$/.test(text)) return Number(text)
  throw new InvalidArgumentError('a year such as 2027')
}
