/** Writes the trail of acts, each row in the transaction of its act; PostgreSQL chains them at the COMMIT (migration 0033). */
import type { Queryable } from './store/pool.ts'

/** Everything that leaves a row in the trail. */
export type AuditAct =
  | 'client.created'
  | 'client.disabled'
  | 'batch.opened'
  | 'batch.accepted'
  | 'batch.refused'
  | 'batch.expired'
  | 'idempotency-key.reused'
  | 'brake.pulled'
  | 'brake.lifted'
  | 'sending.paused'
  | 'bank.settled'
  | 'sending.resumed'
  | 'exception.raised'
  | 'exception.resolved'
  | 'treasury-return.decided'
  | 'treasury-return.confirmed'

/**
 * Writes one row. Facts hold counts, digests, codes, names of files and reasons, nothing personal; bigints become digits.
 * Without `at` the database's own time counts.
 */
export async function recordAct(
  tx: Queryable,
  at: Date | undefined,
  actor: string,
  act: AuditAct,
  subject: string,
  facts: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await tx.query(
    `insert into audit_event (at, actor, act, subject, facts)
     values (coalesce($1::timestamptz, now()), $2, $3, $4, $5)`,
    [at ?? null, actor, act, subject, JSON.stringify(facts, inDigits)],
  )
}

const inDigits = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value
