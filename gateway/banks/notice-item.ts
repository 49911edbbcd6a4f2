/** One numbered item of a State Council notice: the days off and the made-up days of one holiday, word by word. */

import { nextDay, previousDay } from './calendar-days.ts'
import type { HolidayDay, ScheduleProblem } from './holiday-schedule.ts'
import { type NoticeSpan, readSpan, spanPattern } from './notice-span.ts'
import { isWeekend } from './year-file.ts'

/** An item as it was cut from the notice. */
export interface NoticeSource {
  readonly year: number
  /** `元旦`, or two holidays with 、 between them. */
  readonly name: string
  /** After the colon, with plain punctuation. */
  readonly text: string
  readonly firstLine: number
}

/** What an item came to. */
export interface NoticeItem {
  readonly days: readonly HolidayDay[]
  readonly problems: readonly ScheduleProblem[]
}

interface Reading {
  readonly source: NoticeSource
  readonly off: Map<string, number>
  readonly work: Map<string, number>
  readonly problems: ScheduleProblem[]
  /** Spans that wait for the word that says what they are. */
  pending: NoticeSpan[]
  latest: readonly string[]
  count: number | undefined
  settled: boolean
  /** The month and year of the date before, for `10月1日、2日`. */
  before: string | undefined
  line: number
}

/** Reads an item. */
export function readItem(source: NoticeSource): NoticeItem {
  const reading: Reading = {
    source,
    off: new Map(),
    work: new Map(),
    problems: [],
    pending: [],
    latest: [],
    count: undefined,
    settled: false,
    before: undefined,
    line: source.firstLine,
  }
  readSentences(reading)
  checkItem(reading)
  const toDays = (dates: ReadonlyMap<string, number>, off: boolean): HolidayDay[] =>
    [...dates].map(([date, line]) => ({ name: source.name, date, off, place: `line ${line}` }))
  return { days: [...toDays(reading.off, true), ...toDays(reading.work, false)], problems: reading.problems }
}

const anyDate = /\d日/

function readSentences(reading: Reading): void {
  let over = false
  let at = 0
  for (const [sentence] of reading.source.text.matchAll(/[^。;]+[。;]?/g)) {
    const lead = sentence.length - sentence.trimStart().length
    reading.line = reading.source.firstLine + linesIn(reading.source.text.slice(0, at + lead))
    at += sentence.length
    const words = sentence.replaceAll(/\s+/g, '').replace(/[。;]$/, '')
    // People are encouraged to take leave on a day that is worked: no day off.
    if (words === '' || words.startsWith('鼓励')) continue
    if (over && anyDate.test(words) && /放假|上班|补休/.test(words))
      tell(reading, `读不懂：${words}`, `not understood: ${words}`)
    else if (over || !(anyDate.test(words) || /^(共\d|不调休|与周末连休)/.test(words))) over = true
    else readWords(reading, words)
  }
}

const linesIn = (text: string): number => text.split('\n').length - 1

type Act = (reading: Reading, found: RegExpExecArray) => void

/** What may stand in a sentence, the longest first. */
const words: readonly (readonly [pattern: RegExp, act: Act])[] = [
  [/与周末连休/y, joinWeekend],
  [/(?:放假调休|调休放假|放假|补休|休息)(?:(\d{1,2})天)?/y, takeOff],
  [/(?:照常|正常)?上班/y, takeWork],
  [/共(?:计)?(\d{1,2})天/y, takeCount],
  [/不调休/y, settle],
  [/[、,和及]|调休/y, () => {}],
]

function readWords(reading: Reading, sentence: string): void {
  reading.pending = []
  for (let at = 0; at < sentence.length; ) {
    const length = readSpanAt(reading, sentence, at) ?? readWordAt(reading, sentence, at)
    if (length === undefined) {
      const rest = sentence.slice(at, at + 20)
      tell(reading, `读不懂“${rest}”（${sentence}）`, `not understood from "${rest}" on: ${sentence}`)
      return
    }
    at += length
  }
  if (reading.pending.length > 0)
    tell(reading, `日期后没有“放假”或“上班”：${sentence}`, `dates with neither 放假 nor 上班: ${sentence}`)
}

function readSpanAt(reading: Reading, sentence: string, at: number): number | undefined {
  const pattern = new RegExp(spanPattern, 'y')
  pattern.lastIndex = at
  const found = pattern.exec(sentence)
  if (!found) return undefined
  const { year, name } = reading.source
  const span = readSpan(found, { year, newYear: name.includes('元旦'), before: reading.before })
  for (const { zh, en } of span.problems) tell(reading, zh, en)
  reading.before = span.days.at(-1) ?? reading.before
  reading.pending.push(span)
  return found[0].length
}

function readWordAt(reading: Reading, sentence: string, at: number): number | undefined {
  for (const [pattern, act] of words) {
    pattern.lastIndex = at
    const found = pattern.exec(sentence)
    if (!found) continue
    act(reading, found)
    return found[0].length
  }
  return undefined
}

function takeOff(reading: Reading, found: RegExpExecArray): void {
  const days = takePending(reading, reading.off)
  if (found[1] !== undefined && Number(found[1]) !== days.length)
    tellCount(reading, Number(found[1]), days.length)
}

function takeWork(reading: Reading): void {
  takePending(reading, reading.work)
}

function takePending(reading: Reading, into: Map<string, number>): readonly string[] {
  const days = reading.pending.flatMap((span) => span.days)
  if (reading.pending.length === 0)
    tell(reading, '“放假”或“上班”前没有日期', 'there is no date before 放假 or 上班')
  for (const day of days) into.set(day, reading.line)
  reading.pending = []
  reading.latest = days
  return days
}

function takeCount(reading: Reading, found: RegExpExecArray): void {
  reading.count = Number(found[1])
}

function settle(reading: Reading): void {
  reading.settled = true
}

/** The weekend that touches the day is off with it. */
function joinWeekend(reading: Reading): void {
  for (const day of reading.latest) {
    for (const step of [previousDay, nextDay])
      for (let at = step(day); isWeekend(at); at = step(at)) reading.off.set(at, reading.line)
  }
}

function checkItem(reading: Reading): void {
  reading.line = reading.source.firstLine
  const { name } = reading.source
  if (reading.off.size === 0) tell(reading, `${name}没有放假日期`, `there is no day off for ${name}`)
  if (reading.count !== undefined && reading.count !== reading.off.size)
    tellCount(reading, reading.count, reading.off.size)
  if (reading.settled && reading.work.size > 0)
    tell(reading, `${name}写明不调休，却有上班日`, `${name} is without made-up days (不调休), yet has some`)
}

const tellCount = (reading: Reading, said: number, found: number): void =>
  tell(
    reading,
    `${reading.source.name}写明 ${said} 天，数出 ${found} 天`,
    `${reading.source.name}: the paper says ${said} days, its dates are ${found}`,
  )

const tell = ({ problems, line }: Reading, zh: string, en: string): void =>
  void problems.push({ place: `line ${line}`, zh, en })
