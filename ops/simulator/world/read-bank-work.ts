/**
 * What the banks of a world still have to do at an hour, and what they have published, read from their files: so that
 * whoever turns the clock can wait until they are done instead of guessing.
 */
import { readdir } from 'node:fs/promises'
import { deskSuffix } from '../api/api-desk.ts'
import { bankFolders } from '../bank/bank-desk.ts'
import { type RequestState, readRequestStates } from '../bank/request-journal.ts'
import { readWorld } from './simulated-world.ts'
import { envelopeFacts } from './world-envelopes.ts'

/** The banks' work at one moment. */
export interface BankWork {
  /** Files that lie in an inbox untouched, and steps that are due and not done. */
  readonly due: number
  /** Answers that lie ready in the outboxes. */
  readonly published: number
}

/** Reads the work of all banks of a world at a simulated time. */
export async function readBankWork(folder: string, now: Date): Promise<BankWork> {
  const world = await readWorld(folder)
  const banks = [
    ...(world?.banks ?? []).map(({ folder: at, envelope }) => ({
      at,
      suffix: envelopeFacts[envelope].suffix,
    })),
    ...(world?.apiBanks ?? []).map(({ folder: at }) => ({ at, suffix: deskSuffix })),
  ]
  const works = await Promise.all(banks.map(({ at, suffix }) => workOf(at, suffix, now)))
  return works.reduce(
    (sum, work) => ({ due: sum.due + work.due, published: sum.published + work.published }),
    { due: 0, published: 0 },
  )
}

async function workOf(folder: string, suffix: string, now: Date): Promise<BankWork> {
  const folders = bankFolders(folder)
  // The inbox first: a file that is journaled in between then counts at most twice, never not at all.
  const incoming = (await readdir(folders.in)).filter((name) => name.endsWith(suffix))
  const published = (await readdir(folders.out)).filter((name) => name.endsWith(suffix)).length
  const states = await readRequestStates(folders.journalFile)
  const untouched = incoming.filter((name) => !states.has(name.slice(0, -suffix.length)))
  return {
    due: untouched.length + [...states.values()].filter((state) => isDue(state, now)).length,
    published,
  }
}

function isDue(state: RequestState, now: Date): boolean {
  switch (state.kind) {
    case 'received':
      return true
    case 'executed':
      return Date.parse(state.request.answerDueAt) <= now.getTime()
    case 'answered':
      return Date.parse(state.request.returnDueAt) <= now.getTime()
    case 'returned':
    case 'refused':
      return false
    default:
      return state satisfies never
  }
}
