/** Appends slices to the result feed. The head row is locked until commit, so a reader never sees a later slice first. */
import type { BatchId } from '../ledger/batch.ts'
import type { Queryable } from '../store/pool.ts'

/** Tells the feed that an inbound file brought news about lines between two seqs. */
export async function appendSlice(
  tx: Queryable,
  slice: {
    client: string
    batchId: BatchId
    kind: 'results' | 'later'
    inboundId: number
    loSeq: number
    hiSeq: number
  },
): Promise<void> {
  await tx.query(
    `with head as (update feed_head set last_no = last_no + 1 returning last_no)
     insert into feed_slice (feed_no, client, batch_id, kind, inbound_id, lo_seq, hi_seq)
     select last_no, $1, $2, $3, $4, $5, $6 from head`,
    [slice.client, slice.batchId, slice.kind, slice.inboundId, slice.loSeq, slice.hiSeq],
  )
}
