/** Finds the brakes that hold a file, in the transaction that would release it. */
import { bankNo, batchId } from '../ledger/batch.ts'
import type { Queryable } from '../store/pool.ts'
import type { Brake, BrakeCause, BrakeScope } from './brake.ts'

interface BrakeRow {
  brake_id: bigint
  scope: BrakeScope['kind']
  bank_no: number | null
  batch_id: number | null
  programme: string | null
  region: string | null
  cause: BrakeCause
  reason: string
  pulled_by: string
  pulled_at: Date
}

/**
 * Brakes that hold a file. Takes a share of the send gate until the transaction ends, so that a brake which is pulled
 * meanwhile waits for this release or is seen by it. A region holds a file when its batch or any line of it lies there.
 */
export async function brakesOnFile(tx: Queryable, fileId: number): Promise<Brake[]> {
  await tx.query('select 1 from send_gate for share')
  const { rows } = await tx.query<BrakeRow>(
    `select k.brake_id, k.scope, k.bank_no, k.batch_id, k.programme, k.region, k.cause, k.reason, k.pulled_by, k.pulled_at
     from brake k, bank_file f join batch b using (batch_id)
     where k.lifted_at is null and f.file_id = $1 and (k.scope = 'everything' or k.bank_no = f.bank_no
       or k.batch_id = f.batch_id or k.programme = b.programme_code or (k.scope = 'region' and (starts_with(b.region, k.region)
         or exists (select from instruction i where i.shard = b.shard and i.batch_id = f.batch_id and i.bank_no = f.bank_no
           and i.seq between f.lo_seq and f.hi_seq and starts_with(i.region, k.region)))))
     order by k.brake_id`,
    [fileId],
  )
  return rows.map(toBrake)
}

const toBrake = (row: BrakeRow): Brake => ({
  brakeId: row.brake_id,
  scope: scopeOf(row),
  cause: row.cause,
  reason: row.reason,
  pulledBy: row.pulled_by,
  pulledAt: row.pulled_at,
})

function scopeOf(row: BrakeRow): BrakeScope {
  switch (row.scope) {
    case 'everything':
      return { kind: 'everything' }
    case 'bank':
      return { kind: 'bank', bankNo: bankNo(row.bank_no ?? 0) }
    case 'batch':
      return { kind: 'batch', batchId: batchId(row.batch_id ?? 0) }
    case 'programme':
      return { kind: 'programme', programme: row.programme ?? '' }
    case 'region':
      return { kind: 'region', region: row.region ?? '' }
    default:
      return row.scope satisfies never
  }
}
