/**
 * What is kept of calls to bank APIs: every exchange about a file with the bank's raw answer, the latest results until
 * they are collected, and when a bank asked us to wait. A call is written down before it leaves.
 */
import type { BankFile } from '../../dispatch/bank-file.ts'
import { lockBankFile } from '../../dispatch/bank-file-store.ts'
import { Fault } from '../../faults.ts'
import type { BankNo } from '../../ledger/batch.ts'
import { dropContent, writeContent } from '../../store/content-store.ts'
import type { Db, Queryable } from '../../store/pool.ts'
import { inTransaction } from '../../store/transaction.ts'
import type { RemoteFile } from '../channel.ts'
import { openOnce } from '../own-exception-store.ts'
import {
  decideQuery,
  type ExchangeOutcome,
  type PastExchange,
  type QueryLeave,
  type QueryTerms,
  type QueryUse,
} from './decide-query.ts'
import type { Exchange } from './https-line.ts'
import type { OrderedFile } from './order-store.ts'

/** Everything exchanged about a file, in order. */
export async function readExchanges(db: Queryable, fileId: number): Promise<PastExchange[]> {
  const { rows } = await db.query<{
    purpose: PastExchange['purpose']
    begun_at: Date
    attempt: bigint | null
    outcome: ExchangeOutcome | null
    reason: string | null
  }>(
    'select purpose, begun_at, attempt, outcome, reason from api_exchange where file_id = $1 order by exchange_no',
    [fileId],
  )
  return rows.map(({ purpose, begun_at, attempt, outcome, reason }) => ({
    purpose,
    begunAt: begun_at,
    outcome: outcome ?? undefined,
    ...(attempt !== null && { attempt }),
    ...(reason !== null && { reason }),
  }))
}

/** Writes a call down that is about to leave; its number. */
export async function beginExchange(
  db: Queryable,
  file: Pick<BankFile, 'bankNo' | 'fileId'>,
  purpose: 'query' | 'page',
  at: Date,
): Promise<bigint> {
  const { rows } = await db.query<{ exchange_no: bigint }>(
    'insert into api_exchange (bank_no, file_id, purpose, begun_at) values ($1, $2, $3, $4) returning exchange_no',
    [file.bankNo, file.fileId, purpose, at],
  )
  return rows[0]?.exchange_no ?? 0n
}

/** Writes down that a file is about to be handed over. Throws LEASE_LOST for a sender whom a later one shut out. */
export async function beginSend(
  db: Queryable,
  file: Pick<BankFile, 'bankNo' | 'fileId'>,
  attempt: bigint,
  at: Date,
): Promise<bigint> {
  const { rows } = await db.query<{ exchange_no: bigint }>(
    `insert into api_exchange (bank_no, file_id, purpose, attempt, begun_at)
     select bank_no, file_id, 'send', $2, $3 from bank_file
     where file_id = $1 and send_fence = $2 and send_stage = 'renaming' and state = 'sending'
     returning exchange_no`,
    [file.fileId, attempt, at],
  )
  if (rows[0] === undefined) throw new Fault('LEASE_LOST', { fileId: file.fileId })
  return rows[0].exchange_no
}

/** Takes leave to ask, if there is any, and writes the query down in the same moment: two processes never share one. */
export function claimQuery(
  db: Db,
  file: Pick<BankFile, 'bankNo' | 'fileId'>,
  terms: QueryTerms,
  at: Date,
  use: QueryUse,
): Promise<QueryLeave & { readonly exchangeNo?: bigint }> {
  return inTransaction(db, async (tx) => {
    await lockBankFile(tx, file.fileId)
    const leave = decideQuery(await readExchanges(tx, file.fileId), terms, at, use)
    if (leave.kind === 'exhausted') await tellUsedUp(tx, file, leave.asked, at)
    if (leave.kind !== 'ask') return leave
    return { ...leave, exchangeNo: await beginExchange(tx, file, 'query', at) }
  })
}

/** From here on only the bank's own result, or a person, can say what became of the file; told once. */
async function tellUsedUp(
  tx: Queryable,
  { bankNo, fileId }: Pick<BankFile, 'bankNo' | 'fileId'>,
  asked: number,
  at: Date,
): Promise<void> {
  await openOnce(tx, { kind: 'queries-used-up', bankNo, fileId, facts: { asked }, at })
}

/** Keeps the bytes of an answer before anything reads them (law 6); nothing where there are none. */
export async function keepRaw(db: Db, exchangeNo: bigint, exchange: Exchange): Promise<void> {
  const body = 'body' in exchange ? exchange.body : Buffer.alloc(0)
  if (body.length === 0) return
  await inTransaction(db, async (tx) => {
    const { contentId } = await writeContent(tx, once(body))
    await tx.query('update api_exchange set content_id = $2 where exchange_no = $1', [exchangeNo, contentId])
  })
}

/** How a call ended; `reason` is the bank's code, or in our words why there is none. */
export interface ExchangeEnd {
  readonly outcome: ExchangeOutcome
  readonly reason?: string
}

/** Records how a call ended. */
export async function endExchange(
  db: Queryable,
  exchangeNo: bigint,
  at: Date,
  { outcome, reason }: ExchangeEnd,
): Promise<void> {
  await db.query('update api_exchange set outcome = $2, reason = $3, ended_at = $4 where exchange_no = $1', [
    exchangeNo,
    outcome,
    reason ?? null,
    at,
  ])
}

/** Keeps the latest result of a file until it is collected; one that was collected as it is, is not kept again. */
export async function keepAnswer(
  db: Db,
  { file, resultName }: OrderedFile,
  content: Buffer,
  at: Date,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockBankFile(tx, file.fileId)
    const kept = await writeContent(tx, once(content))
    const known = await tx.query(
      `select 1 from inbound_file where bank_no = $1 and name = $2 and sealed_sha256 = $3
       union all select 1 from api_answer where bank_no = $1 and name = $2 and sha256 = $3`,
      [file.bankNo, resultName, kept.sha256],
    )
    if (known.rowCount > 0) return dropContent(tx, kept)
    await dropAnswers(tx, 'bank_no = $1 and name = $2', [file.bankNo, resultName])
    await tx.query(
      `insert into api_answer (bank_no, name, file_id, content_id, sha256, size_bytes, got_at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [file.bankNo, resultName, file.fileId, kept.contentId, kept.sha256, kept.sizeBytes, at],
    )
  })
}

/** Results that wait to be collected; those that the inbound ledger holds by now are let go of. */
export async function listAnswers(db: Db, no: BankNo): Promise<RemoteFile[]> {
  await inTransaction(db, (tx) =>
    dropAnswers(
      tx,
      `bank_no = $1 and exists (select from inbound_file i where i.bank_no = api_answer.bank_no
         and i.name = api_answer.name and i.sealed_sha256 = api_answer.sha256)`,
      [no],
    ),
  )
  const { rows } = await db.query<{ name: string; size_bytes: bigint; got_at: Date }>(
    'select name, size_bytes, got_at from api_answer where bank_no = $1 order by name',
    [no],
  )
  return rows.map(({ name, size_bytes, got_at }) => ({
    kind: 'file',
    name,
    sizeBytes: Number(size_bytes),
    modifiedAt: got_at,
  }))
}

async function dropAnswers(tx: Queryable, which: string, values: readonly unknown[]): Promise<void> {
  await tx.query(
    `with gone as (delete from api_answer where ${which} returning content_id)
     delete from content using gone where content.content_id = gone.content_id`,
    values,
  )
}

/** Where the bytes of a result lie; undefined when there is none of this name. */
export async function findAnswer(db: Queryable, no: BankNo, name: string): Promise<bigint | undefined> {
  const { rows } = await db.query<{ content_id: bigint }>(
    'select content_id from api_answer where bank_no = $1 and name = $2',
    [no, name],
  )
  return rows[0]?.content_id
}

/** Until when the bank asked us to wait; undefined when it may be called. */
export async function readPause(db: Queryable, no: BankNo, now: Date): Promise<Date | undefined> {
  const { rows } = await db.query<{ until: Date }>(
    'select until from api_pause where bank_no = $1 and until > $2',
    [no, now],
  )
  return rows[0]?.until
}

/** Remembers that the bank asked us to wait; a later time stands. */
export async function recordPause(db: Queryable, no: BankNo, until: Date): Promise<void> {
  await db.query(
    `insert into api_pause (bank_no, until) values ($1, $2)
     on conflict (bank_no) do update set until = greatest(api_pause.until, excluded.until)`,
    [no, until],
  )
}

/** Enters a notice of a bank; false when it came before. */
export async function enterNotice(db: Queryable, no: BankNo, noticeId: string, at: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    'insert into api_notice (bank_no, notice_id, got_at) values ($1, $2, $3) on conflict do nothing',
    [no, noticeId, at],
  )
  return rowCount === 1
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
