/** `huida bank window`: released then, in which window does it go, by when, and why not earlier. Without a database. */
import { type Command, InvalidArgumentError } from 'commander'
import { readChinaTime } from '../../gateway/banks/china-time.ts'
import { dayWords, weekdayWords } from '../../gateway/banks/day-kind.ts'
import {
  type ExplainedOpening,
  explainWindow,
  type PassedOver,
  type WindowAnswer,
} from '../../gateway/banks/explain-window.ts'
import { windowAnswerOf, windowAnswerSchema } from '../api/window-answer.ts'
import { agreementOf, calendarOf, type HoursFlags } from './desk-hours.ts'
import { print, toJson } from './output.ts'
import { chinaTime } from './text-table.ts'

interface WindowFlags extends HoursFlags {
  readonly at?: Date
  readonly count: number
  readonly days?: number
  readonly json?: boolean
}

const examples = `
Examples:
  $ huida bank window hz-rcb --agreements ops/examples/agreements
  $ huida bank window hz-rcb --at "2026-11-21T16:40" --agreements ops/examples/agreements --count 5
  $ huida bank window hz-rcb --at "2026-09-30T10:00" --agreements ops/examples/agreements --days 7 --json
`

/** Adds the subcommand `window`. */
export function addWindowCommand(command: Command): void {
  command
    .command('window <bank>')
    .description('released now, goes in which window? and by when, why not earlier, what comes next')
    .addHelpText('before', examples)
    .option('--at <time>', 'when it is released, in China unless it has an offset (usually now)', time)
    .option('--agreements <dir>', 'folder of bank agreements (usually HUIDA_AGREEMENTS)')
    .option('--calendars <dir>', 'folder of calendars beside the shipped ones (usually HUIDA_CALENDARS)')
    .option('--count <n>', 'how many openings after it, up to 20', whole(0, 20), 3)
    .option('--days <n>', 'also the day so many working days later, as for returns', whole(1, 250))
    .option('--json', 'print JSON')
    .action(answer)
}

function answer(bank: string, flags: WindowFlags): void {
  const agreement = agreementOf(bank, flags)
  const { count, days } = flags
  const found = explainWindow(agreement, calendarOf(flags), { at: flags.at ?? new Date(), count, days })
  if (flags.json) print(toJson(windowAnswerSchema.parse(windowAnswerOf(bank, found))))
  else for (const line of answerLines(agreement.title, found)) print(line)
}

const minutes = (at: Date): string => chinaTime(at).slice(0, 16)

function* answerLines(title: string, found: WindowAnswer): Generator<string> {
  const { opening, open, workingDay, unknownYear } = found
  const day = opening.kind ? dayWords(opening.kind, opening.day) : weekdayWords(opening.day)
  yield `${title} ${minutes(found.at)} 放行 released`
  yield `  进入窗口 goes into   ${rangeText(opening)}（${day.zh}）${open ? '窗口已开 open now' : ''} / ${day.en}`
  yield `  最晚放行 release by  ${minutes(opening.releaseBy)} 之前 before`
  if (found.passedOver.length > 0) yield '  为何不更早 why not earlier'
  for (const one of found.passedOver) yield `    ${passedText(one)}`
  if (found.next.length > 0) yield '  随后 next'
  for (const one of found.next) {
    const words = one.kind ? dayWords(one.kind, one.day) : weekdayWords(one.day)
    yield `    ${rangeText(one)}（${words.zh}） / ${words.en}`
  }
  if (unknownYear !== undefined)
    yield `    ${unknownYear} 年工作日历未装入，之后不明 / the calendar of ${unknownYear} is not loaded; nothing is known beyond`
  if (workingDay)
    yield `  ${workingDay.days} 个工作日后 working days later  ${workingDay.date} ${weekdayWords(workingDay.date).zh}`
}

const rangeText = ({ opensAt, closesAt, day }: ExplainedOpening): string =>
  `${day} ${minutes(opensAt).slice(11)}-${endTime(closesAt)}`

/** Midnight belongs to the day that it ends. */
const endTime = (at: Date): string =>
  minutes(at)
    .slice(11)
    .replace(/^00:00$/, '24:00')

const passedText = ({ from, to, words }: PassedOver): string =>
  `${from === to ? from : `${from} - ${to}`}  ${words.zh} / ${words.en}`

function time(text: string): Date {
  const at = readChinaTime(text)
  if (at) return at
  throw new InvalidArgumentError('a time such as 2026-11-21T16:40')
}

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`a whole number from ${least} to ${most}`)
  }
