/** The list of corrections asked of a client's line departments. */
import { type Money, money } from '../../formats/values/money.ts'
import type { Queryable } from '../store/pool.ts'
import type { Wanted } from './decide-route.ts'

/** One correction asked for; the changed data comes back as a new instruction that replaces this one. */
export interface Correction {
  readonly correctionId: bigint
  readonly batchNo: string
  readonly instructionId: string
  readonly bank: string
  readonly amountFen: Money
  readonly reason: {
    readonly code: string
    readonly class: string
    readonly bankCode: string
    readonly bankText: string
  }
  readonly wanted: Wanted
  readonly fields: readonly string[]
  readonly state: 'open' | 'reissued' | 'given-up'
  readonly openedAt: Date
}

/** Corrections of a client after a cursor, in the order in which they were asked for. */
export async function listCorrections(
  db: Queryable,
  client: string,
  state: Correction['state'] | undefined,
  after: bigint,
  limit: number,
): Promise<Correction[]> {
  const { rows } = await db.query<{
    correction_id: bigint
    batch_no: string
    instruction_id: string
    bank: string
    amount_fen: bigint
    reason_code: string
    reason_class: string
    bank_code: string | null
    bank_text: string | null
    wanted: Wanted
    fields: string[]
    state: Correction['state']
    opened_at: Date
  }>(
    `select c.correction_id, b.batch_no, i.instruction_id, k.bank, i.amount_fen, c.reason_code, c.reason_class, s.bank_code,
       s.bank_text, c.wanted, c.fields, c.state, c.opened_at
     from correction c join batch b using (batch_id)
       join instruction i on i.shard = b.shard and i.batch_id = c.batch_id and i.seq = c.seq
       join bank k on k.bank_no = i.bank_no
       left join instruction_state s on s.batch_id = c.batch_id and s.seq = c.seq
     where c.client = $1 and c.correction_id > $2 and ($3::text is null or c.state = $3) order by c.correction_id limit $4`,
    [client, after, state ?? null, limit],
  )
  return rows.map((row) => ({
    correctionId: row.correction_id,
    batchNo: row.batch_no,
    instructionId: row.instruction_id,
    bank: row.bank,
    amountFen: money(row.amount_fen),
    reason: {
      code: row.reason_code,
      class: row.reason_class,
      bankCode: row.bank_code ?? '',
      bankText: row.bank_text ?? '',
    },
    wanted: row.wanted,
    fields: row.fields,
    state: row.state,
    openedAt: row.opened_at,
  }))
}
