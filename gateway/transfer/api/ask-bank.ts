/**
 * Asks a bank about one file under the same reference, within the number and spacing of queries that were agreed, and
 * keeps what it said: the raw answer with its exchange, and a result until it is collected (law 6).
 */
import type { ContractedBank } from '../../banks/bank-book.ts'
import type { ApiTerms } from '../../banks/channel-schema.ts'
import type { Clock } from '../../clock.ts'
import { asFault, Fault } from '../../faults.ts'
import type { Db } from '../../store/pool.ts'
import { inTransaction } from '../../store/transaction.ts'
import { openOnce } from '../own-exception-store.ts'
import { refuseSentFile } from '../refusal/refuse-bank-file.ts'
import {
  beginExchange,
  claimQuery,
  type ExchangeEnd,
  endExchange,
  keepAnswer,
  keepRaw,
  readPause,
  recordPause,
} from './api-store.ts'
import type { Answered, BankApi, Said } from './bank-api.ts'
import type { QueryUse } from './decide-query.ts'
import type { Exchange, HttpsLine } from './https-line.ts'
import type { OrderedFile } from './order-store.ts'
import { retryAfterMs } from './retry-after.ts'

/** What talking to one bank uses. */
export interface ApiDesk {
  readonly db: Db
  readonly clock: Clock
  readonly bank: ContractedBank
  readonly terms: ApiTerms
  readonly api: BankApi
  readonly line: HttpsLine
}

/** What came of a question; `put-off` was not asked. */
export type Asked =
  | { readonly kind: 'asked' }
  | { readonly kind: 'put-off'; readonly why: string }
  | { readonly kind: 'trouble'; readonly fault: Fault }

/** Asks about a file if it may be asked about now. Rejects only when the database does. */
export async function askBank(desk: ApiDesk, ordered: OrderedFile, use: QueryUse): Promise<Asked> {
  const now = desk.clock.now()
  const pause = await readPause(desk.db, desk.bank.bankNo, now)
  if (pause) return { kind: 'put-off', why: `the bank asked us to wait until ${pause.toISOString()}` }
  const leave = await claimQuery(desk.db, ordered.file, desk.terms.queries, now, use)
  if (leave.kind === 'exhausted')
    return { kind: 'put-off', why: `the bank allows no more queries of this file after ${leave.asked}` }
  if (leave.kind === 'kept-back')
    return { kind: 'put-off', why: 'the last query is kept back until the result is late' }
  if (leave.kind === 'wait' || leave.exchangeNo === undefined)
    return { kind: 'put-off', why: 'the bank is asked again later' }
  return readResult(desk, ordered, leave.exchangeNo)
}

/** The first call is the query; a result in pages is whole only when its last page is in. */
async function readResult(desk: ApiDesk, ordered: OrderedFile, queryNo: bigint): Promise<Asked> {
  const pages: Buffer[] = []
  let sizeBytes = 0
  let from: string | undefined
  for (
    let exchangeNo = queryNo;
    ;
    exchangeNo = await beginExchange(desk.db, ordered.file, 'page', now(desk))
  ) {
    const step = await exchangeOnce(desk, ordered, exchangeNo, from)
    if (step.kind === 'trouble') return step
    const { said, page, next } = step.answered
    if (said.kind === 'refused') await refuseSent(desk, ordered, said.code)
    if (page) pages.push(page)
    sizeBytes += page?.length ?? 0
    if (sizeBytes > desk.terms.maxAnswerBytes)
      return trouble('the pages of the result are too long together', desk.terms.maxAnswerBytes)
    if (next === undefined) break
    if (pages.length >= mostPages(desk.terms) || next === from)
      return trouble('the pages do not end', pages.length)
    from = next
  }
  if (pages.length > 0) await keepAnswer(desk.db, ordered, Buffer.concat(pages), now(desk))
  return { kind: 'asked' }
}

/**
 * A bank that had taken a file refuses it whole later. While a sending is in doubt the same word is weighed with the
 * other evidence instead, and lines that were answered contradict it, which people have to see.
 */
async function refuseSent(desk: ApiDesk, { file }: OrderedFile, code: string): Promise<void> {
  if (file.state === 'sending' || file.state === 'unconfirmed') return
  const { fileId, bankNo, name } = file
  const at = now(desk)
  await inTransaction(desk.db, async (tx) => {
    const end = await refuseSentFile(tx, { fileId, reason: 'FILE_REFUSED', code, text: '', at })
    if (end !== 'contradicts') return
    const facts = { name, code, contradicts: 'lines that were answered' }
    await openOnce(tx, { kind: 'file-refused', bankNo, fileId, facts, at })
  })
}

const now = (desk: ApiDesk): Date => desk.clock.now()

const mostPages = (terms: ApiTerms): number => (terms.shape === 'json-sm' ? terms.maxPages : 1)

const trouble = (reason: string, limit: number): Asked => ({
  kind: 'trouble',
  fault: new Fault('BANK_TIMEOUT', { reason, limit }),
})

type Step =
  | { readonly kind: 'answered'; readonly answered: Answered }
  | { readonly kind: 'trouble'; readonly fault: Fault }

async function exchangeOnce(
  desk: ApiDesk,
  { file, order }: OrderedFile,
  exchangeNo: bigint,
  from: string | undefined,
): Promise<Step> {
  const end = (how: ExchangeEnd): Promise<void> => endExchange(desk.db, exchangeNo, now(desk), how)
  let exchange: Exchange
  try {
    exchange = await desk.line.post(await desk.api.question(order, now(desk), from))
  } catch (error) {
    exchange = { kind: 'not-sent', fault: asFault(error, 'BANK_UNREACHABLE') }
  }
  await keepRaw(desk.db, exchangeNo, exchange)
  const failed = await settleFailure(desk, exchange, end)
  if (failed || exchange.kind !== 'answered')
    return { kind: 'trouble', fault: failed ?? new Fault('INTERNAL', { fileId: file.fileId }) }
  const answered = desk.api.answered(order, exchange.body)
  await end(outcomeOf(answered.said))
  if (answered.said.kind !== 'unclear') return { kind: 'answered', answered }
  return { kind: 'trouble', fault: new Fault('SEND_UNCONFIRMED', { reason: answered.said.reason }) }
}

/** Ends an exchange that brought no answer that could be read; the fault, or undefined when there is one to read. */
export async function settleFailure(
  desk: ApiDesk,
  exchange: Exchange,
  end: (how: ExchangeEnd) => Promise<void>,
): Promise<Fault | undefined> {
  switch (exchange.kind) {
    case 'not-sent':
      await end({ outcome: 'not-sent', reason: exchange.fault.code })
      return exchange.fault
    case 'unanswered':
      await end({ outcome: 'unanswered', reason: `${exchange.fault.facts.reason ?? exchange.fault.code}` })
      return exchange.fault
    case 'busy': {
      const { status, retryAfter } = exchange
      const until = new Date(now(desk).getTime() + retryAfterMs(retryAfter, now(desk)))
      await recordPause(desk.db, desk.bank.bankNo, until)
      await end({ outcome: 'busy', reason: `HTTP ${status}` })
      return new Fault('BANK_TIMEOUT', { status, until: until.toISOString() })
    }
    case 'answered':
      if (exchange.status === 200) return undefined
      await end({ outcome: 'unclear', reason: `HTTP ${exchange.status}` })
      return new Fault('SEND_UNCONFIRMED', { status: exchange.status })
  }
}

/** What is written down of a word of the bank. */
export function outcomeOf(said: Said): Pick<ExchangeEnd, 'outcome' | 'reason'> {
  switch (said.kind) {
    case 'refused':
      return { outcome: 'refused', reason: said.code }
    case 'unclear':
      return { outcome: 'unclear', reason: said.reason }
    case 'accepted':
    case 'in-progress':
    case 'not-known':
      return { outcome: said.kind }
  }
}
