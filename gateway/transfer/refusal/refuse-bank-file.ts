/**
 * A bank says that it refused one of our files whole (class F, bank-formats §7.2). The file is refused, somebody is told
 * why, and the money stays in flight: only a person may say that nothing of it was paid, and let the lines go.
 */
import type { ContractedBank } from '../../banks/bank-book.ts'
import { bankFileMoves } from '../../dispatch/bank-file.ts'
import { findBankFile, lockBankFile, moveFile } from '../../dispatch/bank-file-store.ts'
import { Fault } from '../../faults.ts'
import type { Tx } from '../../store/pool.ts'
import { proveDelivery } from '../delivery-proof.ts'
import { openException } from '../exception-store.ts'
import { meetObligation, type OweNeeds } from '../owed/owe.ts'

/** A refusal in an authenticated answer; `text` is the bank's, with long digits masked. */
export interface WholeRefusal {
  readonly fileId: number
  /** Canonical reason of class F. */
  readonly reason: string
  readonly code: string
  readonly text: string
  /** Where it was said: an inbound file, or an exchange of an API. */
  readonly inboundId?: number
  readonly at: Date
}

/**
 * What came of a refusal. `before`: the file was refused already. `contradicts`: the bank answered lines of it, or it
 * is not proven that the bank has it; nothing was changed.
 */
export type RefusalEnd = 'refused' | 'before' | 'contradicts'

/** Records a refusal in the transaction that records where it was said; it proves that the bank had the file. */
export async function refuseBankFile(
  tx: Tx,
  needs: OweNeeds,
  bank: ContractedBank,
  refusal: WholeRefusal,
): Promise<RefusalEnd> {
  await lockBankFile(tx, refusal.fileId)
  const file = await findBankFile(tx, refusal.fileId)
  if (file) await proveDelivery(tx, needs, bank, file, refusal.at)
  return refuseSentFile(tx, refusal)
}

/** The same for a file that the bank is known to have. */
export async function refuseSentFile(tx: Tx, refusal: WholeRefusal): Promise<RefusalEnd> {
  const { fileId, at, reason, code, text, inboundId } = refusal
  await lockBankFile(tx, fileId)
  const file = await findBankFile(tx, fileId)
  if (!file) throw new Fault('INTERNAL', { reason: 'no such bank file', fileId })
  const { state } = file
  if (state === 'refused') return 'before'
  if ((state !== 'sent' && state !== 'acknowledged') || file.settledCount > 0) return 'contradicts'
  const facts = { reason, code, text }
  await moveFile(tx, fileId, { from: state, to: 'refused', cause: bankFileMoves[state].refused, at, facts })
  await meetObligation(tx, fileId, 'acknowledgement', at)
  await meetObligation(tx, fileId, 'result', at)
  await openException(tx, {
    kind: 'file-refused',
    bankNo: file.bankNo,
    fileId,
    batchId: file.batchId,
    ...(inboundId === undefined ? {} : { inboundId }),
    facts: { name: file.name, lines: file.rowCount, ...facts },
    at,
  })
  return 'refused'
}
