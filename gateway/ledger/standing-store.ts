/** Lists the instructions of a batch that stand out of the ordinary: kept back, in doubt, failed, being put right. */
import { type Money, money } from '../../formats/values/money.ts'
import type { Queryable } from '../store/pool.ts'
import type { Batch } from './batch.ts'

/** States that have rows of their own; every other instruction is told by its file and its result. */
export const standingStates = [
  'held',
  'failed',
  'returned',
  'unknown',
  'conflict',
  'correcting',
  'treasury_pending',
  'treasury_returned',
  'reissued',
] as const

/** A state that has rows of its own. */
export type StandingState = (typeof standingStates)[number]

/** One instruction out of the ordinary, without personal data. */
export interface StandingLine {
  /** Line at intake, from 1. */
  readonly seq: number
  readonly instructionId: string
  readonly bank: string
  readonly state: string
  readonly amountFen: Money
  readonly reason: {
    readonly code: string
    readonly class: string
    readonly bankCode: string
    readonly bankText: string
  }
  readonly since: Date
}

/** Such instructions of a batch behind a line, in order of lines, at most `limit`; all states when none is named. */
export async function listStanding(
  db: Queryable,
  batch: Pick<Batch, 'batchId' | 'shard'>,
  state: StandingState | undefined,
  afterSeq: number,
  limit: number,
): Promise<StandingLine[]> {
  const { rows } = await db.query<{
    seq: number
    instruction_id: string
    bank: string
    state: string
    amount_fen: bigint
    reason_code: string
    reason_class: string
    bank_code: string
    bank_text: string
    since: Date
  }>(
    `select s.seq, i.instruction_id, k.bank, s.state, s.amount_fen, s.reason_code, s.reason_class, s.bank_code, s.bank_text, s.since
     from instruction_state s join instruction i on i.shard = $2 and i.batch_id = s.batch_id and i.seq = s.seq
       join bank k on k.bank_no = s.bank_no
     where s.batch_id = $1 and s.seq > $3 and ($4::text is null or s.state = $4) order by s.seq limit $5`,
    [batch.batchId, batch.shard, afterSeq, state ?? null, limit],
  )
  return rows.map((row) => ({
    seq: row.seq,
    instructionId: row.instruction_id,
    bank: row.bank,
    state: row.state,
    amountFen: money(row.amount_fen),
    reason: {
      code: row.reason_code,
      class: row.reason_class,
      bankCode: row.bank_code,
      bankText: row.bank_text,
    },
    since: row.since,
  }))
}
