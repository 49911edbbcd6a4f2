/** The ledger that the demo prints: what became of every fen at each bank, told from the positions and the feed. */
import { formatYuan, type Money, money } from '../../formats/values/money.ts'
import { instructionStates } from '../../gateway/ledger/instruction-states.ts'
import type { BatchPosition, FeedOutcome } from './platform-client.ts'

/** Count and fen. */
export interface Sum {
  count: number
  amountFen: bigint
}

/** What became of the money at one bank, or in total. */
export interface BankLedger {
  readonly accepted: Sum
  readonly states: Record<string, Sum>
  readonly failedByReason: Record<string, Sum>
  readonly returnedLate: Sum
  /** Payments that the bank ever reported as paid. */
  readonly paidEver: Sum
  smsRequested: number
}

/** Ledger of a run: by bank and in total. */
export interface DemoLedger {
  readonly banks: Record<string, BankLedger>
  readonly total: BankLedger
}

const nothing = (): Sum => ({ count: 0, amountFen: 0n })

const emptyLedger = (): BankLedger => ({
  accepted: nothing(),
  states: Object.fromEntries(instructionStates.map((state) => [state, nothing()])),
  failedByReason: {},
  returnedLate: nothing(),
  paidEver: nothing(),
  smsRequested: 0,
})

/** Begins a ledger for these banks. */
export const openLedger = (banks: readonly string[]): DemoLedger => ({
  banks: Object.fromEntries([...banks].sort().map((bank) => [bank, emptyLedger()])),
  total: emptyLedger(),
})

/** Adds the final position of a batch. */
export function addPosition(ledger: DemoLedger, { position }: BatchPosition): void {
  for (const { bank, accepted, states } of position.banks) {
    for (const book of booksOf(ledger, bank)) {
      addTo(book.accepted, accepted.count, accepted.amountFen)
      for (const [state, standing] of Object.entries(states))
        addTo(entry(book.states, state), standing.count, standing.amountFen)
    }
  }
}

/** Adds one outcome of the feed. */
export function addOutcome(ledger: DemoLedger, { bank, outcome, amountFen, reason }: FeedOutcome): void {
  for (const book of booksOf(ledger, bank)) {
    if (outcome === 'paid') addTo(book.paidEver, 1, amountFen)
    if (outcome === 'returned') addTo(book.returnedLate, 1, amountFen)
    if (outcome === 'failed') addTo(entry(book.failedByReason, reason.code), 1, amountFen)
  }
}

/** Adds SMS requests made for a bank's people. */
export function addSms(ledger: DemoLedger, bank: string, count: number): void {
  for (const book of booksOf(ledger, bank)) book.smsRequested += count
}

function booksOf(ledger: DemoLedger, bank: string): BankLedger[] {
  const book = ledger.banks[bank]
  return book ? [book, ledger.total] : [ledger.total]
}

function addTo(sum: Sum, count: number, amountFen: number): void {
  sum.count += count
  sum.amountFen += BigInt(amountFen)
}

function entry(sums: Record<string, Sum>, key: string): Sum {
  const sum = sums[key] ?? nothing()
  sums[key] = sum
  return sum
}

const rows: readonly { readonly label: string; readonly of: (book: BankLedger) => Sum }[] = [
  { label: '已受理 accepted', of: (book) => book.accepted },
  { label: '已发放 paid', of: (book) => book.states['paid'] ?? nothing() },
  { label: '已更正重发 re-issued', of: (book) => book.states['reissued'] ?? nothing() },
  { label: '已退国库 returned to treasury', of: (book) => book.states['treasury_returned'] ?? nothing() },
  { label: '  曾退汇 of it returned late', of: (book) => book.returnedLate },
]

/** The ledger as text for a terminal; `envelopes` tells by bank code how files were sealed. */
export function formatLedger(ledger: DemoLedger, envelopes: Readonly<Record<string, string>>): string {
  const books = [...Object.entries(ledger.banks), ['合计 total', ledger.total] as const]
  return books
    .map(([bank, book]) =>
      [
        `\n${bank}`,
        ...envelope(envelopes[bank]),
        ...rows.map((row) => line(row.label, row.of(book))),
        ...openRows(book),
        ...reasons(book),
        sms(book),
      ].join('\n'),
    )
    .join('\n')
}

const envelope = (title: string | undefined): string[] =>
  title === undefined ? [] : [`  ${pad('信封 envelope', 34)}${title}`]

/** States in which nothing should rest at the end show only when something does. */
function openRows(book: BankLedger): string[] {
  const atRest = new Set(['paid', 'reissued', 'treasury_returned'])
  return Object.entries(book.states)
    .filter(([state, sum]) => !atRest.has(state) && sum.count > 0)
    .map(([state, sum]) => line(`! ${state}`, sum))
}

const reasons = (book: BankLedger): string[] =>
  Object.entries(book.failedByReason)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([code, sum]) => line(`  失败 ${code}`, sum))

const sms = (book: BankLedger): string =>
  `  ${pad('短信请求 SMS requested', 34)}${String(book.smsRequested).padStart(10)}`

const line = (label: string, sum: Sum): string =>
  `  ${pad(label, 34)}${String(sum.count).padStart(10)}  ${yuan(money(sum.amountFen)).padStart(20)} 元`

const yuan = (amount: Money): string => formatYuan(amount).replace(/\B(?=(\d{3})+(?=\.))/g, ',')

/** Pads to a width in terminal columns: a Chinese character takes two. */
function pad(text: string, columns: number): string {
  const wide = [...text].filter((character) => character > '\u2e7f').length
  return text + ' '.repeat(Math.max(1, columns - text.length - wide))
}
