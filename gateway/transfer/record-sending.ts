/**
 * Writes down how a sending ended (law 3): each record is one short transaction, refused to a sender whom a later fence
 * shut out. What is not proven stays in flight.
 */
import type { SideFile } from '../../formats/bank-file.ts'
import type { ContractedBank } from '../banks/bank-book.ts'
import { type BankFile, type BankFileState, bankFileMoves } from '../dispatch/bank-file.ts'
import { isSender, moveFile, recordSentAt } from '../dispatch/bank-file-store.ts'
import { Fault } from '../faults.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import { instructionMoves } from '../ledger/instruction-states.ts'
import { moveMoney } from '../ledger/position-store.ts'
import { pauseMs, type StepEnd } from '../run-step.ts'
import type { Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import type { Channel, SendOutcome } from './channel.ts'
import { openException } from './exception-store.ts'
import { owe } from './owed/owe.ts'
import { closeExceptions, openOnce } from './own-exception-store.ts'
import type { SendNeeds } from './send-needs.ts'

const actor = 'huida'

/** Records what `Channel.send` said. Throws the fault of a sending that is proven not to have arrived. */
export async function recordOutcome(
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
      await recordNameTaken(needs, file, claim, outcome.sameSize)
      return recordUnclear(needs, file, claim, new Fault('REMOTE_NAME_TAKEN', { fileId: file.fileId }))
    default:
      return outcome satisfies never
  }
}

/** Tells people, unless a later sender has shut this one out: then the name may well be taken by our own file. */
async function recordNameTaken(
  needs: SendNeeds,
  file: BankFile,
  claim: Claim,
  sameSize: boolean,
): Promise<void> {
  await inTransaction(needs.db, async (tx) => {
    if (!(await isSender(tx, file.fileId, claim.fence))) return
    await openException(tx, {
      kind: 'name-taken',
      bankNo: file.bankNo,
      fileId: file.fileId,
      at: needs.clock.now(),
      facts: { name: file.name, sameSize: sameSize ? 1 : 0 },
    })
  })
}

/** The data file is there; the bank takes it only with its marker, so that goes up before we call it sent. */
export async function recordDelivered(
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
    if (await moveSending(tx, needs, file, from, 'sent', why, claim)) {
      await recordSentAt(tx, file.fileId, now)
      await owe(tx, needs, bank, file, now)
      await closeExceptions(
        tx,
        { kinds: ['file-refused'], fileId: file.fileId },
        'the bank took it later',
        now,
      )
    }
    await finishDueWork(tx, claim)
  })
  return { kind: 'done' }
}

/**
 * A look at the bank found another file under the final name. Whoever met it first may have ended before he could tell
 * people of it, so it is told here, once (F38).
 */
export async function tellNameTaken(
  needs: SendNeeds,
  file: BankFile,
  claim: Claim,
  lyingBytes: number,
): Promise<void> {
  await inTransaction(needs.db, async (tx) => {
    if (!(await isSender(tx, file.fileId, claim.fence))) return
    const { bankNo, fileId, name } = file
    const facts = { name, sameSize: lyingBytes === file.sealedBytes ? 1 : 0 }
    await openOnce(tx, { kind: 'name-taken', bankNo, fileId, at: needs.clock.now(), facts })
  })
}

/** Proven not to be at the bank: the money waits again. Throws `fault`, so that the runner puts the next try off by its rule. */
export async function recordNotDelivered(
  needs: SendNeeds,
  file: BankFile,
  claim: Claim,
  from: 'sending' | 'unconfirmed',
  fault: Fault,
): Promise<StepEnd> {
  await inTransaction(needs.db, async (tx) => {
    if (!(await moveSending(tx, needs, file, from, 'sealed', fault.message, claim))) return
    await moveLines(tx, needs, file, 'in_flight', 'waiting')
    await tellRefusal(tx, needs, file, fault)
  })
  throw fault
}

/** A bank's own code against the file will not go away by trying again, so somebody is told, once. */
async function tellRefusal(tx: Tx, needs: SendNeeds, file: BankFile, fault: Fault): Promise<void> {
  const { code } = fault.facts
  if (fault.code !== 'REMOTE_REFUSED' || code === undefined) return
  const { fileId, bankNo, batchId, name } = file
  const facts = { name, code: `${code}`, lines: file.rowCount, taken: 'not taken; it is sent again' }
  await openOnce(tx, { kind: 'file-refused', bankNo, fileId, batchId, facts, at: needs.clock.now() })
}

/** Nothing is proven: the file is unconfirmed, and the bank is asked before anything else happens to it. */
export async function recordUnclear(
  needs: SendNeeds,
  file: BankFile,
  claim: Claim,
  fault: Fault,
): Promise<StepEnd> {
  await inTransaction(needs.db, (tx) =>
    moveSending(tx, needs, file, 'sending', 'unconfirmed', fault.message, claim),
  )
  return { kind: 'later', at: new Date(needs.clock.now().getTime() + pauseMs(fault, claim.tries)) }
}

/** Sends a side file; one that lies there already in our size is ours, left by an earlier try. */
export async function sendSide(channel: Channel, side: SideFile): Promise<SendOutcome> {
  const outcome = await channel.send({
    name: side.name,
    sizeBytes: side.content.length,
    content: async function* () {
      yield side.content
    },
  })
  if (outcome.kind !== 'name-taken' || !outcome.sameSize) return outcome
  // Two senders of one marker write the same part; whoever came second leaves it behind, which is untidy and no more.
  await channel.removeParts?.(side.name, [undefined]).catch(() => undefined)
  return { kind: 'accepted', sizeBytes: side.content.length }
}

/** Moves a file in the name of its sender; false when it stands elsewhere or a later fence has it. */
export const moveSending = (
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

/** Moves the money of all lines of a file, as its sending takes it or gives it back. */
export async function moveLines(
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
