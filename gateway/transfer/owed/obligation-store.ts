/** What banks owe for files that they have: entered when a file is sent, met by what they answer, chased when it is late. */
import type { Queryable } from '../../store/pool.ts'

/** Kinds of debts of a bank for one file. */
export type ObligationKind = 'acknowledgement' | 'result'

/** A debt that is not met yet. `missingYear`: counted without that year's calendar. */
export interface OpenObligation {
  readonly kind: ObligationKind
  readonly dueAt: Date
  readonly lateAt: Date | undefined
  readonly missingYear: number | undefined
}

/** Enters a debt; one that is there keeps its time. */
export async function enterObligation(
  tx: Queryable,
  fileId: number,
  kind: ObligationKind,
  dueAt: Date,
  missingYear?: number,
): Promise<void> {
  await tx.query(
    'insert into obligation (file_id, kind, due_at, missing_year) values ($1, $2, $3, $4) on conflict do nothing',
    [fileId, kind, dueAt, missingYear ?? null],
  )
}

/** Notes that a debt was met, if it is open; true when it was. */
export async function markMet(
  tx: Queryable,
  fileId: number,
  kind: ObligationKind,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update obligation set met_at = $3 where file_id = $1 and kind = $2 and met_at is null',
    [fileId, kind, at],
  )
  return rowCount === 1
}

/** Debts of a file that are open, next due first. */
export async function readOpenObligations(db: Queryable, fileId: number): Promise<OpenObligation[]> {
  const { rows } = await db.query<{
    kind: ObligationKind
    due_at: Date
    late_at: Date | null
    missing_year: number | null
  }>(
    `select kind, due_at, late_at, missing_year from obligation where file_id = $1 and met_at is null
     order by due_at, kind`,
    [fileId],
  )
  return rows.map((row) => ({
    kind: row.kind,
    dueAt: row.due_at,
    lateAt: row.late_at ?? undefined,
    missingYear: row.missing_year ?? undefined,
  }))
}

/** Notes that people are told of a late debt; false when they were before, or it was met meanwhile. */
export async function markLate(
  tx: Queryable,
  fileId: number,
  kind: ObligationKind,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update obligation set late_at = $3 where file_id = $1 and kind = $2 and met_at is null and late_at is null',
    [fileId, kind, at],
  )
  return rowCount === 1
}

/** Gives an open debt the time that it has now that its calendar is known. */
export async function recountDueAt(
  db: Queryable,
  fileId: number,
  kind: ObligationKind,
  dueAt: Date,
  missingYear: number | undefined,
): Promise<void> {
  await db.query(
    'update obligation set due_at = $3, missing_year = $4 where file_id = $1 and kind = $2 and met_at is null',
    [fileId, kind, dueAt, missingYear ?? null],
  )
}

/** When a file was sent, as far as it is recorded. */
export async function readSentAt(db: Queryable, fileId: number): Promise<Date | undefined> {
  const { rows } = await db.query<{ sent_at: Date | null }>(
    'select sent_at from bank_file where file_id = $1',
    [fileId],
  )
  return rows[0]?.sent_at ?? undefined
}

/** Enters debts of files that a process of the version before has sent, and makes chasing them due; gives how many. */
export async function adoptObligations(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    `with adopted as (insert into obligation (file_id, kind, due_at)
       select file_id, 'result', result_due_at from bank_file f where result_due_at is not null
         and state not in ('closed', 'refused') and not exists (select from obligation o where o.file_id = f.file_id)
       on conflict do nothing returning file_id, due_at)
     insert into due_work (step, subject, due_at) select 'chase', file_id::text, due_at from adopted
     on conflict do nothing`,
  )
  return rowCount
}
