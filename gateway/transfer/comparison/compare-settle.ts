/**
 * Settles what a comparison left open, and what it proved: by the evidence of the bank's own folder, or by the word of a
 * person who brings it. What was delivered takes the usual way of a sending that was cut off: its money is in flight, its
 * marker goes up where one belongs, its answer is owed.
 */
import { recordAct } from '../../audit-store.ts'
import type { ContractedBank } from '../../banks/bank-book.ts'
import { type BankFile, bankFileMoves } from '../../dispatch/bank-file.ts'
import {
  findBankFile,
  recordRenaming,
  recordSendStart,
  takeOverSending,
} from '../../dispatch/bank-file-store.ts'
import { Fault } from '../../faults.ts'
import { batchId } from '../../ledger/batch.ts'
import { addDueWork, type Claim, claimDueWork } from '../../ledger/due-work-store.ts'
import type { Restore } from '../../store/database-identity-store.ts'
import { inTransaction } from '../../store/transaction.ts'
import { pullBrakeIn } from '../brakes/pull-brake.ts'
import { moveLines, moveSending, recordDelivered } from '../record-sending.ts'
import type { ComparedFile, CompareNeeds, Comparison } from './compare-bank.ts'
import { insertSettlement, type Settlement } from './compare-store.ts'

const leaseSeconds = 60

/** Records every file that the comparison found at the bank; gives those that a worker holds just now. */
export async function recordFound(
  needs: CompareNeeds,
  bank: ContractedBank,
  restore: Restore,
  { files }: Comparison,
): Promise<ComparedFile[]> {
  const busy: ComparedFile[] = []
  for (const file of files) {
    if (file.settled !== undefined || file.finding.kind !== 'delivered') continue
    const evidence = file.finding.why
    const settlement = settlementOf('file', file.name, 'delivered', evidence, 'huida')
    // Only a file that still lies there may lack its marker; what the bank has taken in needs none.
    const marked = file.finding.by === 'lying' ? 'with-marker' : 'as-it-is'
    if (!(await deliver(needs, bank, restore, file, settlement, marked))) busy.push(file)
  }
  return busy
}

/** What a person says of one subject, by name, with the evidence for it. */
export type SettleRequest = Settlement

/** `busy`: a worker is at the file now. `refused` names why. */
export type SettleResult =
  | { readonly kind: 'settled' | 'busy' }
  | { readonly kind: 'refused'; readonly why: 'not-in-doubt' | 'settled-before' | 'being-made' }

/** Settles one subject of a comparison by a person's evidence. */
export async function settle(
  needs: CompareNeeds,
  bank: ContractedBank,
  restore: Restore,
  comparison: Comparison,
  request: SettleRequest,
): Promise<SettleResult> {
  switch (request.subject) {
    case 'file':
      return settleFile(needs, bank, restore, comparison, request)
    case 'lost': {
      const lost = comparison.lost.find(({ name }) => name === request.name)
      if (!lost) return { kind: 'refused', why: 'not-in-doubt' }
      return enter(needs, bank, restore, request)
    }
    case 'batch': {
      const lines = comparison.unplanned.find(({ batch }) => batch === request.name)
      if (!lines) return { kind: 'refused', why: 'not-in-doubt' }
      return enter(needs, bank, restore, request, lines.batchId)
    }
    default:
      return request.subject satisfies never
  }
}

async function settleFile(
  needs: CompareNeeds,
  bank: ContractedBank,
  restore: Restore,
  { files }: Comparison,
  request: SettleRequest,
): Promise<SettleResult> {
  const file = files.find(({ name }) => name === request.name)
  if (!file) return { kind: 'refused', why: 'not-in-doubt' }
  if (file.settled !== undefined) return { kind: 'refused', why: 'settled-before' }
  if (request.verdict === 'delivered') {
    if (file.sealedBytes === undefined) return { kind: 'refused', why: 'being-made' }
    const done = await deliver(needs, bank, restore, file, request, 'as-it-is')
    return { kind: done ? 'settled' : 'busy' }
  }
  return (await takeBack(needs, bank, restore, file, request)) ? { kind: 'settled' } : { kind: 'busy' }
}

/** Writes a word down. Lines that the bank has already are kept back by a brake on their batch, for there is no file to move. */
function enter(
  needs: CompareNeeds,
  bank: ContractedBank,
  restore: Restore,
  request: SettleRequest,
  heldBatch?: number,
): Promise<SettleResult> {
  const at = needs.clock.now()
  return inTransaction(needs.db, async (tx) => {
    if (!(await insertSettlement(tx, restore.identityNo, bank.bankNo, request, at)))
      return { kind: 'refused', why: 'settled-before' }
    await recordSettled(tx, bank, request, at)
    if (heldBatch !== undefined && request.verdict === 'delivered') {
      const reason = `sent before the restore: ${request.evidence}`.slice(0, 500)
      const scope = { kind: 'batch' as const, batchId: batchId(heldBatch) }
      await pullBrakeIn(tx, at, scope, { by: request.decidedBy, reason })
    }
    return { kind: 'settled' }
  })
}

const recordSettled = (
  tx: Parameters<typeof recordAct>[0],
  { bank }: ContractedBank,
  { subject, name, verdict, evidence, decidedBy }: Settlement,
  at: Date,
): Promise<void> =>
  recordAct(tx, at, decidedBy, 'bank.settled', bank, { of: subject, name, verdict, evidence })

const settlementOf = (
  subject: Settlement['subject'],
  name: string,
  verdict: Settlement['verdict'],
  evidence: string,
  decidedBy: string,
): Settlement => ({ subject, name, verdict, evidence, decidedBy })

/** What a file's history says of it. */
export const foundCause = 'found at the bank after a restore'

/** Takes the file out of any sender's hands and along the usual way to `sent`; false when a worker holds it just now. */
async function deliver(
  needs: CompareNeeds,
  bank: ContractedBank,
  restore: Restore,
  { fileId }: ComparedFile,
  settlement: Settlement,
  marked: 'with-marker' | 'as-it-is',
): Promise<boolean> {
  const held = await hold(needs, fileId)
  if (!held) return false
  const { claim } = held
  const file = await inTransaction(needs.db, async (tx) => {
    const at = needs.clock.now()
    await insertSettlement(tx, restore.identityNo, bank.bankNo, settlement, at)
    await recordSettled(tx, bank, settlement, at)
    if (held.file.state === 'sealed') {
      if (!(await recordSendStart(tx, fileId, claim.fence))) throw lost(fileId)
      const cause = `${foundCause}: ${settlement.evidence}`
      if (!(await moveSending(tx, needs, held.file, 'sealed', 'sending', cause, claim))) throw lost(fileId)
      if (!(await recordRenaming(tx, fileId, claim.fence))) throw lost(fileId)
      await moveLines(tx, needs, held.file, 'waiting', 'in_flight')
    } else if (!(await takeOverSending(tx, fileId, claim.fence))) throw lost(fileId)
    return findBankFile(tx, fileId)
  })
  if (!file) throw new Fault('INTERNAL', { reason: 'no such bank file', fileId })
  const whole: BankFile = marked === 'with-marker' ? file : { ...file, sideFiles: [] }
  await recordDelivered(needs, bank, whole, claim, file.state, foundCause)
  return true
}

/** Proven by a person not to have arrived: the file is as it was before it was sent, and goes when the bank is no longer paused. */
async function takeBack(
  needs: CompareNeeds,
  bank: ContractedBank,
  restore: Restore,
  { fileId, state }: ComparedFile,
  settlement: Settlement,
): Promise<boolean> {
  if (state !== 'sending' && state !== 'unconfirmed')
    return (await enter(needs, bank, restore, settlement)).kind === 'settled'
  const held = await hold(needs, fileId)
  if (!held) return false
  const { claim, file } = held
  const { state: from } = file
  if (from !== 'sending' && from !== 'unconfirmed') return false
  await inTransaction(needs.db, async (tx) => {
    const at = needs.clock.now()
    await insertSettlement(tx, restore.identityNo, bank.bankNo, settlement, at)
    await recordSettled(tx, bank, settlement, at)
    if (!(await takeOverSending(tx, fileId, claim.fence))) throw lost(fileId)
    if (!(await moveSending(tx, needs, file, from, 'sealed', bankFileMoves.sending.sealed, claim)))
      throw lost(fileId)
    await moveLines(tx, needs, file, 'in_flight', 'waiting')
  })
  return true
}

const lost = (fileId: number): Fault => new Fault('LEASE_LOST', { fileId })

/** Claims the sending of a file as a worker does, so that no worker is at it meanwhile. */
async function hold(
  needs: CompareNeeds,
  fileId: number,
): Promise<{ readonly claim: Claim; readonly file: BankFile } | undefined> {
  const at = needs.clock.now()
  await addDueWork(needs.db, 'send', fileId, at)
  const claim = await claimDueWork(needs.db, 'send', String(fileId), at, leaseSeconds)
  const file = claim && (await findBankFile(needs.db, fileId))
  return claim && file && { claim, file }
}
