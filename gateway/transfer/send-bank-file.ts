/**
 * Sends a sealed file: claim, act, record (laws 3 and 4). The claim is committed before the first byte, the wish to
 * rename before the rename; whoever was shut out by a later fence stops there. A sending that was cut off is never
 * repeated blindly: the bank's folder is asked first.
 */
import type { ContractedBank } from '../banks/bank-book.ts'
import { nextOpening } from '../banks/window.ts'
import { type BankFile, bankFileMoves } from '../dispatch/bank-file.ts'
import {
  findBankFile,
  findSendAttempts,
  recordRenaming,
  recordSendStart,
} from '../dispatch/bank-file-store.ts'
import { Fault } from '../faults.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import type { StepEnd } from '../run-step.ts'
import { readContent } from '../store/content-store.ts'
import type { Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import { brakesOnFile } from './brakes/brake-store.ts'
import type { SendOutcome } from './channel.ts'
import { confirmDelivery } from './confirm-delivery.ts'
import { moveLines, moveSending, recordOutcome, sendSide } from './record-sending.ts'
import type { SendNeeds } from './send-needs.ts'

/** Lifting a brake makes its files due at once; this is for a wake-up that was lost. */
const lookAgainMs = 600_000

/** Step `send`: subject is a file number. */
export async function sendBankFile(needs: SendNeeds, subject: string, claim: Claim): Promise<StepEnd> {
  const file = await findBankFile(needs.db, Number(subject))
  if (!file) throw new Fault('INTERNAL', { reason: 'no such bank file', fileId: subject })
  const bank = needs.bankBook.byNo(file.bankNo)
  switch (file.state) {
    case 'sealed':
      return sendInWindow(needs, bank, file, claim)
    case 'sending':
    case 'unconfirmed':
      return confirmDelivery(needs, bank, file, claim)
    default:
      await finishDueWork(needs.db, claim)
      return { kind: 'done' }
  }
}

async function sendInWindow(
  needs: SendNeeds,
  bank: ContractedBank,
  file: BankFile,
  claim: Claim,
): Promise<StepEnd> {
  const now = needs.clock.now()
  const opening = nextOpening(bank.agreement, needs.calendar, now)
  if (opening.opensAt > now) return { kind: 'later', at: opening.opensAt }
  const claimed = await claimSending(needs, file, claim)
  if (claimed === 'braked') return { kind: 'later', at: new Date(now.getTime() + lookAgainMs) }
  const outcome = await hand(needs, bank, file, claim)
  return recordOutcome(needs, bank, file, claim, outcome)
}

/** From here on the money is in flight: before the first byte, and until the bank or a proof says otherwise. */
function claimSending(needs: SendNeeds, file: BankFile, claim: Claim): Promise<'claimed' | 'braked'> {
  return inTransaction(needs.db, async (tx) => {
    if ((await brakesOnFile(tx, file.fileId)).length > 0) return 'braked'
    // First, since every later move of this sending is checked against the fence that it leaves.
    if (!(await recordSendStart(tx, file.fileId, claim.fence))) throw shutOut(file)
    if (!(await moveSending(tx, needs, file, 'sealed', 'sending', bankFileMoves.sealed.sending, claim)))
      throw shutOut(file)
    await moveLines(tx, needs, file, 'waiting', 'in_flight')
    return 'claimed'
  })
}

/** The last moment in which a brake can hold the file back: once the final name was asked for, it may be the bank's. */
function letGo(needs: SendNeeds, file: BankFile, claim: Claim): Promise<void> {
  return inTransaction(needs.db, async (tx: Tx) => {
    const [brake] = await brakesOnFile(tx, file.fileId)
    if (brake) throw new Fault('SENDING_HELD', { fileId: file.fileId, brake: brake.brakeId })
    if (!(await recordRenaming(tx, file.fileId, claim.fence))) throw shutOut(file)
  })
}

const shutOut = ({ fileId }: BankFile): Fault => new Fault('LEASE_LOST', { fileId })

async function hand(
  needs: SendNeeds,
  bank: ContractedBank,
  file: BankFile,
  claim: Claim,
): Promise<SendOutcome> {
  const channel = needs.channelOf(bank)
  for (const side of file.sideFiles.filter((one) => one.order === 'before')) {
    const outcome = await sendSide(channel, side)
    if (outcome.kind !== 'accepted')
      return outcome.kind === 'unknown' ? { kind: 'not-accepted', fault: outcome.fault } : outcome
  }
  const { contentId, sealedBytes, sealedName } = file
  // All of them, not the last one only: that one may have ended before it could remove the part of the one before.
  const earlier = (await findSendAttempts(needs.db, file.fileId)).filter((fence) => fence !== claim.fence)
  if (contentId === undefined || sealedBytes === undefined || sealedName === undefined) {
    throw new Fault('INTERNAL', { reason: 'a sealed file without bytes', fileId: file.fileId })
  }
  return channel.send({
    name: sealedName,
    attempt: `${claim.fence}`,
    earlierAttempts: earlier.map(String),
    sizeBytes: sealedBytes,
    content: () => readContent(needs.db, contentId),
    beforeRename: () => letGo(needs, file, claim),
  })
}
