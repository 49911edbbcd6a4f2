/** Moves money between states: the counters and the move's own row change in one transaction, or not at all. */
import type { Money } from '../../formats/values/money.ts'
import { money } from '../../formats/values/money.ts'
import type { Queryable } from '../store/pool.ts'
import type { BankNo, BatchId } from './batch.ts'
import type { InstructionState, instructionStates } from './instruction-states.ts'

/** One move of some lines of a batch at one bank. The database refuses an edge that is not legal. */
export interface Move {
  readonly batchId: BatchId
  readonly bankNo: BankNo
  readonly from: InstructionState
  readonly to: InstructionState
  readonly count: number
  readonly amountFen: Money
  readonly cause: string
  readonly actor: string
  readonly businessAt: Date
  readonly fileId?: number
  readonly inboundId?: number
}

/** Records a move; a move of nothing is no move. Throws when the source state does not hold that much. */
export async function moveMoney(tx: Queryable, move: Move): Promise<void> {
  if (move.count === 0) return
  // State names are a closed union of our own, so they may stand in the text.
  await tx.query(
    `update position set ${move.from}_count = ${move.from}_count - $3, ${move.from}_fen = ${move.from}_fen - $4,
       ${move.to}_count = ${move.to}_count + $3, ${move.to}_fen = ${move.to}_fen + $4
     where batch_id = $1 and bank_no = $2`,
    [move.batchId, move.bankNo, move.count, move.amountFen],
  )
  await tx.query(
    `insert into position_move (batch_id, bank_no, from_state, to_state, count, amount_fen, cause, actor, business_at,
       file_id, inbound_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      move.batchId,
      move.bankNo,
      move.from,
      move.to,
      move.count,
      move.amountFen,
      move.cause,
      move.actor,
      move.businessAt,
      move.fileId ?? null,
      move.inboundId ?? null,
    ],
  )
}

/** Count and fen of one state. */
export interface Standing {
  readonly count: number
  readonly amountFen: Money
}

/** Where a batch stands at one bank. */
export interface Position {
  readonly bank: string
  readonly accepted: Standing
  readonly states: Readonly<Record<InstructionState, Standing>>
}

/** Positions of a batch, one for each bank, by bank code. */
export async function readPositions(db: Queryable, batchId: BatchId): Promise<Position[]> {
  const { rows } = await db.query<
    Record<string, unknown> & { bank: string; accepted_count: number; accepted_fen: bigint }
  >('select b.bank, p.* from position p join bank b using (bank_no) where batch_id = $1 order by b.bank', [
    batchId,
  ])
  return rows.map((row) => ({
    bank: row.bank,
    accepted: { count: row.accepted_count, amountFen: money(row.accepted_fen) },
    states: standings(row),
  }))
}

function standings(row: Record<string, unknown>): Record<InstructionState, Standing> {
  const of = (state: InstructionState): Standing => ({
    count: Number(row[`${state}_count`]),
    amountFen: money(BigInt(String(row[`${state}_fen`]))),
  })
  return {
    waiting: of('waiting'),
    held: of('held'),
    in_flight: of('in_flight'),
    unknown: of('unknown'),
    conflict: of('conflict'),
    paid: of('paid'),
    failed: of('failed'),
    returned: of('returned'),
    correcting: of('correcting'),
    treasury_pending: of('treasury_pending'),
    treasury_returned: of('treasury_returned'),
    reissued: of('reissued'),
  } satisfies Record<(typeof instructionStates)[number], Standing>
}
