/** Compares the banks' own ledgers with ours, line by line and fen by fen, inside the demo's database. */

import { spoolToScratch } from '../../crypto/scratch-file.ts'
import { copyInto, copyOut, copyRow } from '../../gateway/store/copy.ts'
import type { Db, Tx } from '../../gateway/store/pool.ts'
import { inTransaction } from '../../gateway/store/transaction.ts'
import type { BankPosting } from '../simulator/world/read-bank-ledgers.ts'

/** Lines on which a bank and we disagree; all zero when the law holds. */
export interface LedgerDifferences {
  /** The bank credited it, we do not have it as paid in that amount. */
  readonly creditedNotPaid: number
  /** We have it as paid, the bank did not credit it. */
  readonly paidNotCredited: number
  /** The bank credited one instruction more than once, in any file. */
  readonly creditedTwice: number
  /** The bank took it back, we do not have it as returned, or the other way round. */
  readonly returnsDiffer: number
  readonly creditCount: number
}

/** Loads the postings into a temporary table and compares. */
export function compareLedgers(db: Db, postings: AsyncIterable<BankPosting>): Promise<LedgerDifferences> {
  return inTransaction(
    db,
    async (tx) => {
      await tx.query(
        'create temp table posting (bank text, file_name text, place int, seq int, kind text, amount_fen bigint) on commit drop',
      )
      await copyInto(tx, 'copy posting from stdin', rowsOf(postings))
      await tx.query(placesOfLines)
      await tx.query(
        `create temp table credited on commit drop as
         select f.batch_id, h.seq, p.kind, p.amount_fen, f.file_id from posting p
           left join bank k using (bank) left join bank_file f on f.bank_no = k.bank_no and f.name = p.file_name
           left join held h on h.file_id = f.file_id and h.place = p.place and p.seq in (h.seq, h.place)
         where p.kind in ('credit', 'return')`,
      )
      await tx.query('analyze credited')
      const { rows } = await tx.query<Record<keyof LedgerDifferences, bigint>>(comparison)
      const found = rows[0]
      const of = (key: keyof LedgerDifferences): number => Number(found?.[key] ?? -1n)
      return {
        creditedNotPaid: of('creditedNotPaid'),
        paidNotCredited: of('paidNotCredited'),
        creditedTwice: of('creditedTwice'),
        returnsDiffer: of('returnsDiffer'),
        creditCount: of('creditCount'),
      }
    },
    { statementTimeoutMs: 0 },
  )
}

/**
 * A posting is of the line that stands at its place in the file. Its serial must agree: it ends in the line's number,
 * or in the place where the layout has no serials.
 */
const placesOfLines = `create temp table held on commit drop as
  select f.file_id, i.seq, row_number() over (partition by f.file_id order by i.seq) as place
  from bank_file f join batch b using (batch_id)
    join instruction i on i.shard = b.shard and i.batch_id = f.batch_id and i.bank_no = f.bank_no
      and i.seq between f.lo_seq and f.hi_seq
  where case when f.members is null then i.seq <> all (f.gaps) else i.seq = any (f.members) end`

const comparison = `with paid as (select r.batch_id, r.seq, i.amount_fen from result_item r
    join instruction i using (shard, batch_id, seq) where r.paid),
  credits as (select * from credited where kind = 'credit'),
  returns as (select * from credited where kind = 'return'),
  ours_back as (select distinct batch_id, seq from later_result where verdict = 'returned')
  select
    (select count(*) from credits c left join paid p using (batch_id, seq)
      where p.seq is null or p.amount_fen <> c.amount_fen) as "creditedNotPaid",
    (select count(*) from paid p left join credits c using (batch_id, seq) where c.seq is null) as "paidNotCredited",
    (select count(*) from (select 1 from credits group by batch_id, seq having count(*) > 1) t) as "creditedTwice",
    (select count(*) from returns r full join ours_back o using (batch_id, seq) where r.file_id is null or o.seq is null) as "returnsDiffer",
    (select count(*) from credits) as "creditCount"`

async function* rowsOf(postings: AsyncIterable<BankPosting>): AsyncIterable<Buffer> {
  let text = ''
  for await (const { bank, fileName, place = null, serial, kind, amountFen } of postings) {
    const seq = serial === '' ? null : Number(serial.slice(-8))
    text += copyRow([bank, fileName, place, seq, kind, amountFen])
    if (text.length < 100_000) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}

/** SMS messages that were asked for, by bank code. */
export async function countSms(db: Db): Promise<{ bank: string; messages: number }[]> {
  const { rows } = await db.query<{ bank: string; messages: bigint }>(
    `select k.bank, coalesce(sum(message_count), 0)::bigint as messages from sms_request join bank k using (bank_no)
     where state = 'accepted' group by 1 order by 1`,
  )
  return rows.map((row) => ({ bank: row.bank, messages: Number(row.messages) }))
}

/** How much the gateway has open: work due or under way, answers seen and not fetched, and all answers ever fetched. */
export async function readGatewayWork(db: Db, now: Date): Promise<{ open: number; fetched: number }> {
  const { rows } = await db.query<{ open: bigint; fetched: bigint }>(
    `select (select count(*) from due_work where step <> 'collect' and (due_at <= $1 or leased_until > now()))
       + (select count(*) from inbound_sighting where not collected) as open,
       (select count(*) from inbound_sighting) as fetched`,
    [now],
  )
  return { open: Number(rows[0]?.open ?? 0n), fetched: Number(rows[0]?.fetched ?? 0n) }
}

/** When work that a fault put off is due next; undefined when there is none, or none before a person has acted. */
export async function readNextRetry(db: Db, now: Date): Promise<Date | undefined> {
  const { rows } = await db.query<{ dueAt: Date | null }>(
    'select min(due_at) as "dueAt" from due_work where last_fault is not null and tries < 20 and due_at > $1',
    [now],
  )
  return rows[0]?.dueAt ?? undefined
}

/** A number that changes whenever anything was recorded. */
export async function readPulse(db: Db): Promise<string> {
  const { rows } = await db.query<{ pulse: string }>(
    `select concat_ws('/', (select max(move_id) from position_move), (select max(event_no) from bank_file_event),
       (select max(event_no) from inbound_file_event), (select count(*) from sms_request where state = 'accepted'),
       (select count(*) from inbound_sighting where not collected)) as pulse`,
  )
  return rows[0]?.pulse ?? ''
}

/**
 * Seconds that PostgreSQL needs to take the same instructions by COPY from a local file into a bare table: the floor
 * of this machine in this run.
 */
export async function measureCopyFloor(db: Db, folder: string): Promise<number> {
  const unlimited = { statementTimeoutMs: 0 }
  const copied = 'copy (select * from instruction) to stdout'
  const rows = await inTransaction(db, (tx) => spoolToScratch(copyOut(tx, copied), folder), unlimited)
  try {
    return await inTransaction(db, (tx) => timeCopy(tx, rows.content()), unlimited)
  } finally {
    await rows.discard()
  }
}

async function timeCopy(tx: Tx, rows: AsyncIterable<Buffer>): Promise<number> {
  await tx.query('create table copy_floor (like instruction)')
  const startMs = performance.now()
  await copyInto(tx, 'copy copy_floor from stdin', rows)
  const seconds = Math.round(performance.now() - startMs) / 1000
  await tx.query('drop table copy_floor')
  return seconds
}
