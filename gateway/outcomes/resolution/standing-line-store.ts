/** Where one line of the ledger stands, folded as everywhere: a state of its own, else its result, else its file. */
import { type BatchId, batchId } from '../../ledger/batch.ts'
import { holdsItsLines } from '../../ledger/handed-over.ts'
import type { InstructionState } from '../../ledger/instruction-states.ts'
import type { Queryable } from '../../store/pool.ts'

/** A line of the ledger and where it stands. */
export interface StandingLine {
  readonly batchId: BatchId
  readonly client: string
  readonly shard: number
  readonly seq: number
  readonly bankNo: number
  readonly amountFen: bigint
  /** The file that holds it now; undefined before it has one. */
  readonly fileId: number | undefined
  readonly state: InstructionState
}

const standing = `select i.batch_id, b.client, b.shard, i.seq, i.bank_no, i.amount_fen, f.file_id,
    coalesce(s.state, case when r.paid then 'paid' when not r.paid then 'failed'
      when ${holdsItsLines('f')} then 'in_flight' else 'waiting' end) as state
  from batch b join instruction i on i.shard = b.shard and i.batch_id = b.batch_id
    left join instruction_state s on s.batch_id = i.batch_id and s.seq = i.seq
    left join result_item r on r.shard = i.shard and r.batch_id = i.batch_id and r.seq = i.seq
    left join lateral (select * from bank_file f where f.batch_id = i.batch_id and f.bank_no = i.bank_no
        and f.released_at is null and case when f.members is null
          then i.seq between f.lo_seq and f.hi_seq and i.seq <> all (f.gaps) else i.seq = any (f.members) end
      order by f.file_id desc limit 1) f on true`

interface StandingRow {
  batch_id: number
  client: string
  shard: number
  seq: number
  bank_no: number
  amount_fen: bigint
  file_id: number | null
  state: InstructionState
}

const toStanding = (row: StandingRow): StandingLine => ({
  batchId: batchId(row.batch_id),
  client: row.client,
  shard: row.shard,
  seq: row.seq,
  bankNo: row.bank_no,
  amountFen: row.amount_fen,
  fileId: row.file_id ?? undefined,
  state: row.state,
})

/** Where a line stands. */
export async function findLine(db: Queryable, batch: number, seq: number): Promise<StandingLine | undefined> {
  const { rows } = await db.query<StandingRow>(`${standing} where b.batch_id = $1 and i.seq = $2`, [
    batch,
    seq,
  ])
  return rows[0] && toStanding(rows[0])
}

/** Where an accepted instruction stands, by the platform's id; of one client where one is given. */
export async function findInstruction(
  db: Queryable,
  instructionId: string,
  client: string | undefined,
): Promise<StandingLine | undefined> {
  const { rows } = await db.query<StandingRow>(
    `${standing} where i.instruction_id = $1 and b.state = 'accepted' and ($2::text is null or b.client = $2)
     order by b.batch_id desc limit 1`,
    [instructionId, client ?? null],
  )
  return rows[0] && toStanding(rows[0])
}
