/** Opens the personal side of a range of lines of one bank, block by block and in order; memory holds a few blocks. */
import type { FieldSealer } from '../../crypto/field-sealing.ts'
import type { Queryable } from '../store/pool.ts'
import type { BankNo, Batch } from './batch.ts'
import { blockContext, type SealedLine, unpackLines } from './sealed-line.ts'

const blocksPerQuery = 8

/** Lines of one bank of a batch with seq between `loSeq` and `hiSeq`, in order, a block at a time. */
export async function* openLines(
  db: Queryable,
  sealer: FieldSealer,
  batch: Pick<Batch, 'batchId' | 'shard'>,
  bankNo: BankNo,
  loSeq: number,
  hiSeq: number,
): AsyncIterable<readonly SealedLine[]> {
  for (let after = 0; ; ) {
    const { rows } = await db.query<{ first_seq: number; last_seq: number; sealed: Buffer }>(
      `select first_seq, last_seq, sealed from sealed_block
       where shard = $1 and batch_id = $2 and bank_no = $3 and first_seq > $4 and last_seq >= $5 and first_seq <= $6
       order by first_seq limit ${blocksPerQuery}`,
      [batch.shard, batch.batchId, bankNo, after, loSeq, hiSeq],
    )
    for (const block of rows) {
      const plain = sealer.openBlock(block.sealed, blockContext(batch.batchId, bankNo, block.first_seq))
      yield unpackLines(plain).filter((line) => line.seq >= loSeq && line.seq <= hiSeq)
      after = block.first_seq
    }
    if (rows.length < blocksPerQuery) return
  }
}
