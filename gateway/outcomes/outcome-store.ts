/** Reads slices of the feed and the facts that they point at. */
import type { ReasonClass } from '../../formats/bank-file.ts'
import { money } from '../../formats/values/money.ts'
import type { Queryable } from '../store/pool.ts'
import type { FeedCursor, Outcome } from './outcome.ts'

/** A slice of the feed. */
export interface FeedSlice {
  readonly feedNo: bigint
  readonly kind: 'results' | 'later'
  readonly batchId: number
  readonly shard: number
  readonly inboundId: number
  readonly loSeq: number
  readonly hiSeq: number
}

/** Slices of a client from the cursor's own on, unless that was read to its end; at most `limit`. */
export async function readSlices(
  db: Queryable,
  client: string,
  after: FeedCursor,
  limit: number,
): Promise<FeedSlice[]> {
  const { rows } = await db.query<{
    feed_no: bigint
    kind: FeedSlice['kind']
    batch_id: number
    shard: number
    inbound_id: number
    lo_seq: number
    hi_seq: number
  }>(
    `select s.feed_no, s.kind, s.batch_id, b.shard, s.inbound_id, s.lo_seq, s.hi_seq from feed_slice s join batch b using (batch_id)
     where s.client = $1 and s.feed_no >= $2 and (s.feed_no > $2 or s.hi_seq > $3) order by s.feed_no limit $4`,
    [client, after.feedNo, after.seq, limit],
  )
  return rows.map((row) => ({
    feedNo: row.feed_no,
    kind: row.kind,
    batchId: row.batch_id,
    shard: row.shard,
    inboundId: row.inbound_id,
    loSeq: row.lo_seq,
    hiSeq: row.hi_seq,
  }))
}

interface OutcomeRow {
  seq: number
  batch_no: string
  instruction_id: string
  bank: string
  outcome: Outcome['outcome']
  amount_fen: bigint
  reason_code: string
  reason_class: ReasonClass
  bank_code: string
  bank_text: string
  answer: string
  collected_at: Date
}

/** Cuts the page first, so that a join looks up its lines only and never walks the batch. */
const told = (page: string): string => `with page as materialized (${page})
  select p.seq, p.outcome, i.instruction_id, b.batch_no, k.bank, i.amount_fen, e.reason_code, e.reason_class, e.bank_code,
    e.bank_text, f.name as answer, f.collected_at
  from page p cross join lateral (select instruction_id, bank_no, amount_fen from instruction
      where shard = $1 and batch_id = $2 and seq = p.seq offset 0) i
    join batch b on b.batch_id = $2 join bank k on k.bank_no = i.bank_no join bank_reason e using (reason_id)
    join inbound_file f on f.inbound_id = $3
  order by p.seq`

const pageValues = (slice: FeedSlice, afterSeq: number, limit: number): readonly unknown[] => [
  slice.shard,
  slice.batchId,
  slice.inboundId,
  Math.max(afterSeq, slice.loSeq - 1),
  limit,
  slice.hiSeq,
]

/** First final answers of a slice behind a seq; those that people overruled later were told all the same. */
export function readResults(
  db: Queryable,
  slice: FeedSlice,
  afterSeq: number,
  limit: number,
): Promise<{ seq: number; outcome: Outcome }[]> {
  return outcomes(
    db,
    told(`select * from (
        (select seq, reason_id, case when paid then 'paid' else 'failed' end as outcome from result_item
          where shard = $1 and batch_id = $2 and inbound_id = $3 and seq > $4 and seq <= $6 order by seq limit $5)
        union all (select seq, reason_id, outcome from later_result where batch_id = $2 and inbound_id = $3
          and seq > $4 and seq <= $6 and verdict = 'overruled' order by seq limit $5)) first order by seq limit $5`),
    pageValues(slice, afterSeq, limit),
  )
}

/**
 * Returns, contradictions and what people decided of them, behind a seq, one a line: a contradiction tells more than a
 * return, and a decision has a slice of its own.
 */
export function readLater(
  db: Queryable,
  slice: FeedSlice,
  afterSeq: number,
  limit: number,
): Promise<{ seq: number; outcome: Outcome }[]> {
  return outcomes(
    db,
    told(`select distinct on (seq) seq, reason_id, case verdict when 'decided' then outcome else verdict end as outcome
      from later_result where batch_id = $2 and inbound_id = $3 and seq > $4 and seq <= $6
        and verdict in ('returned', 'conflicting', 'decided')
      order by seq, verdict, later_id limit $5`),
    pageValues(slice, afterSeq, limit),
  )
}

async function outcomes(
  db: Queryable,
  text: string,
  values: readonly unknown[],
): Promise<{ seq: number; outcome: Outcome }[]> {
  const { rows } = await db.query<OutcomeRow>(text, values)
  return rows.map((row) => ({
    seq: row.seq,
    outcome: {
      batchNo: row.batch_no,
      instructionId: row.instruction_id,
      bank: row.bank,
      outcome: row.outcome,
      amountFen: money(row.amount_fen),
      reason: {
        code: row.reason_code,
        class: row.reason_class,
        bankCode: row.bank_code,
        bankText: row.bank_text,
      },
      answer: row.answer,
      at: row.collected_at,
    },
  }))
}
