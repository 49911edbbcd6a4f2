/** Who kept files back, who let them go, and why, for the audit trail. */
import type { Queryable } from '../store/pool.ts'

/** An act on brakes, or on the comparison after a restore. */
export type BrakeAct =
  | 'brake.pulled'
  | 'brake.lifted'
  | 'sending.paused'
  | 'bank.compared'
  | 'bank.settled'
  | 'sending.resumed'

/** Writes one audit row in the transaction of the act; facts hold codes, names of files and reasons, nothing personal. */
export async function recordBrakeAct(
  tx: Queryable,
  at: Date,
  actor: string,
  act: BrakeAct,
  subject: string,
  facts: Readonly<Record<string, string | number | bigint | undefined>>,
): Promise<void> {
  const plain = Object.entries(facts).map(([key, value]) => [
    key,
    typeof value === 'bigint' ? String(value) : value,
  ])
  await tx.query('insert into audit_event (at, actor, act, subject, facts) values ($1, $2, $3, $4, $5)', [
    at,
    actor,
    act,
    subject,
    JSON.stringify(Object.fromEntries(plain)),
  ])
}
