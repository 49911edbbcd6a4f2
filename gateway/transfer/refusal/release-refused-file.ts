/**
 * Lets the lines of a refused file go, when a person has made sure that the bank paid none of them: they wait again and
 * get a new file under a new number, so that no serial ever goes out twice (R1, R4).
 */
import { findBankFile, lockBankFile } from '../../dispatch/bank-file-store.ts'
import { Fault } from '../../faults.ts'
import { moveMoney } from '../../ledger/position-store.ts'
import type { Needs } from '../../needs.ts'
import { due, type Wake } from '../../run-step.ts'
import type { Tx } from '../../store/pool.ts'
import { markReleased, releaseLines } from './refused-file-store.ts'

/** Who lets the lines go, and on what grounds in words. */
export interface ReleasedBy {
  readonly actor: string
  readonly cause: string
}

/** What came of it. `not-refused`: the file is not refused, or its lines were let go before; nothing was changed. */
export type ReleaseEnd =
  | { readonly kind: 'released'; readonly count: number; readonly wakes: readonly Wake[] }
  | { readonly kind: 'not-refused' }

/** Moves every line of a refused file that has no final answer from in flight to waiting, and makes `plan` due. */
export async function releaseRefusedFile(
  tx: Tx,
  needs: Pick<Needs, 'clock'>,
  fileId: number,
  { actor, cause }: ReleasedBy,
): Promise<ReleaseEnd> {
  await lockBankFile(tx, fileId)
  const file = await findBankFile(tx, fileId)
  if (!file) throw new Fault('INTERNAL', { reason: 'no such bank file', fileId })
  const at = needs.clock.now()
  if (!(await markReleased(tx, fileId, at))) return { kind: 'not-refused' }
  const released = await releaseLines(tx, file, at)
  const { batchId, bankNo } = file
  await moveMoney(tx, {
    ...released,
    batchId,
    bankNo,
    from: 'in_flight',
    to: 'waiting',
    cause,
    actor,
    businessAt: at,
    fileId,
  })
  return { kind: 'released', count: released.count, wakes: [await due(tx, 'plan', batchId, at)] }
}
