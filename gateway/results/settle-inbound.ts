/** Records an inbound file that speaks of one of our files as a whole, and lets go of broken ones that it replaces. */
import type { OpenedContent } from '../../crypto/envelope.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import type { Needs } from '../needs.ts'
import type { StepEnd } from '../run-step.ts'
import type { Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import type { InboundFile } from '../transfer/collect/inbound-file.ts'
import { findReplaced, moveInbound } from '../transfer/collect/inbound-store.ts'
import { closeExceptions } from '../transfer/own-exception-store.ts'
import type { NamedFile } from './answered-file.ts'
import type { SaidIn } from './apply-refusal.ts'

/** What recording uses. */
export type SettleNeeds = Pick<Needs, 'db' | 'clock'>

/** Runs `record` and ends the step in one transaction. */
export async function settleInbound(
  needs: SettleNeeds,
  inbound: InboundFile,
  { bank, file }: NamedFile,
  opened: Pick<OpenedContent, 'sha256' | 'keys'>,
  claim: Claim,
  record: (tx: Tx, said: SaidIn) => Promise<void>,
): Promise<StepEnd> {
  const contentSha256 = Buffer.from(opened.sha256, 'hex')
  const at = needs.clock.now()
  await inTransaction(needs.db, async (tx) => {
    await record(tx, { inbound, bank, file, contentSha256, keys: { ...opened.keys }, at })
    await closeReplaced(tx, inbound, at)
    await finishDueWork(tx, claim)
  })
  return { kind: 'done' }
}

/** A bank that sends a file again under its name has mended the one that was quarantined: nobody has to look any more. */
export async function closeReplaced(
  tx: Tx,
  { inboundId, bankNo, name }: InboundFile,
  at: Date,
): Promise<void> {
  for (const replaced of await findReplaced(tx, bankNo, name, inboundId)) {
    const cause = 'the bank sent it again whole'
    await moveInbound(tx, replaced, 'quarantined', 'closed', cause, at, { replacedBy: inboundId })
    const kinds = ['quarantined-file'] as const
    await closeExceptions(tx, { kinds, inboundId: replaced }, cause, at, { replacedBy: inboundId })
  }
}
