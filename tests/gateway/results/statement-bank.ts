/** A bank that leaves statements of our account beside its answers: MT940, written by hand and sealed with its keys. */

import { loadStatements } from '../../../formats/statement/load-statements.ts'
import { charset } from '../../../formats/values/charset.ts'
import { bankBook } from '../../../gateway/banks/open-bank-book.ts'
import { layOut, sealAnswer, sealedNameOf } from '../../support/bank-answers.ts'
import { type Journey, type JourneyOptions, startJourney } from '../../support/journey.ts'

/** Account of the statements. */
export const statementAccount = '43050166360800000777'

/** A journey with one bank, whose agreement has MT940 statements. */
export async function statementJourney(options: JourneyOptions = {}): Promise<Journey> {
  const journey = await startJourney({
    only: ['cmbc'],
    answerDelayMinutes: 1e6,
    lateAnswerHours: 1e5,
    ...options,
  })
  const { bankBook: book } = journey.assembly
  const statement = loadStatements().get('mt940')
  if (!statement) throw new Error('no profile mt940')
  const banks = book.banks.map((bank) => ({
    ...bank,
    statement,
    agreement: {
      ...bank.agreement,
      statement: { profile: 'mt940', account: statementAccount, returnWindowDays: 7 },
    },
  }))
  const value = { ...bankBook(banks, []), programme: book.programme }
  Object.defineProperty(journey.assembly, 'bankBook', { value, enumerable: true })
  return journey
}

/** One entry as the bank writes it. */
export interface BankEntry {
  readonly ref: string
  readonly fen: bigint
  /** Credit unless told. */
  readonly debit?: boolean
  /** `YYMMDD`. */
  readonly day?: string
  readonly words?: string
  readonly original?: string
  readonly account?: string
  readonly reason?: string
}

const yuan = (fen: bigint): string => `${fen / 100n},${`${fen % 100n}`.padStart(2, '0')}`

const entryLines = (entry: BankEntry): string[] => {
  const original = entry.original === undefined ? '' : `?20原流水号:${entry.original} `
  const account = entry.account === undefined ? '' : `?31${entry.account}`
  return [
    `:61:${entry.day ?? '261123'}${entry.debit ? 'D' : 'C'}${yuan(entry.fen)}NTRFNONREF//${entry.ref}`,
    `:86:020?00${entry.words ?? '汇出退回'}${original}?21${entry.reason ?? '账号户名不符'}${account}`,
  ]
}

/** What a statement may be told to get wrong. */
export interface StatementPlan {
  readonly entries: readonly BankEntry[]
  readonly account?: string
  /** Added to the closing balance, so that it does not tie. */
  readonly offFen?: bigint
}

/** Text of a statement of one page. */
export function statementText(plan: StatementPlan): string {
  const opening = 1_000_000_000_00n
  const closing = plan.entries.reduce((sum, { debit, fen }) => sum + (debit ? -fen : fen), opening)
  return [
    ':20:ST',
    `:25:${plan.account ?? statementAccount}`,
    ':28C:1/1',
    `:60F:C261120CNY${yuan(opening)}`,
    ...plan.entries.flatMap(entryLines),
    `:62F:C261124CNY${yuan(closing + (plan.offFen ?? 0n))}`,
    '-',
    '',
  ].join('\n')
}

/** Lays a statement out and lets everything happen that it causes; gives its remote name. */
export async function tellStatement(
  journey: Journey,
  day: string,
  entries: readonly BankEntry[],
  plan: Omit<StatementPlan, 'entries'> = {},
): Promise<string> {
  const name = sealedNameOf(journey, 'cmbc', `MT940_${statementAccount}_${day}.txt`)
  const content = charset('gb18030').encode(statementText({ ...plan, entries }))
  layOut(journey, 'cmbc', name, await sealAnswer(journey, 'cmbc', content))
  const [putOff] = await journey.runQuiet()
  if (putOff?.kind === 'put-off') throw putOff.fault
  return name
}
