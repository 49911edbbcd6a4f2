/** Who did what at intake, for the audit trail. */
import type { Queryable } from '../store/pool.ts'

/** An act of intake. */
export type IntakeAct =
  | 'batch.opened'
  | 'batch.accepted'
  | 'batch.refused'
  | 'batch.expired'
  | 'idempotency-key.reused'

/** Writes one audit row; facts hold counts, digests and codes, nothing personal. */
export async function recordAct(
  tx: Queryable,
  at: Date,
  actor: string,
  act: IntakeAct,
  subject: string,
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  await tx.query('insert into audit_event (at, actor, act, subject, facts) values ($1, $2, $3, $4, $5)', [
    at,
    actor,
    act,
    subject,
    JSON.stringify(facts),
  ])
}
