/** Finds what a brake is pulled for, by the codes that people know. */
import { type BankNo, type BatchId, bankNo, batchId } from '../../gateway/ledger/batch.ts'
import type { Queryable } from '../../gateway/store/pool.ts'

/** Number of a bank by its code. */
export async function bankNoOf(db: Queryable, code: string): Promise<BankNo | undefined> {
  const { rows } = await db.query<{ bank_no: number }>('select bank_no from bank where bank = $1', [code])
  return rows[0] && bankNo(rows[0].bank_no)
}

/** The latest batch of this number of each client that has one, or of one client. */
export async function batchesOf(
  db: Queryable,
  batchNo: string,
  client: string | undefined,
): Promise<{ readonly client: string; readonly batchId: BatchId }[]> {
  const { rows } = await db.query<{ client: string; batch_id: number }>(
    `select client, max(batch_id) as batch_id from batch where batch_no = $1 and ($2::text is null or client = $2)
     group by client order by client`,
    [batchNo, client ?? null],
  )
  return rows.map((row) => ({ client: row.client, batchId: batchId(row.batch_id) }))
}
