/**
 * Cancels a batch that was opened and never sealed (F02): its lines were never accepted, so nobody waits for them,
 * and their personal data must not lie about. A batch that was sealed meanwhile is left alone.
 */
import { recordAct } from '../audit-store.ts'
import { batchId } from '../ledger/batch.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import type { Needs } from '../needs.ts'
import type { StepEnd } from '../run-step.ts'
import { inTransaction } from '../store/transaction.ts'
import { cancelBatch, lockBatch } from './open-store.ts'
import { dropStage, stageOf } from './stage-store.ts'

/** How long a batch may stay open, in milliseconds: seven days. */
export const openForMs = 7 * 86_400_000

/** Step `expire`: subject is a batch id, due when the batch has been open too long. */
export async function expireBatch(
  needs: Pick<Needs, 'db' | 'clock'>,
  subject: string,
  claim: Claim,
): Promise<StepEnd> {
  await inTransaction(needs.db, async (tx) => {
    const batch = await lockBatch(tx, batchId(Number(subject)))
    if (batch?.state === 'open') {
      const at = needs.clock.now()
      await dropStage(tx, stageOf(batch))
      await cancelBatch(tx, batch.batchId, at)
      await recordAct(tx, at, 'huida', 'batch.expired', batch.batchNo, {
        openForDays: openForMs / 86_400_000,
      })
    }
    await finishDueWork(tx, claim)
  })
  return { kind: 'done' }
}
