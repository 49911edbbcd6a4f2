/**
 * Writes what people decided of the lines on the list: results, states, history, what the decision takes the place of,
 * and the ends of what was begun on the earlier word. One statement each.
 */
import type { Queryable } from '../../store/pool.ts'
import type { LinePlaces } from './deciding-store.ts'

/** Lines, the evidence that speaks of them, and who entered it. */
export interface DecidedRef extends LinePlaces {
  readonly inboundId: number
  readonly resolutionId: bigint
  readonly cause: string
  readonly actor: string
  readonly at: Date
}

/**
 * Lines that had a first final answer and got another: the answer stays as a fact of its file, and the row of the line
 * follows the decision, so that everything that reads results reads what holds.
 */
export async function overrule(tx: Queryable, of: DecidedRef): Promise<void> {
  await tx.query(
    `insert into later_result (batch_id, seq, inbound_id, file_id, line_no, outcome, reason_id, amount_fen, verdict)
     select r.batch_id, r.seq, r.inbound_id, r.file_id, r.line_no, case when r.paid then 'paid' else 'failed' end, r.reason_id,
       r.amount_fen, 'overruled'
     from deciding d join result_item r on r.shard = $1 and r.batch_id = $2 and r.seq = d.seq where d.moved`,
    [of.shard, of.file.batchId],
  )
  await tx.query(
    `update result_item r set paid = d.paid, reason_id = d.reason_id, inbound_id = $3, line_no = 0, amount_fen = d.amount_fen,
       file_id = $4
     from deciding d where r.shard = $1 and r.batch_id = $2 and r.seq = d.seq and d.moved`,
    [of.shard, of.file.batchId, of.inboundId, of.file.fileId],
  )
}

/** First final answers of lines that had none; gives how many. */
export async function insertResults(tx: Queryable, of: DecidedRef): Promise<number> {
  const { rowCount } = await tx.query(
    `insert into result_item (amount_fen, shard, batch_id, seq, inbound_id, file_id, line_no, reason_id, paid)
     select amount_fen, $1, $2, seq, $3, $4, 0, reason_id, paid from deciding where not answered`,
    [of.shard, of.file.batchId, of.inboundId, of.file.fileId],
  )
  return rowCount
}

/** Facts of contradictions that were ended, for the feed; gives how many. */
export async function tellDecided(tx: Queryable, of: DecidedRef): Promise<number> {
  const { rowCount } = await tx.query(
    `insert into later_result (batch_id, seq, inbound_id, file_id, line_no, outcome, reason_id, amount_fen, verdict)
     select $1, seq, $2, $3, 0, case when paid then 'paid' else 'failed' end, reason_id, amount_fen, 'decided'
     from deciding where answered`,
    [of.file.batchId, of.inboundId, of.file.fileId],
  )
  return rowCount
}

/** History and states: failed lines get a row that is routed by the evidence, paid ones go back into the ordinary. */
export async function recordStates(tx: Queryable, of: DecidedRef): Promise<void> {
  const { batchId, bankNo, fileId } = of.file
  await tx.query(
    `insert into instruction_event (batch_id, seq, from_state, to_state, reason_code, cause, actor, inbound_id, business_at)
     select $1, d.seq, d.from_state, case when d.paid then 'paid' else 'failed' end, b.reason_code, $2, $3, $4, $5
     from deciding d join bank_reason b using (reason_id) order by d.seq`,
    [batchId, of.cause, of.actor, of.inboundId, of.at],
  )
  await tx.query(
    `insert into instruction_state (batch_id, seq, bank_no, state, amount_fen, reason_code, reason_class, bank_code,
       bank_text, file_id, inbound_id, since)
     select $1, d.seq, $2, 'failed', d.amount_fen, b.reason_code, b.reason_class, b.bank_code, b.bank_text, $3, $4, $5
     from deciding d join bank_reason b using (reason_id) where not d.paid
     on conflict (batch_id, seq) do update set state = 'failed', reason_code = excluded.reason_code,
       reason_class = excluded.reason_class, bank_code = excluded.bank_code, bank_text = excluded.bank_text,
       file_id = excluded.file_id, inbound_id = excluded.inbound_id, since = excluded.since`,
    [batchId, bankNo, fileId, of.inboundId, of.at],
  )
  await tx.query(
    'delete from instruction_state s using deciding d where s.batch_id = $1 and s.seq = d.seq and d.paid',
    [batchId],
  )
}

/** What was begun on the earlier word ends: a correction that was asked for, a treasury return that was not booked. */
export async function endBegun(tx: Queryable, of: DecidedRef): Promise<void> {
  const values = [of.file.batchId, of.at]
  await tx.query(
    `update correction c set state = 'given-up', closed_at = $2 from deciding d
     where c.batch_id = $1 and c.seq = d.seq and c.state = 'open'`,
    values,
  )
  await tx.query(
    `update treasury_return t set state = 'withdrawn' from deciding d
     where t.batch_id = $1 and t.seq = d.seq and t.state = 'pending'`,
    values.slice(0, 1),
  )
}

/** Ends the exceptions that waited for these lines' outcome; gives how many. */
export async function closeForLines(tx: Queryable, of: DecidedRef, exceptionId: bigint): Promise<number> {
  const { rowCount } = await tx.query(
    `update exception_item e set state = 'resolved', resolution_id = $2 from deciding d
     where e.batch_id = $1 and e.seq = d.seq and e.state = 'open'
       and e.kind in ('unmapped', 'conflicting', 'line-in-doubt') and e.exception_id <> $3`,
    [of.file.batchId, of.resolutionId, exceptionId],
  )
  return rowCount
}
