/** Recounts accepted batches from facts and asks every law of the ledger; memory holds the disagreements only. */
import {
  checkLaws,
  type LawCheck,
  listAccepted,
  type Recount,
  recountBatch,
} from '../../gateway/ledger/conservation-store.ts'
import type { Db } from '../../gateway/store/pool.ts'
import { CommandEnd, exit } from './output.ts'
import { bankCodes, batchStates } from './reconcile-store.ts'

/** One state of one batch at one bank in which facts and position disagree. */
export interface Disagreement extends Omit<Recount, 'bankNo'> {
  readonly batchNo: string
  readonly client: string
  readonly bank: string
}

/** What a recount came to. */
export interface Reconciliation {
  readonly holds: boolean
  readonly batchCount: number
  readonly disagreements: readonly Disagreement[]
  readonly laws: readonly LawCheck[]
}

/** Told before each batch is recounted; `done` of `all` are behind. */
export type ReportProgress = (done: number, all: number) => void

/** Recounts every accepted batch, or those of one number, and asks every law. Refuses a number that is not accepted. */
export async function reconcileLedger(
  db: Db,
  batchNo: string | undefined,
  progress: ReportProgress,
): Promise<Reconciliation> {
  const accepted = await listAccepted(db)
  const batches = batchNo === undefined ? accepted : accepted.filter((batch) => batch.batchNo === batchNo)
  if (batchNo !== undefined && batches.length === 0)
    throw notAccepted(batchNo, await batchStates(db, batchNo))
  const banks = await bankCodes(db)
  const disagreements: Disagreement[] = []
  for (const [done, { batchId, shard, client, batchNo: number }] of batches.entries()) {
    progress(done, batches.length)
    for (const { bankNo, ...recount } of await recountBatch(db, batchId, shard)) {
      disagreements.push({ batchNo: number, client, bank: banks.get(bankNo) ?? String(bankNo), ...recount })
    }
  }
  progress(batches.length, batches.length)
  const laws = await checkLaws(db)
  const holds = disagreements.length === 0 && laws.every(({ broken }) => broken === 0)
  return { holds, batchCount: batches.length, disagreements, laws }
}

function notAccepted(batchNo: string, states: readonly string[]): CommandEnd {
  const [state] = states
  const why =
    state === undefined
      ? `没有批次 / There is no batch ${batchNo}`
      : `批次未受理 / Batch ${batchNo} is ${state}, not accepted`
  return new CommandEnd(exit.refused, `${why}.`)
}
