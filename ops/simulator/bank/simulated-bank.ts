/**
 * A simulated bank: looks into `in/`, executes, answers and sends money back, each when it is due. It keeps its own
 * ledger and knows nothing of the gateway's database, which makes it the independent witness of every payment.
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { answerFirst, answerMeanwhile, answerRequest, returnPayments, secondDueAt } from './answer-request.ts'
import { type BankDesk, type BankSetup, bankFolders } from './bank-desk.ts'
import { openBankLedger } from './bank-ledger.ts'
import { postRequest, stepOf } from './execute-request.ts'
import { findArrivals } from './find-arrivals.ts'
import type { PostingSums } from './posting.ts'
import { receiveRequest, removeArrival } from './receive-request.ts'
import { createNameReader } from './request-header.ts'
import { openRequestJournal, type ReceivedRequest, type RequestState } from './request-journal.ts'

const restMs = 10_000

/** A bank that is open for business. */
export interface SimulatedBank {
  readonly bank: string
  /** Does everything that is due now. Calls do not overlap: each begins when the one before has ended. */
  work(): Promise<void>
  /** Sums of its ledger. */
  sums(): PostingSums
  /** States of the requests that it knows. */
  requests(): readonly RequestState[]
  /** Waits for work under way and closes its books. */
  close(): Promise<void>
}

/** Opens a bank with what its folder holds; a request that was under way when it was killed goes on. */
export async function openSimulatedBank(setup: BankSetup): Promise<SimulatedBank> {
  const folders = bankFolders(setup.folder)
  for (const folder of [folders.in, folders.out, folders.taken, folders.requests])
    await mkdir(folder, { recursive: true, mode: 0o700 })
  await rm(folders.scratch, { recursive: true, force: true })
  await mkdir(folders.scratch, { mode: 0o700 })
  await removeTemporary(folders.out)
  const journal = await openRequestJournal(folders.journalFile)
  const ledger = await openBankLedger(folders.ledgerFile)
  const readName = createNameReader(setup.profile, setup.customer)
  const desk: BankDesk = { ...setup, folders, journal, ledger, readName }
  const resting = new Map<string, number>()
  let turn: Promise<void> = Promise.resolve()
  return {
    bank: setup.bank,
    work: () => {
      const mine = turn.then(() => workOnce(desk, resting))
      turn = mine.catch(() => undefined)
      return mine
    },
    sums: () => ledger.sums(),
    requests: () => [...journal.states()],
    close: async () => {
      await turn
      await journal.close()
      await ledger.close()
    },
  }
}

async function workOnce(desk: BankDesk, resting: Map<string, number>): Promise<void> {
  for (const arrival of await findArrivals(desk))
    await attempt(desk, resting, arrival.fileName, () => receiveRequest(desk, arrival))
  for (const state of [...desk.journal.states()])
    if (state.kind !== 'refused' && state.kind !== 'returned')
      await attempt(desk, resting, state.request.fileName, () => advance(desk, state.request))
}

/** One file's trouble must not stop the others; the file rests for a while before it is tried again. */
async function attempt(
  desk: BankDesk,
  resting: Map<string, number>,
  fileName: string,
  act: () => Promise<void>,
): Promise<void> {
  if ((resting.get(fileName) ?? 0) > performance.now()) return
  try {
    await act()
    resting.delete(fileName)
  } catch (error) {
    resting.set(fileName, performance.now() + restMs)
    desk.report(
      `${desk.bank} is stuck with ${fileName}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** Takes one request as far as it may go now; each step reads the state that the one before left. */
async function advance(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  const kind = () => desk.journal.stateOf(request.fileName)?.kind
  const due = (at: string) => desk.clock.now().getTime() >= Date.parse(at)
  if (kind() === 'received') {
    await postRequest(desk, request)
    await answerMeanwhile(desk, request)
    await desk.journal.record(stepOf(desk, request, 'executed'))
  }
  if (kind() === 'executed' && due(request.answerDueAt) && mayAnswer(desk, request)) {
    if (due(secondDueAt(request) ?? request.answerDueAt)) {
      await answerRequest(desk, request)
      await clearArrival(desk, request)
    } else await answerFirst(desk, request)
  }
  if (kind() === 'answered' && due(request.returnDueAt)) await returnPayments(desk, request)
}

/** An answer that is held back comes after that of a later file. */
const mayAnswer = (desk: BankDesk, { misdeeds, number }: ReceivedRequest): boolean =>
  !misdeeds.some((rule) => rule.do === 'hold-answer') ||
  [...desk.journal.states()].some(
    (state) => (state.kind === 'answered' || state.kind === 'returned') && state.request.number > number,
  )

async function clearArrival(desk: BankDesk, { fileName, identity }: ReceivedRequest): Promise<void> {
  const arrivals = await findArrivals(desk)
  for (const arrival of arrivals)
    if (arrival.fileName === fileName && arrival.identity === identity) await removeArrival(arrival, desk)
}

async function removeTemporary(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.endsWith('.tmp')) await rm(join(folder, name))
}
