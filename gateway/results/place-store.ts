/** Which line of the batch stands at which place of a file, for banks that name a row by its place. */
import { type BankFile, membership } from '../dispatch/bank-file.ts'
import type { Queryable } from '../store/pool.ts'

/**
 * Seqs of a file's lines in the order in which they were composed; four bytes of memory a line. Instructions never
 * change, so any connection may read them while another one copies the answer.
 */
export async function readPlaces(db: Queryable, shard: number, file: BankFile): Promise<Int32Array> {
  const { rows } = await db.query<{ seqs: string | null }>(
    `select string_agg(seq::text, ',' order by seq) seqs from instruction
     where shard = $1 and batch_id = $2 and bank_no = $3 and seq between $4 and $5`,
    [shard, file.batchId, file.bankNo, file.loSeq, file.hiSeq],
  )
  const holds = membership(file)
  const seqs = (rows[0]?.seqs ?? '').split(',').map((digits) => Number.parseInt(digits, 10))
  const places = Int32Array.from(seqs.filter(holds))
  if (places.length === file.rowCount) return places
  throw new Error(`file ${file.fileId} holds ${places.length} lines of the ledger, not ${file.rowCount}`)
}
