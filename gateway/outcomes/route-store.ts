/** Carries routes out for all lines of one answer and one reason at a time. */
import type { ReasonClass } from '../../formats/bank-file.ts'
import { type Money, money } from '../../formats/values/money.ts'
import type { BankNo, Batch, BatchId } from '../ledger/batch.ts'
import type { Queryable } from '../store/pool.ts'
import type { Wanted } from './decide-route.ts'

/** Lines of one batch that failed or came back for one reason, in one answer or statement. */
export interface ReasonGroup {
  readonly batchId: BatchId
  readonly bankNo: BankNo
  readonly state: 'failed' | 'returned'
  readonly reasonCode: string
  readonly reasonClass: ReasonClass
}

/**
 * What has not been routed yet of one answer; locked, so that no person's decision comes between. A correction that was
 * given up belongs to an earlier word: the line came back to failed or returned after it.
 */
export async function readUnrouted(tx: Queryable, inboundId: number): Promise<ReasonGroup[]> {
  const { rows } = await tx.query<{
    batch_id: BatchId
    bank_no: BankNo
    state: 'failed' | 'returned'
    reason_code: string
    reason_class: ReasonClass
  }>(
    `with unrouted as (select s.batch_id, s.bank_no, s.state, s.reason_code, s.reason_class from instruction_state s
       left join correction c using (batch_id, seq)
       where s.inbound_id = $1 and s.state in ('failed', 'returned') and (c.correction_id is null or c.state = 'given-up')
       for update of s)
     select distinct * from unrouted order by 1, 2, 3, 4, 5`,
    [inboundId],
  )
  return rows.map((row) => ({
    batchId: row.batch_id,
    bankNo: row.bank_no,
    state: row.state,
    reasonCode: row.reason_code,
    reasonClass: row.reason_class,
  }))
}

/** What a route needs to know. */
export interface RouteContext {
  readonly batch: Batch
  readonly inboundId: number
  readonly at: Date
}

const groupOf = `s.inbound_id = $1 and s.state = $2 and s.reason_code = $3 and s.reason_class = $4 and s.batch_id = $5`
const groupValues = (context: RouteContext, group: ReasonGroup): unknown[] => [
  context.inboundId,
  group.state,
  group.reasonCode,
  group.reasonClass,
  group.batchId,
]

/** Opens a correction for every line of the group. */
export async function openCorrections(
  tx: Queryable,
  context: RouteContext,
  group: ReasonGroup,
  wanted: Wanted,
  fields: readonly string[],
): Promise<void> {
  await tx.query(
    `insert into correction (client, batch_id, seq, reason_code, reason_class, wanted, fields, opened_at)
     select $6, s.batch_id, s.seq, s.reason_code, s.reason_class, $7, $8, $9 from instruction_state s where ${groupOf}
     on conflict (batch_id, seq) do update set state = 'open', reason_code = excluded.reason_code,
       reason_class = excluded.reason_class, wanted = excluded.wanted, fields = excluded.fields, opened_at = excluded.opened_at
       where correction.state <> 'reissued'`,
    [...groupValues(context, group), context.batch.client, wanted, fields, context.at],
  )
}

/** Opens a treasury return for every line of the group, with the voucher under which the money left. */
export async function openTreasuryReturns(
  tx: Queryable,
  context: RouteContext,
  group: ReasonGroup,
): Promise<void> {
  await tx.query(
    `insert into treasury_return (client, batch_id, seq, bank_no, amount_fen, reason_code, cause, decided_by,
       original_voucher_no, original_date, opened_at)
     select $6, s.batch_id, s.seq, s.bank_no, s.amount_fen, s.reason_code, 'reason-class', 'huida', $7,
       coalesce(f.business_date, ($8::timestamptz at time zone 'Asia/Shanghai')::date), $8
     from instruction_state s left join bank_file f on f.file_id = s.file_id where ${groupOf}
     on conflict (batch_id, seq) do update set state = 'pending', reason_code = excluded.reason_code, cause = excluded.cause,
       decided_by = excluded.decided_by, opened_at = excluded.opened_at where treasury_return.state = 'withdrawn'`,
    [...groupValues(context, group), context.batch.client, context.batch.voucherNo ?? null, context.at],
  )
}

/** Moves every line of the group to its next state with its history; gives count and fen. */
export async function moveGroup(
  tx: Queryable,
  context: RouteContext,
  group: ReasonGroup,
  to: 'correcting' | 'treasury_pending',
  cause: string,
): Promise<{ count: number; amountFen: Money }> {
  const { rows } = await tx.query<{ count: bigint; fen: bigint | null }>(
    `with moved as (update instruction_state s set state = $6, since = $7 where ${groupOf} returning batch_id, seq, amount_fen),
     told as (insert into instruction_event (batch_id, seq, from_state, to_state, reason_code, cause, actor, inbound_id, business_at)
       select batch_id, seq, $2, $6, $3, $8, 'huida', $1, $7 from moved)
     select count(*) as count, sum(amount_fen)::bigint as fen from moved`,
    [...groupValues(context, group), to, context.at, cause],
  )
  return { count: Number(rows[0]?.count ?? 0n), amountFen: money(rows[0]?.fen ?? 0n) }
}
