/** What acceptance writes: positions, holds with their history and correction requests, and the batch's own end. */
import { money } from '../../formats/values/money.ts'
import { type BatchId, bankNo } from '../ledger/batch.ts'
import { moveMoney } from '../ledger/position-store.ts'
import type { Queryable } from '../store/pool.ts'
import type { Stage } from './stage-store.ts'

/** Opens the position of the batch at every bank that it names: all of it waits. */
export async function openPositions(tx: Queryable, stage: Stage): Promise<void> {
  await tx.query(
    `insert into position (batch_id, bank_no, accepted_count, accepted_fen, waiting_count, waiting_fen)
     select $1, bank_no, n, fen, n, fen from (
       select bank_no, count(*)::int as n, sum(amount_fen)::bigint as fen from ${stage.lines} where batch_id = $1
       group by bank_no) sums`,
    [stage.batchId],
  )
}

const heldLines = (stage: Stage): string => `
  select s.seq, s.bank_no, s.amount_fen, h.reason_code, h.fields from (
    select seq, (array_agg(coalesce(facts->>'rule', code) order by finding_id))[1] as reason_code,
      array_agg(distinct field) as fields
    from line_finding where batch_id = $1 and level = 'hold' group by seq) h
  join ${stage.lines} s on s.batch_id = $1 and s.seq = h.seq`

/** Holds the lines that their bank cannot take: state, history, the request for correction, and the money's move. */
export async function holdLines(tx: Queryable, stage: Stage, client: string, at: Date): Promise<void> {
  const cause = 'its bank cannot take it as it is'
  const held = await tx.query<{ bank_no: number; n: number; fen: bigint }>(
    `with held as (${heldLines(stage)}), states as (
       insert into instruction_state (batch_id, seq, bank_no, state, amount_fen, reason_code, reason_class, since)
       select $1, seq, bank_no, 'held', amount_fen, reason_code, 'C', $3 from held), events as (
       insert into instruction_event (batch_id, seq, from_state, to_state, reason_code, cause, actor, business_at)
       select $1, seq, 'waiting', 'held', reason_code, $4, $2, $3 from held order by seq), asked as (
       insert into correction (client, batch_id, seq, reason_code, reason_class, wanted, fields, opened_at)
       select $2, $1, seq, reason_code, 'C', 'corrected-data', fields, $3 from held order by seq)
     select bank_no, count(*)::int as n, sum(amount_fen)::bigint as fen from held group by bank_no order by bank_no`,
    [stage.batchId, client, at, cause],
  )
  for (const { bank_no, n, fen } of held.rows) {
    const move = {
      batchId: stage.batchId,
      bankNo: bankNo(bank_no),
      from: 'waiting',
      to: 'held',
      count: n,
    } as const
    await moveMoney(tx, { ...move, amountFen: money(fen), cause, actor: client, businessAt: at })
  }
}

/** How a batch ended. */
export interface BatchEnd {
  readonly state: 'accepted' | 'refused'
  readonly contentSha256: string
  readonly reportJson: string
  readonly range: { readonly least: string; readonly most: string } | undefined
  readonly at: Date
}

/** Records the end of a batch's intake. */
export async function endBatch(tx: Queryable, id: BatchId, end: BatchEnd): Promise<void> {
  await tx.query(
    `update batch set state = $2, content_sha256 = $3, report = $4, min_instruction_id = $5, max_instruction_id = $6,
       settled_at = $7 where batch_id = $1`,
    [
      ...[id, end.state, Buffer.from(end.contentSha256, 'hex'), end.reportJson],
      ...[end.range?.least ?? null, end.range?.most ?? null, end.at],
    ],
  )
}

/** Room for set-based checks over a million lines; the time-out is lifted by the caller's transaction. */
export async function makeRoom(tx: Queryable): Promise<void> {
  await tx.query(`set local work_mem = '256MB'`)
  await tx.query(`set local maintenance_work_mem = '256MB'`)
  await tx.query(`set local lock_timeout = '60s'`)
}
