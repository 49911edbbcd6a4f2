/** Who did what through the API beyond intake, for the audit trail. */
import type { Queryable } from '../../gateway/store/pool.ts'

/** An act of a client. */
export type ApiAct = 'treasury-return.decided' | 'treasury-return.confirmed' | 'idempotency-key.reused'

/** Writes one audit row; facts hold counts and codes, nothing personal. */
export async function recordApiAct(
  tx: Queryable,
  at: Date,
  client: string,
  act: ApiAct,
  subject: string,
  facts: Readonly<Record<string, string | number>>,
): Promise<void> {
  await tx.query('insert into audit_event (at, actor, act, subject, facts) values ($1, $2, $3, $4, $5)', [
    at,
    client,
    act,
    subject,
    JSON.stringify(facts),
  ])
}
