/**
 * Plans the bank files of an accepted batch: which bank, which file, which window. One transaction, no bytes yet. A bank
 * whose calendar is not published holds back its own lines only; they are planned when the year is known.
 */
import type { ContractedBank } from '../banks/bank-book.ts'
import { nextDay } from '../banks/calendar-days.ts'
import { openingForRelease } from '../banks/window.ts'
import { chinaDay, chinaInstant } from '../clock.ts'
import { Fault, isFault } from '../faults.ts'
import { type BankNo, type Batch, batchId } from '../ledger/batch.ts'
import { findBatch } from '../ledger/batch-store.ts'
import { type Claim, finishDueWork, renewLease } from '../ledger/due-work-store.ts'
import type { Needs } from '../needs.ts'
import { due, type StepEnd, type Wake } from '../run-step.ts'
import type { Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import { fileHeader } from './bank-file.ts'
import { type Cut, cutReleased, cutWhole, type Waiting } from './cut-files.ts'
import * as store from './plan-store.ts'

/** What planning uses. */
export type PlanNeeds = Pick<Needs, 'db' | 'bankBook' | 'clock' | 'calendar'>

/** A bank that cannot be planned now, with the fault that says why. */
interface LeftOut {
  readonly bankNo: BankNo
  readonly fault: Fault
}

/**
 * Step `plan`: subject is a batch id. Lines released later are planned by exact membership. Throws CALENDAR_MISSING with
 * bank and year, or SENDING_HELD with the banks that have to be compared after a restore, once the other banks were
 * planned and recorded, so that the runner tries the rest again.
 */
export async function planBatch(needs: PlanNeeds, subject: string, claim: Claim): Promise<StepEnd> {
  const { wakes, leftOut } = await inTransaction(
    needs.db,
    async (tx) => {
      const batch = await findBatch(tx, batchId(Number(subject)))
      if (batch?.state !== 'accepted')
        throw new Fault('INTERNAL', { reason: 'a batch that is not accepted was to be planned' })
      // Locks the positions, so that a second planner waits here and then finds the files of the first.
      const waiting = await store.readWaiting(tx, batch.batchId)
      const planned = await planBanks(tx, needs, batch, waiting)
      if (planned.leftOut.length === 0) await finishDueWork(tx, claim)
      else if (!(await renewLease(tx, claim, leaseSeconds)))
        throw new Fault('LEASE_LOST', { step: claim.step, subject })
      return planned
    },
    { statementTimeoutMs: 600_000 },
  )
  if (leftOut.length > 0) throw whyLeftOut(needs, leftOut)
  return { kind: 'done', wakes }
}

/** Long enough for the runner to put the work off. */
const leaseSeconds = 60

/** Names every bank that is left out for the first one's reason. */
function whyLeftOut(needs: PlanNeeds, leftOut: readonly LeftOut[]): Fault {
  const code = leftOut[0]?.fault.code ?? 'INTERNAL'
  const banks = leftOut
    .filter(({ fault }) => fault.code === code)
    .map(({ bankNo }) => needs.bankBook.byNo(bankNo).bank)
  return new Fault(code, { ...leftOut[0]?.fault.facts, bank: banks.join(' ') })
}

async function planBanks(
  tx: Tx,
  needs: PlanNeeds,
  batch: Batch,
  waiting: Waiting,
): Promise<{ wakes: Wake[]; leftOut: LeftOut[] }> {
  const begun = await store.readBanksWithFiles(tx, batch.batchId)
  const released = await store.readReleasedLines(tx, batch.batchId)
  const inOrder = [...waiting.keys()].sort((a, b) => a - b)
  const asking = inOrder.filter((no) =>
    begun.has(no) ? released.some((line) => line.bankNo === no) : waitsFor(waiting, no),
  )
  const paused = await store.readPausedBanks(tx)
  // Asked before any line is read: a batch that waits for one bank's calendar is looked at every few minutes.
  const missing = asking.flatMap(
    (bankNo) => (paused.has(bankNo) ? heldBack(bankNo) : leaveOut(needs, bankNo)) ?? [],
  )
  const open = asking.filter((no) => !missing.some(({ bankNo }) => bankNo === no))
  const files = [
    ...(await cutWhole(tx, needs.bankBook, batch, waiting, new Set(open.filter((no) => !begun.has(no))))),
    ...cutReleased(
      needs.bankBook,
      released.filter(({ bankNo }) => begun.has(bankNo) && open.includes(bankNo)),
    ),
  ]
  const wakes: Wake[] = []
  for (const bankNo of open) {
    const written = await writeFiles(
      tx,
      needs,
      batch,
      bankNo,
      files.filter((file) => file.bankNo === bankNo),
    )
    if ('fault' in written) missing.push(written)
    else wakes.push(...written.wakes)
  }
  return { wakes, leftOut: missing }
}

const waitsFor = (waiting: Waiting, no: BankNo): boolean => (waiting.get(no)?.count ?? 0) > 0

/** After a restore a name or a number could be given out a second time, and for other lines (R9). */
const heldBack = (bankNo: BankNo): LeftOut => ({
  bankNo,
  fault: new Fault('SENDING_HELD', { reason: 'the database was restored' }),
})

function leaveOut(needs: PlanNeeds, bankNo: BankNo): LeftOut | undefined {
  try {
    openingForRelease(needs.bankBook.byNo(bankNo).agreement, needs.calendar, needs.clock.now())
    return undefined
  } catch (error) {
    return leftOutBy(bankNo, error)
  }
}

/** Only a missing year leaves one bank out; every other fault stops the plan as before. */
function leftOutBy(bankNo: BankNo, error: unknown): LeftOut {
  if (isFault(error) && error.code === 'CALENDAR_MISSING') return { bankNo, fault: error }
  throw error
}

/**
 * Writes the files of one bank, all or none: the last of many may fall on a day of a year that is not published, and a
 * bank that has files already is planned by other rules.
 */
async function writeFiles(
  tx: Tx,
  needs: PlanNeeds,
  batch: Batch,
  bankNo: BankNo,
  files: readonly Cut[],
): Promise<LeftOut | { readonly wakes: Wake[] }> {
  try {
    return await store.wholeOrNothing(tx, async () => {
      await store.forgetReleased(tx, batch.batchId, bankNo)
      const wakes: Wake[] = []
      for (const file of files) wakes.push(await writeFile(tx, needs, batch, file))
      return { wakes }
    })
  } catch (error) {
    return leftOutBy(bankNo, error)
  }
}

async function writeFile(tx: Tx, needs: PlanNeeds, batch: Batch, file: Cut): Promise<Wake> {
  const bank = needs.bankBook.byNo(file.bankNo)
  const { notBefore, businessDate, sequence } = await takePlace(tx, needs, bank)
  const fileId = await store.reserveFileId(tx)
  const header = fileHeader({ ...file, fileId, businessDate, sequence, notBefore }, headerFacts(batch, bank))
  await store.insertPlannedFile(tx, batch.batchId, fileId, sequence, bank.profile.fileName(header), {
    ...file,
    members: file.members,
    businessDate,
    notBefore,
    profile: bank.profile.id,
    profileVersion: bank.profile.version,
  })
  return due(tx, 'compose', fileId, needs.clock.now())
}

/** When a file goes and under which number: a name must never wrap, so what a day cannot number goes the next day. */
async function takePlace(
  tx: Tx,
  needs: PlanNeeds,
  bank: ContractedBank,
): Promise<{ notBefore: Date; businessDate: string; sequence: number }> {
  let from = needs.clock.now()
  for (let day = 0; day < mostDaysAhead; day++) {
    const { opensAt } = openingForRelease(bank.agreement, needs.calendar, from)
    const notBefore = opensAt > from ? opensAt : from
    const businessDate = chinaDay(notBefore)
    const sequence = await store.takeSequence(
      tx,
      bank.bankNo,
      businessDate,
      bank.profile.limits.maxFilesPerDay,
    )
    if (sequence !== undefined) return { notBefore, businessDate, sequence }
    from = chinaInstant(nextDay(businessDate), '00:00')
  }
  throw new Fault('SEQUENCE_EXHAUSTED', { bank: bank.bank, days: mostDaysAhead })
}

/** A batch that needs more days than this is cut wrongly, and a person has to look. */
const mostDaysAhead = 30

/** What a file's header takes from the batch and the agreement. */
export const headerFacts = (
  batch: Pick<Batch, 'programmeName'>,
  bank: ContractedBank,
): { programmeName: string; fundingAccount: string; settings: Readonly<Record<string, string>> } => ({
  programmeName: batch.programmeName,
  fundingAccount: bank.agreement.fundingAccount,
  settings: bank.agreement.settings,
})
