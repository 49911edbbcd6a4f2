/** Puts an answer into the ledger: final answers as they came, mismatches out again as exceptions, moves counted from facts. */
import { type Money, money } from '../../formats/values/money.ts'
import type { BankFile } from '../dispatch/bank-file.ts'
import type { InstructionState } from '../ledger/instruction-states.ts'
import { copyInto, copyOutRows } from '../store/copy.ts'
import type { Queryable, Tx } from '../store/pool.ts'
import type { EarlierAnswer } from './match-lines.ts'

/** One answer to one file of one batch. */
export interface AnswerRef {
  readonly shard: number
  readonly file: BankFile
  readonly inboundId: number
  readonly at: Date
}

/** The rows of one answer. The range keeps every statement to its file's part of the batch, whatever the statistics say. */
const ofAnswer = 'r.shard = $1 and r.batch_id = $2 and r.inbound_id = $3 and r.seq between $4 and $5'
/** The instruction's own amount: what the answer stated has been compared by then, what it left out is looked up. */
const ownAmount = `coalesce(r.amount_fen, (select i.amount_fen from instruction i
  where i.shard = $1 and i.batch_id = $2 and i.seq = r.seq))`
const values = ({ shard, file, inboundId }: AnswerRef): unknown[] => [
  shard,
  file.batchId,
  inboundId,
  file.loSeq,
  file.hiSeq,
]
const wideValues = ({ shard, file, inboundId, at }: AnswerRef): unknown[] => [
  shard,
  file.batchId,
  inboundId,
  file.bankNo,
  file.fileId,
  at,
  file.loSeq,
  file.hiSeq,
]

/** What was answered before for the lines of a file. */
export async function readEarlierAnswers(
  tx: Tx,
  shard: number,
  file: BankFile,
): Promise<{ seq: number; answer: EarlierAnswer }[]> {
  const { rows } = await tx.query<{ seq: number; state: EarlierAnswer }>(
    `select seq, state from instruction_state
     where batch_id = $1 and seq between $2 and $3 and state in ('unknown', 'conflict')
     union all select seq, verdict from later_result
     where batch_id = $1 and seq between $2 and $3 and file_id = $4 and verdict = 'returned'`,
    [file.batchId, file.loSeq, file.hiSeq, file.fileId],
  )
  const answers = rows.map(({ seq, state }) => ({ seq, answer: state }))
  if (file.settledCount === 0) return answers
  const query = `select seq, paid from result_item where shard = ${shard} and batch_id = ${file.batchId}
    and file_id = ${file.fileId} and seq between ${file.loSeq} and ${file.hiSeq}`
  for await (const lines of copyOutRows(tx, `copy (${query}) to stdout`))
    for (const line of lines)
      answers.push({ seq: Number.parseInt(line, 10), answer: line.endsWith('t') ? 'paid' : 'failed' })
  return answers
}

/** Copies first final answers. */
export function copyFinals(tx: Tx, rows: AsyncIterable<Buffer>): Promise<number> {
  return copyInto(
    tx,
    `copy result_item (amount_fen, account_ref, shard, batch_id, seq, inbound_id, file_id, line_no, reason_id, paid) from stdin`,
    rows,
  )
}

/** Copies everything else to a list that lives as long as the transaction. */
export async function copySides(tx: Tx, rows: AsyncIterable<Buffer>): Promise<void> {
  await tx.query(`create temp table if not exists side_row (seq int, line_no int not null, verdict text not null,
    outcome text not null, reason_id int not null, amount_fen bigint, account_ref uuid, other_file bigint) on commit drop`)
  await copyInto(tx, 'copy side_row from stdin', rows)
  await tx.query('analyze side_row')
}

/**
 * Takes out final answers whose amount, account or bank is not the instruction's, as exceptions; gives how many. One
 * index look-up a line: rows copied a moment ago have no statistics, and a join would be planned for a handful.
 */
export async function expelMismatches(tx: Queryable, answer: AnswerRef): Promise<number> {
  const { rowCount } = await tx.query(
    `with wrong as (
       select r.seq, r.line_no, case when i.seq is null then 'not-in-file' when r.amount_fen <> i.amount_fen then 'amount-differs'
         else 'account-differs' end as kind, i.amount_fen as ours, r.amount_fen as stated
       from result_item r left join lateral (select i.seq, i.amount_fen, i.account_ref from instruction i
         where i.shard = $1 and i.batch_id = $2 and i.seq = r.seq and i.bank_no = $4 offset 0) i on true
       where r.shard = $1 and r.batch_id = $2 and r.inbound_id = $3 and r.seq between $7 and $8
         and (i.seq is null or r.amount_fen <> i.amount_fen or r.account_ref <> i.account_ref)),
     gone as (delete from result_item r using wrong w where r.shard = $1 and r.batch_id = $2 and r.seq = w.seq)
     insert into exception_item (kind, bank_no, inbound_id, file_id, batch_id, seq, line_no, facts, opened_at)
     select kind, $4, $3, $5, $2, seq, line_no, jsonb_build_object('oursFen', ours, 'statedFen', stated), $6 from wrong`,
    wideValues(answer),
  )
  return rowCount
}

/**
 * For a bank that lists failures only: every line of the file that has no answer and was not listed is paid, if the
 * totals say so. Gives what the file has of paid lines now. A line that was listed and refused is not unlisted.
 */
export async function insertUnlisted(
  tx: Queryable,
  answer: AnswerRef,
  reasonId: number,
): Promise<{ count: number; amountFen: Money }> {
  const { file } = answer
  await tx.query(
    `insert into result_item (amount_fen, shard, batch_id, seq, inbound_id, file_id, line_no, reason_id, paid)
     select i.amount_fen, i.shard, i.batch_id, i.seq, $3, $5, 0, $6, true from instruction i
     where i.shard = $1 and i.batch_id = $2 and i.bank_no = $4
       and case when $10::int[] is null then i.seq between $7 and $8 and i.seq <> all ($9::int[]) else i.seq = any ($10) end
       and not exists (select from result_item r where r.shard = $1 and r.batch_id = $2 and r.seq = i.seq)
       and not exists (select from side_row s where s.seq = i.seq)
       and not exists (select from exception_item e where e.inbound_id = $3 and e.seq = i.seq)
       and not exists (select from instruction_state t where t.batch_id = $2 and t.seq = i.seq and t.state = 'conflict')`,
    [
      answer.shard,
      file.batchId,
      answer.inboundId,
      file.bankNo,
      file.fileId,
      reasonId,
      file.loSeq,
      file.hiSeq,
      file.gaps,
      file.members ?? null,
    ],
  )
  const { rows } = await tx.query<{ count: bigint; fen: bigint | null }>(
    `select count(*) as count, sum(amount_fen)::bigint as fen from result_item
     where shard = $1 and batch_id = $2 and file_id = $3 and paid and seq between $4 and $5`,
    [answer.shard, file.batchId, file.fileId, file.loSeq, file.hiSeq],
  )
  return { count: Number(rows[0]?.count ?? 0n), amountFen: money(rows[0]?.fen ?? 0n) }
}

/** A group of lines that moves together. */
export interface LineGroup {
  readonly from: InstructionState
  readonly to: InstructionState
  readonly count: number
  readonly amountFen: Money
}

/** Where the lines with first final answers come from and go to, in the instructions' own amounts. */
export async function groupFinals(tx: Queryable, answer: AnswerRef): Promise<LineGroup[]> {
  const { rows } = await tx.query<{ was_unknown: boolean; paid: boolean; count: bigint; fen: bigint }>(
    `select s.seq is not null as was_unknown, r.paid, count(*) as count, sum(${ownAmount})::bigint as fen
     from result_item r left join instruction_state s on s.batch_id = r.batch_id and s.seq = r.seq and s.state = 'unknown'
     where ${ofAnswer} group by 1, 2`,
    values(answer),
  )
  return rows.map((row) => ({
    from: row.was_unknown ? 'unknown' : 'in_flight',
    to: row.paid ? 'paid' : 'failed',
    count: Number(row.count),
    amountFen: money(row.fen),
  }))
}

/** Gives failed lines their row and their history, and takes paid ones that were unknown back into the ordinary. */
export async function recordFailures(tx: Queryable, answer: AnswerRef): Promise<void> {
  await tx.query(
    `insert into instruction_event (batch_id, seq, from_state, to_state, reason_code, cause, actor, inbound_id, business_at)
     select r.batch_id, r.seq, coalesce(s.state, 'in_flight'), case when r.paid then 'paid' else 'failed' end, b.reason_code,
       'the bank answered', 'bank', $3, $6
     from result_item r join bank_reason b using (reason_id)
       left join instruction_state s on s.batch_id = r.batch_id and s.seq = r.seq and s.state = 'unknown'
     where ${ofAnswer} and (not r.paid or s.seq is not null)`,
    [...values(answer), answer.at],
  )
  await tx.query(
    `insert into instruction_state (batch_id, seq, bank_no, state, amount_fen, reason_code, reason_class, bank_code,
       bank_text, file_id, inbound_id, since)
     select r.batch_id, r.seq, $4, 'failed', ${ownAmount}, b.reason_code, b.reason_class, b.bank_code, b.bank_text, $5, $3, $6
     from result_item r join bank_reason b using (reason_id)
     where r.shard = $1 and r.batch_id = $2 and r.inbound_id = $3 and r.seq between $7 and $8 and not r.paid
     on conflict (batch_id, seq) do update set state = 'failed', reason_code = excluded.reason_code,
       reason_class = excluded.reason_class, bank_code = excluded.bank_code, bank_text = excluded.bank_text,
       inbound_id = excluded.inbound_id, since = excluded.since
       where instruction_state.state = 'unknown'`,
    wideValues(answer),
  )
  await tx.query(
    `delete from instruction_state s using result_item r where s.batch_id = $2 and s.state = 'unknown' and r.seq = s.seq
       and ${ofAnswer} and r.paid`,
    values(answer),
  )
}
