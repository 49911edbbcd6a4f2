/** Lets a bank be sent to again after a restore: only when a comparison left nothing in doubt, and past every number used. */
import { recordAct } from '../../audit-store.ts'
import type { ContractedBank } from '../../banks/bank-book.ts'
import { knownProfiles } from '../../banks/bank-book.ts'
import { chinaDay } from '../../clock.ts'
import { batchId } from '../../ledger/batch.ts'
import { addDueWork } from '../../ledger/due-work-store.ts'
import { due, type Wake } from '../../run-step.ts'
import { lockIdentity, type Restore, readRestore } from '../../store/database-identity-store.ts'
import { inTransaction } from '../../store/transaction.ts'
import type { BrakeHand } from '../brakes/brake.ts'
import { findStanding } from '../brakes/brake-store.ts'
import { liftIn } from '../brakes/pull-brake.ts'
import type { CompareNeeds, Comparison } from './compare-bank.ts'
import { skipSequences } from './compare-store.ts'

/** `in-doubt`: something is left to settle. `not-paused`: no restore holds this bank back, or another came meanwhile. */
export type ResumeResult =
  | { readonly kind: 'resumed'; readonly wakes: readonly Wake[] }
  | { readonly kind: 'in-doubt' | 'not-paused' }

/** Daily numbers that are left out for files that were sent and taken away unseen. */
const margin = 20

/** Resumes by a comparison that was made just now. Other brakes stay as they are. */
export async function resumeSending(
  needs: CompareNeeds,
  bank: ContractedBank,
  comparison: Comparison,
  hand: BrakeHand,
): Promise<ResumeResult> {
  const { restore } = comparison
  if (!restore) return { kind: 'not-paused' }
  if (!comparison.clean) return { kind: 'in-doubt' }
  return inTransaction(needs.db, async (tx) => {
    const at = needs.clock.now()
    await lockIdentity(tx)
    const scope = { kind: 'bank' as const, bankNo: bank.bankNo }
    const brake = await findStanding(tx, scope, 'restored', 'huida')
    if (!brake || (await readRestore(tx))?.identityNo !== restore.identityNo) return { kind: 'not-paused' }
    await skipSequences(tx, bank.bankNo, comparison.seen, days(bank, restore, at))
    const lifted = await liftIn(tx, at, brake, hand)
    const wakes = lifted.kind === 'lifted' ? [...lifted.wakes] : []
    for (const lines of comparison.unplanned) wakes.push(await due(tx, 'plan', batchId(lines.batchId), at))
    await addDueWork(tx, 'collect', bank.bankNo, at)
    await recordAct(tx, at, hand.by, 'sending.resumed', bank.bank, {
      restore: restore.identityNo,
      reason: hand.reason,
      files: comparison.files.length,
      lost: comparison.lost.length,
    })
    return { kind: 'resumed', wakes: [...wakes, { step: 'collect', subject: String(bank.bankNo) }] }
  })
}

function days(
  bank: ContractedBank,
  restore: Restore,
  at: Date,
): { firstDay: string; today: string; margin: number; largest: number } {
  const largest = Math.min(...knownProfiles(bank).map((profile) => profile.limits.maxFilesPerDay))
  return { firstDay: chinaDay(restore.lastFactAt ?? restore.noticedAt), today: chinaDay(at), margin, largest }
}
