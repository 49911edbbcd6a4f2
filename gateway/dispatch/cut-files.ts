/** Cuts what waits at banks into the files to be planned: whole banks the first time, exact lines afterwards. */
import type { BankBook, ContractedBank } from '../banks/bank-book.ts'
import { Fault } from '../faults.ts'
import type { BankNo, Batch } from '../ledger/batch.ts'
import type { Tx } from '../store/pool.ts'
import { type FileLimits, type PlanLine, type PlannedFile, planBankFiles } from './plan-bank-files.ts'
import * as store from './plan-store.ts'

/** A file to be; `members` when it holds exactly these seqs. */
export type Cut = PlannedFile & { readonly members?: readonly number[] | undefined }

/** What waits at each bank of a batch. */
export type Waiting = Awaited<ReturnType<typeof store.readWaiting>>

/** All lines of banks that have no file of this batch yet. */
export async function cutWhole(
  tx: Tx,
  book: BankBook,
  batch: Batch,
  waiting: Waiting,
  banks: ReadonlySet<BankNo>,
): Promise<Cut[]> {
  if (banks.size === 0) return []
  const planner = planBankFiles((no) => limitsOf(book.byNo(no)))
  const files: PlannedFile[] = []
  for await (const lines of store.readPlanLines(tx, batch, banks)) {
    for (const line of lines) {
      const file = planner.add(line)
      if (file) files.push(file)
    }
  }
  files.push(...planner.end())
  compareTotals(files, waiting, banks)
  return files
}

/** Between released lines lie others of earlier files, so a file of released lines names its members. */
export function cutReleased(book: BankBook, released: readonly PlanLine[]): Cut[] {
  const planner = planBankFiles((no) => limitsOf(book.byNo(no)))
  const closed = released.map((line) => planner.add(line)).filter((file) => file !== undefined)
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
function compareTotals(files: readonly Cut[], waiting: Waiting, banks: ReadonlySet<BankNo>): void {
  for (const [bankNo, standing] of waiting) {
    if (!banks.has(bankNo)) continue
    const ours = files.filter((file) => file.bankNo === bankNo)
    const count = ours.reduce((sum, file) => sum + file.rowCount, 0)
    const amountFen = ours.reduce((sum, file) => sum + file.totalFen, 0n)
    if (count !== standing.count || amountFen !== standing.amountFen) {
      throw new Fault('CONTROL_TOTALS', { bankNo, planned: count, waiting: standing.count })
    }
  }
}
