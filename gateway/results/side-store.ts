/**
 * What to do with lines of an answer that are no first final answer: unknown, returned, repeated, contradicting,
 * and those that are none of ours. Each rule is one statement over the side list; every line ends as a fact or as an
 * exception (I4).
 */
import { money } from '../../formats/values/money.ts'
import type { InstructionState } from '../ledger/instruction-states.ts'
import type { Queryable } from '../store/pool.ts'
import type { AnswerRef, LineGroup } from './result-store.ts'

/** Takes out side lines whose amount or account is not the instruction's: they change nothing. */
export async function expelSideMismatches(tx: Queryable, answer: AnswerRef): Promise<number> {
  const { rowCount } = await tx.query(
    `with wrong as (delete from side_row s using instruction i
       where i.shard = $1 and i.batch_id = $2 and i.seq = s.seq and s.verdict in ('unknown', 'returned', 'conflicting')
         and (s.amount_fen <> i.amount_fen or s.account_ref <> i.account_ref)
       returning s.seq, s.line_no, s.amount_fen as stated, i.amount_fen as ours)
     insert into exception_item (kind, bank_no, inbound_id, file_id, batch_id, seq, line_no, facts, opened_at)
     select case when stated <> ours then 'amount-differs' else 'account-differs' end, $3, $4, $5, $2, seq, line_no,
       jsonb_build_object('oursFen', ours, 'statedFen', stated), $6 from wrong`,
    [answer.shard, ...refValues(answer)],
  )
  return rowCount
}

/** True when returned lines have no final answer yet. */
export async function returnsUnanswered(tx: Queryable, answer: AnswerRef): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from side_row s where s.verdict = 'returned' and not exists (select from result_item r
       where r.shard = $1 and r.batch_id = $2 and r.seq = s.seq) limit 1`,
    [answer.shard, answer.file.batchId],
  )
  return rowCount > 0
}

/** Money cannot come back that was never said to have arrived: such a return contradicts, and people decide. */
export async function denyReturns(tx: Queryable, answer: AnswerRef): Promise<void> {
  await tx.query(
    `update side_row s set verdict = 'conflicting' where verdict = 'returned' and not exists (
       select from result_item r where r.shard = $1 and r.batch_id = $2 and r.seq = s.seq and r.paid)`,
    [answer.shard, answer.file.batchId],
  )
}

/** Lines that the bank answered with something else than success or failure; unmapped codes also open an exception. */
export async function recordUnknown(tx: Queryable, answer: AnswerRef): Promise<LineGroup[]> {
  await openFor(tx, answer, 'unmapped', `s.verdict = 'unknown' and b.reason_code = 'UNMAPPED'`)
  return changeStates(tx, answer, 'unknown', `s.verdict = 'unknown' and t.seq is null and r.seq is null`)
}

/** Late returns after success: a new fact beside the success, which stays. */
export async function recordReturned(tx: Queryable, answer: AnswerRef): Promise<LineGroup[]> {
  // What a statement told first is no second return when the first answer says it, too.
  await tx.query(
    `update side_row s set verdict = 'repeated' where s.verdict = 'second-return'
       and exists (select from statement_match m where m.batch_id = $1 and m.seq = s.seq and m.effect = 'returned')
       and not exists (select from later_result l where l.batch_id = $1 and l.seq = s.seq and l.verdict = 'repeated'
         and l.outcome = 'returned')`,
    [answer.file.batchId],
  )
  await openFor(tx, answer, 'second-return', `s.verdict = 'second-return'`)
  await keepLater(tx, answer, 'returned', `s.verdict = 'returned'`)
  return changeStates(tx, answer, 'returned', `s.verdict = 'returned' and t.seq is null`)
}

/** Answers that contradict an earlier one: nothing more may happen to the line until people have decided. */
export async function recordConflicts(tx: Queryable, answer: AnswerRef): Promise<LineGroup[]> {
  await openFor(tx, answer, 'conflicting', `s.verdict = 'conflicting'`)
  await keepLater(tx, answer, 'conflicting', `s.verdict = 'conflicting'`)
  return changeStates(
    tx,
    answer,
    'conflict',
    `s.verdict = 'conflicting' and (t.seq is null or t.state in ('unknown', 'failed', 'correcting', 'treasury_pending'))`,
  )
}

/** Repeats are facts; lines that are none of this file's are exceptions, those of another bank in a queue of their own. */
export async function recordOthers(tx: Queryable, answer: AnswerRef): Promise<void> {
  await keepLater(tx, answer, 'repeated', `s.verdict = 'repeated'`)
  await openFor(tx, answer, 'not-in-file', `s.verdict = 'not-in-file'`)
  const ofOtherBank = `exists (select from bank_file f where f.file_id = s.other_file and f.bank_no <> $2)`
  await openFor(tx, answer, 'other-bank', `s.verdict = 'other-file' and ${ofOtherBank}`)
  await openFor(tx, answer, 'orphan', `s.verdict in ('orphan', 'other-file') and not ${ofOtherBank}`)
}

/** Exceptions that lines of one inbound file opened; those about the file itself are not counted. */
export async function countExceptions(tx: Queryable, inboundId: number): Promise<number> {
  const { rows } = await tx.query<{ n: bigint }>(
    'select count(*) as n from exception_item where inbound_id = $1 and line_no is not null',
    [inboundId],
  )
  return Number(rows[0]?.n ?? 0n)
}

const refValues = (answer: AnswerRef): unknown[] => [
  answer.file.batchId,
  answer.file.bankNo,
  answer.inboundId,
  answer.file.fileId,
  answer.at,
]

async function openFor(tx: Queryable, answer: AnswerRef, kind: string, where: string): Promise<void> {
  await tx.query(
    `insert into exception_item (kind, bank_no, inbound_id, file_id, batch_id, seq, line_no, facts, opened_at)
     select '${kind}', $2, $3, $4, $1, s.seq, s.line_no, jsonb_build_object('outcome', s.outcome, 'verdict', s.verdict,
       'bankCode', b.bank_code, 'bankText', b.bank_text, 'otherFile', s.other_file, 'statedFen', s.amount_fen), $5
     from side_row s join bank_reason b using (reason_id) where ${where}`,
    refValues(answer),
  )
}

async function keepLater(tx: Queryable, answer: AnswerRef, verdict: string, where: string): Promise<void> {
  await tx.query(
    `insert into later_result (batch_id, seq, inbound_id, file_id, line_no, outcome, reason_id, amount_fen, verdict)
     select $1, s.seq, $2, $3, s.line_no, s.outcome, s.reason_id, s.amount_fen, '${verdict}' from side_row s where ${where}`,
    [answer.file.batchId, answer.inboundId, answer.file.fileId],
  )
}

/** Moves lines to a state of their own; where a line has none yet it is paid when it has a result, else in flight. */
async function changeStates(
  tx: Queryable,
  answer: AnswerRef,
  to: InstructionState,
  where: string,
): Promise<LineGroup[]> {
  const { rows } = await tx.query<{ from_state: InstructionState; count: bigint; fen: bigint }>(
    `with moving as (
       select distinct on (s.seq) s.seq, i.amount_fen, s.reason_id,
         coalesce(t.state, case when r.paid then 'paid' when r.seq is null then 'in_flight' else 'failed' end) as from_state
       from side_row s join instruction i on i.shard = $1 and i.batch_id = $2 and i.seq = s.seq and i.bank_no = $3
         left join instruction_state t on t.batch_id = $2 and t.seq = s.seq
         left join result_item r on r.shard = $1 and r.batch_id = $2 and r.seq = s.seq
       where ${where} order by s.seq, s.line_no),
     told as (insert into instruction_event (batch_id, seq, from_state, to_state, reason_code, cause, actor, inbound_id, business_at)
       select $2, m.seq, m.from_state, '${to}', b.reason_code, 'the bank answered', 'bank', $4, $6
       from moving m join bank_reason b using (reason_id)),
     moved as (insert into instruction_state (batch_id, seq, bank_no, state, amount_fen, reason_code, reason_class,
         bank_code, bank_text, file_id, inbound_id, since)
       select $2, m.seq, $3, '${to}', m.amount_fen, b.reason_code, b.reason_class, b.bank_code, b.bank_text, $5, $4, $6
       from moving m join bank_reason b using (reason_id)
       on conflict (batch_id, seq) do update set state = excluded.state, reason_code = excluded.reason_code,
         reason_class = excluded.reason_class, bank_code = excluded.bank_code, bank_text = excluded.bank_text,
         file_id = excluded.file_id, inbound_id = excluded.inbound_id, since = excluded.since)
     select from_state, count(*) as count, sum(amount_fen)::bigint as fen from moving group by 1`,
    [answer.shard, ...refValues(answer)],
  )
  return rows.map((row) => ({
    from: row.from_state,
    to,
    count: Number(row.count),
    amountFen: money(row.fen),
  }))
}
