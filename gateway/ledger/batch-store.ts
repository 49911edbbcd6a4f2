/** Looks batches up. */
import { money } from '../../formats/values/money.ts'
import type { Queryable } from '../store/pool.ts'
import { type Batch, type BatchId, batchId } from './batch.ts'

interface BatchRow {
  batch_id: number
  client: string
  batch_no: string
  shard: number
  programme_code: string
  programme_name: string
  period: string
  region: string
  funding_account: string
  voucher_no: string | null
  due_by: string
  declared_count: number
  declared_fen: bigint
  state: Batch['state']
}

const columns = `batch_id, client, batch_no, shard, programme_code, programme_name, period, region, funding_account,
  voucher_no, to_char(due_by, 'YYYY-MM-DD') as due_by, declared_count, declared_fen, state`

/** A batch by its number in the ledger. */
export async function findBatch(db: Queryable, id: BatchId): Promise<Batch | undefined> {
  const { rows } = await db.query<BatchRow>(`select ${columns} from batch where batch_id = $1`, [id])
  return rows[0] && toBatch(rows[0])
}

/** The latest batch that a client handed in under a number, refused ones included. */
export async function findBatchByNo(
  db: Queryable,
  client: string,
  batchNo: string,
): Promise<Batch | undefined> {
  const { rows } = await db.query<BatchRow>(
    `select ${columns} from batch where client = $1 and batch_no = $2 order by batch_id desc limit 1`,
    [client, batchNo],
  )
  return rows[0] && toBatch(rows[0])
}

const toBatch = (row: BatchRow): Batch => ({
  batchId: batchId(row.batch_id),
  client: row.client,
  batchNo: row.batch_no,
  shard: row.shard,
  programmeCode: row.programme_code,
  programmeName: row.programme_name,
  period: row.period,
  region: row.region,
  fundingAccount: row.funding_account,
  voucherNo: row.voucher_no ?? undefined,
  dueBy: row.due_by,
  declaredCount: row.declared_count,
  declaredFen: money(row.declared_fen),
  state: row.state,
})
