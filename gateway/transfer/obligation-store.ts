/** What banks owe for files that they have: entered when a file is sent, met by what they answer. */
import type { Queryable } from '../store/pool.ts'

/** Kinds of debts of a bank for one file. */
export type ObligationKind = 'acknowledgement' | 'result'

/** Enters a debt; one that is there keeps its time. */
export async function enterObligation(
  tx: Queryable,
  fileId: number,
  kind: ObligationKind,
  dueAt: Date,
): Promise<void> {
  await tx.query(
    'insert into obligation (file_id, kind, due_at) values ($1, $2, $3) on conflict do nothing',
    [fileId, kind, dueAt],
  )
}

/** Notes that a debt was met, if it is open. */
export async function meetObligation(
  tx: Queryable,
  fileId: number,
  kind: ObligationKind,
  at: Date,
): Promise<void> {
  await tx.query('update obligation set met_at = $3 where file_id = $1 and kind = $2 and met_at is null', [
    fileId,
    kind,
    at,
  ])
}
