/** What a recount shows beside the law itself: codes of banks, and why a batch is not among the accepted ones. */
import type { Queryable } from '../../gateway/store/pool.ts'

/** Code of each bank by its number in the ledger. */
export async function bankCodes(db: Queryable): Promise<ReadonlyMap<number, string>> {
  const { rows } = await db.query<{ bank_no: number; bank: string }>('select bank_no, bank from bank')
  return new Map(rows.map((row) => [row.bank_no, row.bank]))
}

/** States of the batches of a number, newest first; empty when there is none. */
export async function batchStates(db: Queryable, batchNo: string): Promise<string[]> {
  const { rows } = await db.query<{ state: string }>(
    'select state from batch where batch_no = $1 order by batch_id desc',
    [batchNo],
  )
  return rows.map((row) => row.state)
}
