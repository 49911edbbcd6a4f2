/**
 * Recounts a batch from facts alone and compares it with its position: the laws of DESIGN §2, checked from outside
 * the counters. Reads a snapshot; nothing here writes.
 */
import { type Money, money } from '../../formats/values/money.ts'
import type { Queryable } from '../store/pool.ts'
import type { BatchId } from './batch.ts'
import { holdsItsLines } from './handed-over.ts'
import { type InstructionState, instructionStates } from './instruction-states.ts'

/** A state of a batch at one bank, as counted from facts and as the position has it. */
export interface Recount {
  readonly bankNo: number
  readonly state: InstructionState
  readonly counted: { readonly count: number; readonly amountFen: Money }
  readonly position: { readonly count: number; readonly amountFen: Money }
}

/** States in which facts and position disagree; empty when the law holds. */
export async function recountBatch(db: Queryable, batchId: BatchId, shard: number): Promise<Recount[]> {
  const columns = instructionStates
    .map((state) => `('${state}', p.${state}_count, p.${state}_fen)`)
    .join(', ')
  const { rows } = await db.query<{
    bank_no: number
    state: InstructionState
    counted: bigint | null
    counted_fen: bigint | null
    count: number
    fen: bigint
  }>(
    `with handed as (select bank_no, lo_seq, hi_seq, gaps, members from bank_file f
       where batch_id = $1 and ${holdsItsLines('f')}),
     folded as (select i.bank_no, i.amount_fen, coalesce(s.state, case when r.paid then 'paid' when not r.paid then 'failed'
         when exists (select from handed h where h.bank_no = i.bank_no and case when h.members is null
           then i.seq between h.lo_seq and h.hi_seq and i.seq <> all (h.gaps) else i.seq = any (h.members) end) then 'in_flight'
         else 'waiting' end) as state
       from instruction i left join instruction_state s on s.batch_id = i.batch_id and s.seq = i.seq
         left join result_item r on r.shard = i.shard and r.batch_id = i.batch_id and r.seq = i.seq
       where i.shard = $2 and i.batch_id = $1),
     counted as (select bank_no, state, count(*) as counted, sum(amount_fen)::bigint as counted_fen from folded group by 1, 2),
     standing as (select p.bank_no, v.state, v.count, v.fen from position p, lateral (values ${columns}) v(state, count, fen)
       where p.batch_id = $1)
     select bank_no, state, counted, counted_fen, coalesce(count, 0) as count, coalesce(fen, 0) as fen
     from standing full join counted using (bank_no, state)
     where coalesce(counted, 0) <> coalesce(count, 0) or coalesce(counted_fen, 0) <> coalesce(fen, 0)`,
    [batchId, shard],
  )
  return rows.map((row) => ({
    bankNo: row.bank_no,
    state: row.state,
    counted: { count: Number(row.counted ?? 0n), amountFen: money(row.counted_fen ?? 0n) },
    position: { count: row.count, amountFen: money(row.fen) },
  }))
}

/** A law that can be checked by one question; `broken` counts what offends it. */
export interface LawCheck {
  readonly law: string
  readonly broken: number
}

const questions: Readonly<Record<string, string>> = {
  positionIsTheSumOfItsMoves: `with flows as (
      select batch_id, bank_no, to_state as state, count, amount_fen as fen from position_move
      union all select batch_id, bank_no, from_state, -count, -amount_fen from position_move),
    net as (select batch_id, bank_no, state, sum(count) as count, sum(fen) as fen from flows group by 1, 2, 3)
    select count(*) as n from net join position p using (batch_id, bank_no)
    where net.count + case when state = 'waiting' then p.accepted_count else 0 end <> (to_jsonb(p) ->> (state || '_count'))::bigint
      or net.fen + case when state = 'waiting' then p.accepted_fen else 0 end <> (to_jsonb(p) ->> (state || '_fen'))::bigint`,
  noLineInTwoLiveFiles: `select count(*) as n from bank_file a join bank_file b on a.batch_id = b.batch_id and a.bank_no = b.bank_no
    and a.file_id < b.file_id and a.members is null and b.members is null and a.lo_seq <= b.hi_seq and b.lo_seq <= a.hi_seq
    where a.released_at is null and b.released_at is null`,
  everyReissueHasOneParent: `select count(*) as n from reissue x left join instruction_state s
    on s.batch_id = x.parent_batch_id and s.seq = x.parent_seq where s.state is distinct from 'reissued'`,
  onePlaceForEachReturn: `select count(*) as n from treasury_return t left join instruction_state s using (batch_id, seq)
    where t.state <> 'withdrawn' and (s.state is null or (t.state = 'returned') <> (s.state in ('treasury_returned', 'reissued')))`,
  // A line that people overruled was asked for when the cut came first, and was not when they did.
  smsOncePerPaidLine: `with paid as (select inbound_id, count(*) as lines from result_item where paid group by 1),
    overruled as (select inbound_id, count(*) as lines from later_result where verdict = 'overruled' and outcome = 'paid' group by 1),
    asked as (select inbound_id, sum(paid_count) as lines from sms_request group by 1),
    withheld as (select inbound_id, count(*) as lines from sms_withheld group by 1)
    select count(*) as n from asked left join paid using (inbound_id) left join overruled using (inbound_id)
      left join withheld using (inbound_id)
    where asked.lines + coalesce(withheld.lines, 0) not between coalesce(paid.lines, 0)
      and coalesce(paid.lines, 0) + coalesce(overruled.lines, 0)`,
  everyAnswerLineIsAccountedFor: `select count(*) as n from inbound_file
    where state in ('matched', 'closed') and row_count <> applied_count + exception_count`,
  everyStatementReturnIsTold: `select count(*) as n from statement_match m join statement_entry e using (entry_id)
    join batch b on b.batch_id = m.batch_id
    left join instruction i on i.shard = b.shard and i.batch_id = m.batch_id and i.seq = m.seq
    where i.amount_fen is distinct from e.amount_fen or (m.effect <> 'refund' and not exists (select from later_result l
      where l.batch_id = m.batch_id and l.seq = m.seq and l.verdict = 'returned'))`,
  everyResolvedExceptionNamesItsResolution: `select count(*) as n from exception_item e
    where (e.state = 'resolved') <> (e.resolution is not null or e.resolution_id is not null)`,
  everyResolutionEndedItsException: `select count(*) as n from resolution r join exception_item e using (exception_id)
    where e.resolution_id is distinct from r.resolution_id`,
  everyConflictWaitsForPeople: `select count(*) as n from instruction_state s where s.state = 'conflict' and not exists (
    select from exception_item e where e.batch_id = s.batch_id and e.seq = s.seq and e.state = 'open'
      and e.kind = 'conflicting')`,
  everyLumpTies: `select count(*) as n from statement_lump l join bank_file f using (file_id)
    join statement_entry d on d.entry_id = l.debit_entry_id left join statement_entry r on r.entry_id = l.refund_entry_id
    where d.amount_fen <> f.total_fen or l.total_fen <> f.total_fen or coalesce(r.amount_fen, 0) <> l.failed_fen`,
}

/** Asks every law that concerns the whole ledger. */
export async function checkLaws(db: Queryable): Promise<LawCheck[]> {
  const checks: LawCheck[] = []
  for (const [law, question] of Object.entries(questions)) {
    const { rows } = await db.query<{ n: bigint }>(question)
    checks.push({ law, broken: Number(rows[0]?.n ?? 0n) })
  }
  return checks
}

/** Batches that hold accepted money, oldest first. */
export async function listAccepted(
  db: Queryable,
): Promise<{ batchId: BatchId; shard: number; client: string; batchNo: string }[]> {
  const { rows } = await db.query<{ batch_id: BatchId; shard: number; client: string; batch_no: string }>(
    `select batch_id, shard, client, batch_no from batch where state = 'accepted' order by batch_id`,
  )
  return rows.map((row) => ({
    batchId: row.batch_id,
    shard: row.shard,
    client: row.client,
    batchNo: row.batch_no,
  }))
}
