/**
 * Sends a sealed file: claim, act, record (laws 3 and 4). The claim is committed before the first byte, the wish to
 * rename before the rename; whoever was shut out by a later fence stops there. A sending that was cut off is never
 * repeated blindly: the bank's folder is asked first.
 */
import type { SideFile } from '../../formats/bank-file.ts'
import type { ContractedBank } from '../banks/bank-book.ts'
import { nextOpening } from '../banks/window.ts'
import { type BankFile, type BankFileState, bankFileMoves } from '../dispatch/bank-file.ts'
import {
  findBankFile,
  moveFile,
  recordRenaming,
  recordSendStart,
  recordSentTimes,
  takeOverSending,
} from '../dispatch/bank-file-store.ts'
import { Fault } from '../faults.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import { instructionMoves } from '../ledger/instruction-states.ts'
import { moveMoney } from '../ledger/position-store.ts'
import type { Needs } from '../needs.ts'
import { pauseMs, type StepEnd } from '../run-step.ts'
import { readContent } from '../store/content-store.ts'
import type { Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import type { Channel, SendOutcome } from './channel.ts'
import { decideDelivery } from './decide-delivery.ts'
import { openException } from './exception-store.ts'

/** What sending uses. */
export type SendNeeds = Pick<Needs, 'db' | 'bankBook' | 'clock' | 'calendar'> & {
  readonly channelOf: (bank: ContractedBank) => Channel
}

const actor = 'huida'
const askAgainMs = 60_000

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
      return confirmDelivery(needs, bank, await takeOver(needs, file, claim), claim)
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
  if (!(await claimSending(needs, file, claim))) throw new Fault('LEASE_LOST', { fileId: file.fileId })
  const outcome = await hand(needs, bank, file, claim)
  return recordOutcome(needs, bank, file, claim, outcome)
}

/** From here on the money is in flight: before the first byte, and until the bank or a proof says otherwise. */
function claimSending(needs: SendNeeds, file: BankFile, claim: Claim): Promise<boolean> {
  return inTransaction(needs.db, async (tx) => {
    // First, since every later move of this sending is checked against the fence that it leaves.
    if (!(await recordSendStart(tx, file.fileId, claim.fence))) return false
    if (!(await move(tx, needs, file, 'sealed', 'sending', bankFileMoves.sealed.sending, claim)))
      throw new Fault('LEASE_LOST', { fileId: file.fileId })
    await moveLines(tx, needs, file, 'waiting', 'in_flight')
    return true
  })
}

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
  if (contentId === undefined || sealedBytes === undefined || sealedName === undefined) {
    throw new Fault('INTERNAL', { reason: 'a sealed file without bytes', fileId: file.fileId })
  }
  return channel.send({
    name: sealedName,
    attempt: `${claim.fence}`,
    ...(file.sendAttempt === 0n ? {} : { earlierAttempt: `${file.sendAttempt}` }),
    sizeBytes: sealedBytes,
    content: () => readContent(needs.db, contentId),
    beforeRename: async () => {
      if (!(await recordRenaming(needs.db, file.fileId, claim.fence)))
        throw new Fault('LEASE_LOST', { fileId: file.fileId })
    },
  })
}

/** A side file that lies there already in our size is ours, left by an earlier try. */
async function sendSide(channel: Channel, side: SideFile): Promise<SendOutcome> {
  const outcome = await channel.send({
    name: side.name,
    sizeBytes: side.content.length,
    content: async function* () {
      yield side.content
    },
  })
  if (outcome.kind === 'name-taken' && outcome.sameSize)
    return { kind: 'accepted', sizeBytes: side.content.length }
  return outcome
}

async function recordOutcome(
  needs: SendNeeds,
  bank: ContractedBank,
  file: BankFile,
  claim: Claim,
  outcome: SendOutcome,
): Promise<StepEnd> {
  switch (outcome.kind) {
    case 'accepted':
      return recordDelivered(needs, bank, file, claim, 'sending', bankFileMoves.sending.sent)
    case 'not-accepted':
      return recordNotDelivered(needs, file, claim, 'sending', outcome.fault)
    case 'unknown':
      return recordUnclear(needs, file, claim, outcome.fault)
    case 'name-taken':
      await inTransaction(needs.db, (tx) =>
        openException(tx, {
          kind: 'name-taken',
          bankNo: file.bankNo,
          fileId: file.fileId,
          at: needs.clock.now(),
          facts: { name: file.name, sameSize: outcome.sameSize ? 1 : 0 },
        }),
      )
      return recordUnclear(needs, file, claim, new Fault('REMOTE_NAME_TAKEN', { fileId: file.fileId }))
    default:
      return outcome satisfies never
  }
}

/** The data file is there; the bank takes it only with its marker, so that goes up before we call it sent. */
async function recordDelivered(
  needs: SendNeeds,
  bank: ContractedBank,
  file: BankFile,
  claim: Claim,
  from: BankFileState,
  why: string,
): Promise<StepEnd> {
  for (const side of file.sideFiles.filter((one) => one.order === 'after')) {
    const outcome = await sendSide(needs.channelOf(bank), side)
    if (outcome.kind === 'accepted') continue
    throw outcome.kind === 'name-taken'
      ? new Fault('REMOTE_NAME_TAKEN', { fileId: file.fileId })
      : outcome.fault
  }
  const now = needs.clock.now()
  await inTransaction(needs.db, async (tx) => {
    if (await move(tx, needs, file, from, 'sent', why, claim)) {
      await recordSentTimes(
        tx,
        file.fileId,
        now,
        new Date(now.getTime() + bank.agreement.result.dueMinutes * 60_000),
      )
    }
    await finishDueWork(tx, claim)
  })
  return { kind: 'done' }
}

async function recordNotDelivered(
  needs: SendNeeds,
  file: BankFile,
  claim: Claim,
  from: 'sending' | 'unconfirmed',
  fault: Fault,
): Promise<StepEnd> {
  await inTransaction(needs.db, async (tx) => {
    if (!(await move(tx, needs, file, from, 'sealed', fault.message, claim))) return
    await moveLines(tx, needs, file, 'in_flight', 'waiting')
  })
  // Thrown after the record: the runner puts the next try off as the fault's own rule says.
  throw fault
}

async function recordUnclear(needs: SendNeeds, file: BankFile, claim: Claim, fault: Fault): Promise<StepEnd> {
  await inTransaction(needs.db, (tx) => move(tx, needs, file, 'sending', 'unconfirmed', fault.message, claim))
  return { kind: 'later', at: new Date(needs.clock.now().getTime() + pauseMs(fault, claim.tries)) }
}

/**
 * Whoever began this sending may still be alive. It is shut out before the bank is asked, so that what the bank shows
 * cannot be overtaken by a rename; then the file is read again, as it stays.
 */
async function takeOver(needs: SendNeeds, { fileId }: BankFile, claim: Claim): Promise<BankFile> {
  const file = (await takeOverSending(needs.db, fileId, claim.fence))
    ? await findBankFile(needs.db, fileId)
    : undefined
  if (!file) throw new Fault('LEASE_LOST', { fileId })
  return file
}

async function confirmDelivery(
  needs: SendNeeds,
  bank: ContractedBank,
  file: BankFile,
  claim: Claim,
): Promise<StepEnd> {
  if (file.state !== 'sending' && file.state !== 'unconfirmed')
    throw new Fault('INTERNAL', { reason: 'nothing to confirm' })
  const delivery = decideDelivery(
    file,
    await needs.channelOf(bank).confirm(file.sealedName ?? file.name, `${file.sendAttempt}`),
  )
  switch (delivery.kind) {
    case 'delivered':
      return recordDelivered(needs, bank, file, claim, file.state, delivery.why)
    case 'not-delivered':
      return recordNotDelivered(
        needs,
        file,
        claim,
        file.state,
        new Fault('BANK_UNREACHABLE', { reason: delivery.why }),
      )
    case 'unclear':
      if (file.state === 'sending')
        return recordUnclear(needs, file, claim, new Fault('SEND_UNCONFIRMED', { reason: delivery.why }))
      return { kind: 'later', at: new Date(needs.clock.now().getTime() + askAgainMs) }
    default:
      return delivery satisfies never
  }
}

const move = (
  tx: Tx,
  needs: SendNeeds,
  file: BankFile,
  from: BankFileState,
  to: BankFileState,
  cause: string,
  claim: Claim,
): Promise<boolean> =>
  moveFile(tx, file.fileId, {
    from,
    to,
    cause,
    at: needs.clock.now(),
    fence: claim.fence,
    sender: claim.fence,
  })

async function moveLines(
  tx: Tx,
  needs: SendNeeds,
  file: BankFile,
  from: 'waiting' | 'in_flight',
  to: 'waiting' | 'in_flight',
): Promise<void> {
  const cause = to === 'in_flight' ? instructionMoves.waiting.in_flight : instructionMoves.in_flight.waiting
  await moveMoney(tx, {
    batchId: file.batchId,
    bankNo: file.bankNo,
    from,
    to,
    count: file.rowCount,
    amountFen: file.totalFen,
    cause,
    actor,
    businessAt: needs.clock.now(),
    fileId: file.fileId,
  })
}
