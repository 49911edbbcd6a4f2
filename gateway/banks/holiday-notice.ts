/**
 * Reads the text of the State Council's yearly notice on holidays, as published: `一、元旦：1月1日（周四）至3日（周六）放假调休，
 * 共3天。1月4日（周日）上班。` What it does not understand it refuses: a sentence that is skipped is a day on which money
 * would be promised wrongly.
 */
import {
  type CheckedSchedule,
  checkSchedule,
  type HolidayDay,
  type ScheduleProblem,
} from './holiday-schedule.ts'
import { type NoticeSource, readItem } from './notice-item.ts'

/** What a reader of a notice is told besides the text. */
export interface NoticeOptions {
  /** Year when the text does not say it; refuses a text of another year. */
  readonly year?: number | undefined
  /** Where it was published, when the text does not bear its number. */
  readonly paper?: string | undefined
}

const head = /(?:^|[\n。;])\s*[一二三四五六七八九十]{1,3}、\s*([^:。;,\n]{1,20}):/g
const paperNumber = /国办发(明电)?\s*[〔[(](\d{4})[〕\])]\s*(\d{1,3})\s*号/g
const title = /(\d{4})年部分节假日安排/g
const signature = /国务院办公厅\s*\d{4}年\d{1,2}月\d{1,2}日/g
const decisive = /\d日[^。;]*(放假|上班|补休)/

/** Reads a notice. Every problem names its line. */
export function readHolidayNotice(text: string, options: NoticeOptions = {}): CheckedSchedule {
  // Full-width punctuation and digits become plain ones; lines stay as they are, so that problems can name them.
  const plain = text
    .normalize('NFKC')
    .replaceAll('\r\n', '\n')
    .replaceAll(signature, (found) => found.replaceAll(/[^\n]/g, ' '))
  const problems: ScheduleProblem[] = []
  const year = yearOfNotice(plain, options, problems)
  if (year === undefined) return { kind: 'refused', problems }
  const days: HolidayDay[] = []
  const heads = [...plain.matchAll(head)]
  problems.push(...strayProblems(plain.slice(0, heads[0]?.index ?? plain.length)))
  for (const [at, found] of heads.entries()) {
    const offset = found.index + found[0].length
    const source: NoticeSource = {
      year,
      name: (found[1] ?? '').trim(),
      text: plain.slice(offset, heads[at + 1]?.index ?? plain.length),
      firstLine: lineOf(plain, offset),
    }
    const item = readItem(source)
    days.push(...item.days)
    problems.push(...item.problems)
  }
  return checkSchedule({ year, papers: papersOf(plain, options), days }, problems)
}

function yearOfNotice(
  text: string,
  { year }: NoticeOptions,
  problems: ScheduleProblem[],
): number | undefined {
  const named = [...new Set([...text.matchAll(title)].map((found) => Number(found[1])))]
  const years = [...new Set([...(year === undefined ? [] : [year]), ...named])]
  if (years.length === 1) return years[0]
  problems.push(
    years.length === 0
      ? {
          place: 'line 1',
          zh: '看不出是哪一年的安排，请加 --year',
          en: 'it does not say of which year it is; tell it with --year',
        }
      : {
          place: 'line 1',
          zh: `年份不一致：${years.join('、')}`,
          en: `it speaks of several years: ${years.join(', ')}`,
        },
  )
  return undefined
}

function papersOf(text: string, { paper }: NoticeOptions): string[] {
  const numbers = [...text.matchAll(paperNumber)].map(
    ([, kind = '', year, number]) => `国办发${kind}〔${year}〕${number}号`,
  )
  return [...new Set([...(paper === undefined ? [] : [paper]), ...numbers])]
}

/** Dates that are off or worked outside every numbered item. */
function strayProblems(text: string): ScheduleProblem[] {
  const at = text.search(decisive)
  if (at < 0) return []
  return [
    {
      place: `line ${lineOf(text, at)}`,
      zh: '放假或上班日期不在“一、某节：”之下，读不懂',
      en: 'a day off or worked stands outside a numbered item such as 一、元旦：',
    },
  ]
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
