/** Whether a batch is held back as a whole, as its client may know it: the names of our operators stay with us. */
import { z } from 'zod'
import type { BatchId } from '../../gateway/ledger/batch.ts'
import type { Queryable } from '../../gateway/store/pool.ts'
import type { Brake } from '../../gateway/transfer/brakes/brake.ts'
import { brakesOnBatch } from '../../gateway/transfer/brakes/brake-store.ts'
import { timeSchema } from './answer-schemas.ts'

/** Shape of a hold: `by` is the client's own name, or `operator`. */
export const heldSchema = z.object({
  by: z.string(),
  scope: z.enum(['everything', 'bank', 'batch', 'programme', 'region']),
  reason: z.string(),
  since: timeSchema,
})

/** A hold as the schema takes it in. */
export type Held = z.input<typeof heldSchema>

/** The brake that holds a batch, its own ones first; undefined when none does. Brakes on single banks hold no whole batch. */
export async function holdOf(db: Queryable, batchId: BatchId): Promise<Held | undefined> {
  const [brake] = await brakesOnBatch(db, batchId)
  return brake && heldBy(brake)
}

const heldBy = ({ pulledVia, pulledBy, scope, reason, pulledAt }: Brake): Held => ({
  by: pulledVia === 'client' ? pulledBy : 'operator',
  scope: scope.kind,
  reason,
  since: pulledAt,
})
