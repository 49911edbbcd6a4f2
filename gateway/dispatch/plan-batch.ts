/** Plans the bank files of an accepted batch: which bank, which file, which window. One transaction, no bytes yet. */
import type { ContractedBank } from '../banks/bank-book.ts'
import { nextDay } from '../banks/calendar.ts'
import { nextOpening } from '../banks/window.ts'
import { chinaDay, chinaInstant } from '../clock.ts'
import { Fault } from '../faults.ts'
import { type Batch, batchId } from '../ledger/batch.ts'
import { findBatch } from '../ledger/batch-store.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import type { Needs } from '../needs.ts'
import { due, type StepEnd, type Wake } from '../run-step.ts'
import type { Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import { fileHeader } from './bank-file.ts'
import { type FileLimits, type PlannedFile, planBankFiles } from './plan-bank-files.ts'
import * as store from './plan-store.ts'

/** What planning uses. */
export type PlanNeeds = Pick<Needs, 'db' | 'bankBook' | 'clock' | 'calendar'>

/** Step `plan`: subject is a batch id. Lines released later are planned by exact membership. */
export async function planBatch(needs: PlanNeeds, subject: string, claim: Claim): Promise<StepEnd> {
  const wakes = await inTransaction(
    needs.db,
    async (tx) => {
      const batch = await findBatch(tx, batchId(Number(subject)))
      if (batch?.state !== 'accepted')
        throw new Fault('INTERNAL', { reason: 'a batch that is not accepted was to be planned' })
      // Locks the positions, so that a second planner waits here and then finds the files of the first.
      const waiting = await store.readWaiting(tx, batch.batchId)
      const files = (await store.hasFiles(tx, batch.batchId))
        ? await planReleased(tx, needs, batch)
        : await planAll(tx, needs, batch, waiting)
      const woken: Wake[] = []
      for (const file of files) woken.push(await writeFile(tx, needs, batch, file))
      await finishDueWork(tx, claim)
      return woken
    },
    { statementTimeoutMs: 600_000 },
  )
  return { kind: 'done', wakes }
}

type Cut = PlannedFile & { readonly members?: readonly number[] | undefined }

type Waiting = Awaited<ReturnType<typeof store.readWaiting>>

async function planAll(tx: Tx, needs: PlanNeeds, batch: Batch, waiting: Waiting): Promise<Cut[]> {
  await store.forgetReleased(tx, batch.batchId)
  const planner = planBankFiles((no) => limitsOf(needs.bankBook.byNo(no)))
  const files: PlannedFile[] = []
  for await (const lines of store.readPlanLines(tx, batch)) {
    for (const line of lines) {
      const file = planner.add(line)
      if (file) files.push(file)
    }
  }
  files.push(...planner.end())
  compareTotals(files, waiting)
  return files
}

/** Between released lines lie others of earlier files, so a file of released lines names its members. */
async function planReleased(tx: Tx, needs: PlanNeeds, batch: Batch): Promise<Cut[]> {
  const released = await store.readReleasedLines(tx, batch.batchId)
  const planner = planBankFiles((no) => limitsOf(needs.bankBook.byNo(no)))
  const closed = released.map((line) => planner.add(line)).filter((file) => file !== undefined)
  await store.forgetReleased(tx, batch.batchId)
  return [...closed, ...planner.end()].map((file) => ({
    ...file,
    gaps: [],
    members: released
      .filter(({ bankNo, seq }) => bankNo === file.bankNo && seq >= file.loSeq && seq <= file.hiSeq)
      .map(({ seq }) => seq),
  }))
}

/** The smaller of what the layout and the agreement allow. */
export function limitsOf(bank: ContractedBank): FileLimits {
  const { limits } = bank.agreement
  const totals = [bank.profile.limits.maxTotalFen, limits.maxAmountPerFileFen].filter(
    (total) => total !== undefined,
  )
  return {
    maxRows: Math.min(bank.profile.limits.maxRows, limits.maxRowsPerFile ?? Number.MAX_SAFE_INTEGER),
    maxTotalFen: totals.length === 0 ? undefined : totals.reduce((a, b) => (a < b ? a : b)),
  }
}

/** Control totals, first hand-over: what is planned is exactly what waits. */
function compareTotals(files: readonly Cut[], waiting: Waiting): void {
  for (const [bankNo, standing] of waiting) {
    const ours = files.filter((file) => file.bankNo === bankNo)
    const count = ours.reduce((sum, file) => sum + file.rowCount, 0)
    const amountFen = ours.reduce((sum, file) => sum + file.totalFen, 0n)
    if (count !== standing.count || amountFen !== standing.amountFen) {
      throw new Fault('CONTROL_TOTALS', { bankNo, planned: count, waiting: standing.count })
    }
  }
}

async function writeFile(tx: Tx, needs: PlanNeeds, batch: Batch, file: Cut): Promise<Wake> {
  const bank = needs.bankBook.byNo(file.bankNo)
  const { notBefore, businessDate, sequence } = await takePlace(tx, needs, bank)
  const fileId = await store.reserveFileId(tx)
  const header = fileHeader({ ...file, fileId, businessDate, sequence }, headerFacts(batch, bank))
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
    const { opensAt } = nextOpening(bank.agreement.windows, needs.calendar, from)
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
