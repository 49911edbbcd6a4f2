/** Treasury returns by a person's decision, and their end: the refund voucher. */
import { type Money, money } from '../../formats/values/money.ts'
import { type BankNo, type BatchId, bankNo, batchId } from '../ledger/batch.ts'
import type { InstructionState } from '../ledger/instruction-states.ts'
import type { Queryable } from '../store/pool.ts'

/** An instruction that stands out of the ordinary, locked. */
export interface StandingInstruction {
  readonly batchId: BatchId
  readonly seq: number
  readonly bankNo: BankNo
  readonly state: InstructionState
  readonly amountFen: Money
  readonly reasonCode: string
  readonly voucherNo: string | undefined
}

/** Locks an instruction of a client that has a state of its own; undefined when it has none, or is not the client's. */
export async function lockStanding(
  tx: Queryable,
  client: string,
  instructionId: string,
): Promise<StandingInstruction | undefined> {
  const { rows } = await tx.query<{
    batch_id: number
    seq: number
    bank_no: number
    state: InstructionState
    amount_fen: bigint
    reason_code: string
    voucher_no: string | null
  }>(
    `select s.batch_id, s.seq, s.bank_no, s.state, s.amount_fen, s.reason_code, b.voucher_no
     from instruction i join batch b using (batch_id) join instruction_state s on s.batch_id = i.batch_id and s.seq = i.seq
     where i.instruction_id = $2 and b.client = $1 and b.state = 'accepted' for update of s`,
    [client, instructionId],
  )
  const row = rows[0]
  return (
    row && {
      batchId: batchId(row.batch_id),
      seq: row.seq,
      bankNo: bankNo(row.bank_no),
      state: row.state,
      amountFen: money(row.amount_fen),
      reasonCode: row.reason_code,
      voucherNo: row.voucher_no ?? undefined,
    }
  )
}

/** Opens a return that a person decided on. */
export async function openDecidedReturn(
  tx: Queryable,
  client: string,
  of: StandingInstruction,
  decision: { by: string; reason: string; at: Date },
): Promise<void> {
  await tx.query(
    `insert into treasury_return (client, batch_id, seq, bank_no, amount_fen, reason_code, cause, decided_by,
       original_voucher_no, original_date, opened_at)
     values ($1, $2, $3, $4, $5, $6, 'decision', $7, $8, coalesce((select f.business_date from instruction_state s
       join bank_file f using (file_id) where s.batch_id = $2 and s.seq = $3), ($9::timestamptz at time zone 'Asia/Shanghai')::date), $9)
     on conflict (batch_id, seq) do update set state = 'pending', reason_code = excluded.reason_code, cause = excluded.cause,
       decided_by = excluded.decided_by, opened_at = excluded.opened_at where treasury_return.state = 'withdrawn'`,
    [
      client,
      of.batchId,
      of.seq,
      of.bankNo,
      of.amountFen,
      of.reasonCode,
      decision.by,
      of.voucherNo ?? null,
      decision.at,
    ],
  )
  await tx.query(
    `update correction set state = 'given-up', closed_at = $3 where batch_id = $1 and seq = $2 and state = 'open'`,
    [of.batchId, of.seq, decision.at],
  )
}

/** Moves one instruction with its history. */
export async function moveStanding(
  tx: Queryable,
  of: StandingInstruction,
  to: InstructionState,
  why: { cause: string; actor: string; at: Date },
): Promise<void> {
  await tx.query('update instruction_state set state = $3, since = $4 where batch_id = $1 and seq = $2', [
    of.batchId,
    of.seq,
    to,
    why.at,
  ])
  await tx.query(
    `insert into instruction_event (batch_id, seq, from_state, to_state, reason_code, cause, actor, business_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [of.batchId, of.seq, of.state, to, of.reasonCode, why.cause, why.actor, why.at],
  )
}

/** Ends a pending return with the voucher of the treasury; false when it was ended before. */
export async function endReturn(
  tx: Queryable,
  of: StandingInstruction,
  voucher: { no: string; date: string; at: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update treasury_return set state = 'returned', refund_voucher_no = $3, refund_date = $4, returned_at = $5
     where batch_id = $1 and seq = $2 and state = 'pending'`,
    [of.batchId, of.seq, voucher.no, voucher.date, voucher.at],
  )
  return rowCount === 1
}

/** One row of the list of returns. */
export interface ReturnRow {
  readonly returnId: bigint
  readonly instructionId: string
  readonly batchNo: string
  readonly bank: string
  readonly amountFen: Money
  readonly reasonCode: string
  readonly cause: string
  readonly originalVoucherNo: string | undefined
  readonly originalDate: string
  readonly state: 'pending' | 'returned' | 'withdrawn'
  readonly refundVoucherNo: string | undefined
}

/** Returns of a client after a cursor, in order. */
export async function listReturns(
  db: Queryable,
  client: string,
  state: 'pending' | 'returned' | 'withdrawn' | undefined,
  after: bigint,
  limit: number,
): Promise<ReturnRow[]> {
  const { rows } = await db.query<{
    return_id: bigint
    instruction_id: string
    batch_no: string
    bank: string
    amount_fen: bigint
    reason_code: string
    cause: string
    original_voucher_no: string | null
    original_date: string
    state: 'pending' | 'returned' | 'withdrawn'
    refund_voucher_no: string | null
  }>(
    `select t.return_id, i.instruction_id, b.batch_no, k.bank, t.amount_fen, t.reason_code, t.cause, t.original_voucher_no,
       to_char(t.original_date, 'YYYY-MM-DD') as original_date, t.state, t.refund_voucher_no
     from treasury_return t join batch b using (batch_id)
       join instruction i on i.shard = b.shard and i.batch_id = t.batch_id and i.seq = t.seq join bank k on k.bank_no = t.bank_no
     where t.client = $1 and t.return_id > $2 and ($3::text is null or t.state = $3) order by t.return_id limit $4`,
    [client, after, state ?? null, limit],
  )
  return rows.map((row) => ({
    returnId: row.return_id,
    instructionId: row.instruction_id,
    batchNo: row.batch_no,
    bank: row.bank,
    amountFen: money(row.amount_fen),
    reasonCode: row.reason_code,
    cause: row.cause,
    originalVoucherNo: row.original_voucher_no ?? undefined,
    originalDate: row.original_date,
    state: row.state,
    refundVoucherNo: row.refund_voucher_no ?? undefined,
  }))
}
