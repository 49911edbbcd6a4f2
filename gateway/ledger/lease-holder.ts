/**
 * A sign of life that PostgreSQL itself can see: for as long as a process or thread lives, one connection of it keeps a
 * session lock under a number of its own, and its leases name that number. When the process is killed its lock is free
 * at once, and others take its work over without waiting for the leases to run out (reliability.md F27). A process that
 * only lost this connection may still be acting; that is as if its lease had run out, and the fence holds (F31).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Db, Tx } from '../store/pool.ts'
import { keepHolderLock, newHolder } from './lease-holder-store.ts'

/** What names the holder of leases. */
export interface LeaseHolder {
  /** Its number; undefined while no lock is kept, and then a lease stands by its time alone. */
  current(): number | undefined
  /** Lets go, after the last step has ended. */
  close(): Promise<void>
}

interface State {
  readonly db: Db
  readonly closing: AbortController
  session: Tx | undefined
  holder: number | undefined
}

/** How often the connection is looked at, and asked over the line, in milliseconds. */
const lookEveryMs = 200
const askEveryMs = 5_000

/** Begins to give a sign of life on a connection of the pool; when it breaks, another takes its place by itself. */
export async function openLeaseHolder(db: Db): Promise<LeaseHolder> {
  const state: State = { db, closing: new AbortController(), session: undefined, holder: undefined }
  await begin(state)
  const living = live(state)
  return {
    current: () => (state.session?.broken === undefined ? state.holder : undefined),
    async close() {
      state.closing.abort()
      await living
      letGo(state)
    },
  }
}

async function live(state: State): Promise<void> {
  let askedAtMs = performance.now()
  while (!state.closing.signal.aborted) {
    await sleep(lookEveryMs, undefined, { signal: state.closing.signal, ref: false }).catch(() => {})
    if (state.closing.signal.aborted) return
    const ask = performance.now() - askedAtMs >= askEveryMs
    if (ask) askedAtMs = performance.now()
    if (await isKept(state, ask)) continue
    letGo(state)
    await begin(state).catch(() => {})
  }
}

async function isKept({ session }: State, ask: boolean): Promise<boolean> {
  if (session === undefined || session.broken) return false
  if (!ask) return true
  return await session.query('select 1').then(
    () => true,
    () => false,
  )
}

/** Keeps the number that it had where its lock is free: what it holds is still its own then. */
async function begin(state: State): Promise<void> {
  const session = await state.db.connect()
  try {
    if (state.holder === undefined || !(await isRegained(state, session, state.holder))) {
      state.holder = await newHolder(session)
      await keepHolderLock(session, state.holder)
    }
    state.session = session
  } catch (error) {
    session.drop(error instanceof Error ? error : new Error(String(error)))
    session.release()
    throw error
  }
}

const regainTries = 10

/** The server may take a moment to see that the former session has ended. */
async function isRegained(state: State, session: Tx, holder: number): Promise<boolean> {
  for (let tries = 0; tries < regainTries && !state.closing.signal.aborted; tries++) {
    if (await keepHolderLock(session, holder)) return true
    await sleep(lookEveryMs)
  }
  return false
}

/** A session with a lock must not go back into the pool: its connection ends, and the lock with it. */
function letGo(state: State): void {
  state.session?.drop(new Error('the lease holder let go'))
  state.session?.release()
  state.session = undefined
}
