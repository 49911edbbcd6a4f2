/**
 * Statements of the funding account, MT940, for banks that tell of money there and nowhere else: one debit and one
 * refund of all failed rows, and returns days later with or without the original serial (bank-formats.md section 8).
 */
import { join } from 'node:path'
import { charset } from '../../../formats/values/charset.ts'
import { nextDay } from '../../../gateway/banks/calendar-days.ts'
import { chinaDay } from '../../../gateway/clock.ts'
import { toldOnStatement } from './answer-rows.ts'
import type { BankDesk } from './bank-desk.ts'
import { decideLine, returnRule } from './decide-line.ts'
import { exists, publishAnswer } from './publish-answer.ts'
import type { ReceivedRequest } from './request-journal.ts'
import { readPlaced } from './stored-request.ts'

/** Profile of the statements, as the gateway knows it. */
export const statementProfile = 'mt940'

interface Entry {
  /** The bank's reference; the same money has the same one in every statement. */
  readonly ref: string
  readonly direction: 'D' | 'C'
  readonly amountFen: bigint
  readonly words: string
  readonly account?: string
}

/** Tells of one debit and one refund of everything that failed, if the file was told to be booked so. */
export async function tellLump(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  if (!request.misdeeds.some((rule) => rule.do === 'lump-refund')) return
  const failedFen = request.all.totalFen - request.paid.totalFen
  const ref = `L${request.number}`
  const debit: Entry = { ref: `${ref}D`, direction: 'D', amountFen: request.all.totalFen, words: '批量代发' }
  const refund: Entry = {
    ref: `${ref}R`,
    direction: 'C',
    amountFen: failedFen,
    words: `代发工资不成功退回款项?20原流水号:${ref}D `,
  }
  await publishStatement(desk, failedFen > 0n ? [debit, refund] : [debit])
}

/** Tells of the returns that stand in no file; gives how many lines that were. */
export async function tellReturns(desk: BankDesk, request: ReceivedRequest): Promise<number> {
  if (desk.givesStatements !== true) return 0
  const entries: Entry[] = []
  let lines = 0
  await readPlaced(desk, request.number, (read) => {
    for (const line of read) {
      const decision = decideLine(desk, request, line)
      if (decision.kind !== 'returned' || !toldOnStatement(desk, request, line)) continue
      lines++
      const rule = returnRule(desk, request, line)?.do
      const named = rule === 'return-without-serial' ? '' : `?20原流水号:${line.serial} `
      const amountFen = line.amountFen + (rule === 'return-too-much' ? 1n : 0n)
      const words = `汇出退回${named}?21${decision.later.text.replace(/^退汇：/, '')}`
      const entry: Entry = {
        ref: `R${request.number}L${line.position}`,
        direction: 'C',
        amountFen,
        words,
        account: line.payeeAccount,
      }
      entries.push(entry)
      if (rule === 'return-twice') entries.push({ ...entry, ref: `${entry.ref}B` })
    }
  })
  if (entries.length > 0) await publishStatement(desk, entries)
  return lines
}

/** A statement is of one day and never replaced, so a second one of a day passes for that of the next. */
async function publishStatement(desk: BankDesk, entries: readonly Entry[]): Promise<void> {
  const { fundingAccount } = desk.customer
  const nameOf = (date: string): string => `MT940_${fundingAccount}_${date.replaceAll('-', '')}.txt`
  let day = chinaDay(desk.clock.now())
  while (await exists(join(desk.folders.out, `${nameOf(day)}${desk.suffix}`))) day = nextDay(day)
  const content = charset('gb18030').encode(statementText(fundingAccount, day, entries))
  await publishAnswer(desk, nameOf(day), async function* () {
    yield content
  })
  desk.report(`${desk.bank} left a statement of ${entries.length} entries: ${nameOf(day)}`)
}

const openingFen = 1_000_000_000_00n

function statementText(account: string, day: string, entries: readonly Entry[]): string {
  const shortDay = day.slice(2).replaceAll('-', '')
  const sum = (direction: Entry['direction']): bigint =>
    entries.reduce((all, entry) => (entry.direction === direction ? all + entry.amountFen : all), 0n)
  return [
    `:20:ST${shortDay}`,
    `:25:${account}`,
    ':28C:1/1',
    `:60F:C${shortDay}CNY${comma(openingFen)}`,
    ...entries.flatMap((entry) => entryLines(shortDay, entry)),
    `:62F:C${shortDay}CNY${comma(openingFen + sum('C') - sum('D'))}`,
    '-',
    '',
  ].join('\n')
}

const entryLines = (shortDay: string, { direction, amountFen, ref, words, account }: Entry): string[] => [
  `:61:${shortDay}${direction}${comma(amountFen)}NTRFNONREF//${ref}`,
  `:86:020?00${words}${account === undefined ? '' : `?31${account}`}`,
]

const comma = (fen: bigint): string => `${fen / 100n},${`${fen % 100n}`.padStart(2, '0')}`
