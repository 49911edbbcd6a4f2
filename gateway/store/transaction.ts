/**
 * Transactions that are run again only when that is safe: after a serialization failure, a deadlock or a connection
 * lost before COMMIT was sent. A connection lost during COMMIT leaves doubt, and is told as such (DESIGN.md law 4).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { asFault, codeOf, Fault } from '../faults.ts'
import type { Db, Tx } from './pool.ts'

/** How a transaction runs. */
export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
  readonly readOnly?: boolean
  /** Replaces the pool's statement time-out for this transaction; 0 means no limit. */
  readonly statementTimeoutMs?: number
  /** Runs at most so many times; 6 unless told. */
  readonly attempts?: number
}

/**
 * Runs `work` in one transaction and commits it; what it throws rolls everything back and comes out as it is.
 * `work` may run several times, so it must act on nothing but the transaction. Throws COMMIT_UNKNOWN when the
 * connection broke while committing: ask the database what holds before doing it again.
 */
export async function inTransaction<T>(
  db: Db,
  work: (tx: Tx) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const attempts = options.attempts ?? 6
  for (let attempt = 1; ; attempt++) {
    const outcome = await runOnce(db, work, options)
    if (outcome.kind === 'committed') return outcome.value
    if (!outcome.again || attempt >= attempts) throw outcome.error
    // Full jitter keeps two transactions that hurt each other from meeting again in step.
    await sleep(Math.random() * 50 * 2 ** attempt)
  }
}

type Attempt<T> =
  | { readonly kind: 'committed'; readonly value: T }
  | { readonly kind: 'undone'; readonly error: unknown; readonly again: boolean }

async function runOnce<T>(
  db: Db,
  work: (tx: Tx) => Promise<T>,
  options: TransactionOptions,
): Promise<Attempt<T>> {
  let tx: Tx
  try {
    tx = await db.connect()
  } catch (error) {
    return { kind: 'undone', error, again: canRepeat(error) }
  }
  try {
    await tx.query(opening(options))
    const value = await work(tx)
    await commit(tx)
    return { kind: 'committed', value }
  } catch (error) {
    await rollBack(tx)
    return { kind: 'undone', error, again: tx.replayable && canRepeat(error) }
  } finally {
    tx.release()
  }
}

function opening(options: TransactionOptions): string {
  const mode = options.readOnly ? ' read only' : ''
  const begin = `begin isolation level ${options.isolation ?? 'read committed'}${mode}`
  if (options.statementTimeoutMs === undefined) return begin
  return `${begin}; set local statement_timeout = ${Math.trunc(options.statementTimeoutMs)}`
}

async function commit(tx: Tx): Promise<void> {
  if (tx.broken) throw tx.broken
  const { command } = await tx.query('commit').catch((error: unknown) => refuseCommit(tx, error))
  // A transaction in which an error was swallowed answers COMMIT with ROLLBACK and without an error.
  if (command !== 'COMMIT') throw new Fault('INTERNAL', { reason: 'committed a transaction that had failed' })
}

function refuseCommit(tx: Tx, error: unknown): never {
  if (asFault(error).code !== 'DATABASE_UNREACHABLE') throw error
  tx.drop(error instanceof Error ? error : new Error(String(error)))
  throw new Fault('COMMIT_UNKNOWN', { reason: codeOf(error) }, error)
}

async function rollBack(tx: Tx): Promise<void> {
  if (tx.broken) return
  try {
    await tx.query('rollback')
  } catch (error) {
    tx.drop(error instanceof Error ? error : new Error(String(error)))
  }
}

function canRepeat(error: unknown): boolean {
  const state = codeOf(error)
  return state === '40001' || state === '40P01' || asFault(error).code === 'DATABASE_UNREACHABLE'
}
