/**
 * A bank that speaks of a file proves that it has it, whatever our own record of the sending says: a result or a receipt
 * may be here before the answer to the sending is (reliability.md F53, F59).
 */
import type { ContractedBank } from '../banks/bank-book.ts'
import { type BankFile, bankFileMoves } from '../dispatch/bank-file.ts'
import { moveFile, recordSentAt } from '../dispatch/bank-file-store.ts'
import { isHandedOver } from '../ledger/handed-over.ts'
import type { Tx } from '../store/pool.ts'
import { type OweNeeds, owe } from './owed/owe.ts'

/**
 * True for a file that the bank can have; one that was never handed over cannot be answered. A sending under way counts,
 * since an earlier try of it may have arrived after all, and taking the bank at its word stops the new one in time.
 */
export const mayBeThere = ({ state }: Pick<BankFile, 'state'>): boolean => isHandedOver(state)

/** Enters when a file was sent, as far as nobody knew, and what its bank owes for it. */
export async function recordProvenDelivery(
  tx: Tx,
  needs: OweNeeds,
  bank: ContractedBank,
  file: BankFile,
  at: Date,
): Promise<void> {
  if (file.state !== 'sending' && file.state !== 'unconfirmed') return
  await recordSentAt(tx, file.fileId, at)
  await owe(tx, needs, bank, file, at)
}

/** Moves a file whose sending was in doubt to `sent`; gives the state in which it stands then. Its row is locked. */
export async function proveDelivery(
  tx: Tx,
  needs: OweNeeds,
  bank: ContractedBank,
  file: BankFile,
  at: Date,
): Promise<BankFile['state']> {
  if (file.state !== 'sending' && file.state !== 'unconfirmed') return file.state
  await moveFile(tx, file.fileId, { from: file.state, to: 'sent', cause: bankFileMoves[file.state].sent, at })
  await recordProvenDelivery(tx, needs, bank, file, at)
  return 'sent'
}
