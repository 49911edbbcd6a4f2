/** Asks PostgreSQL who and where it is, and keeps the ledger's memory of it. */
import type { DatabaseIdentity, KnownIdentity, RestoreCause, ServerNow } from './database-identity.ts'
import type { Queryable } from './pool.ts'

// The control file shows a new timeline only after the first checkpoint on it; the name of the log's file shows it at once.
const server = `select s.system_identifier::text as system_identifier, d.oid::bigint as database_oid,
  ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline
  from pg_control_system() s, pg_database d where d.datname = current_database()`

const latest = `select identity_no, system_identifier, timeline, database_oid, seen_fence from database_identity
  order by identity_no desc limit 1`

interface IdentityRow {
  system_identifier: string
  timeline: number
  database_oid: bigint
}

/**
 * The server as it is. Once the transaction of the caller has committed, the fence that was read is on disk and no crash
 * can take it back: a commit flushes the log up to its end, but only where the transaction wrote something into it.
 */
export async function readServerNow(db: Queryable): Promise<ServerNow> {
  const { rows } = await db.query<IdentityRow & { fence: bigint }>(
    `select n.*, f.last_value as fence, pg_logical_emit_message(true, 'huida', 'seen')::text as written
     from (${server}) n, fence_seq f`,
  )
  const row = rows[0]
  if (!row) throw new Error('PostgreSQL did not say who it is')
  return { ...toIdentity(row), fence: row.fence }
}

/** What the ledger remembers; undefined before any process was started on it. */
export async function readKnownIdentity(db: Queryable): Promise<KnownIdentity | undefined> {
  const { rows } = await db.query<IdentityRow & { identity_no: number; seen_fence: bigint }>(latest)
  const row = rows[0]
  return row && { ...toIdentity(row), identityNo: row.identity_no, seenFence: row.seen_fence }
}

/** False when the ledger remembers another server, timeline or database than the one that answers here. */
export async function isAcceptedServer(tx: Queryable): Promise<boolean> {
  const { rows } = await tx.query<{ accepted: boolean }>(
    `select (n.system_identifier, n.timeline, n.database_oid) = (k.system_identifier, k.timeline, k.database_oid) as accepted
     from (${server}) n, (${latest}) k`,
  )
  return rows[0]?.accepted ?? true
}

/** Keeps others from judging the same database until the transaction ends. */
export async function lockIdentity(tx: Queryable): Promise<void> {
  await tx.query('lock table database_identity in share row exclusive mode')
}

/** Writes down where the ledger lives from now on; the number of the entry. */
export async function insertIdentity(
  tx: Queryable,
  identity: DatabaseIdentity,
  entry: { cause: 'first' | RestoreCause; seenFence: bigint; at: Date; by: string },
): Promise<number> {
  const { rows } = await tx.query<{ identity_no: number }>(
    `insert into database_identity (system_identifier, timeline, database_oid, cause, seen_fence, last_fact_at, noticed_at, noticed_by)
     select $1, $2, $3, $4, $5, greatest((select at from audit_event order by audit_no desc limit 1),
       (select business_at from bank_file_event order by event_no desc limit 1)), $6, $7
     returning identity_no`,
    [
      identity.systemIdentifier,
      identity.timeline,
      identity.databaseOid,
      entry.cause,
      entry.seenFence,
      entry.at,
      entry.by,
    ],
  )
  return rows[0]?.identity_no ?? 0
}

/** The last restore that was noticed. */
export interface Restore {
  readonly identityNo: number
  readonly cause: RestoreCause
  readonly noticedAt: Date
  readonly lastFactAt: Date | undefined
}

/** The last restore; undefined for a ledger that has had none. */
export async function readRestore(db: Queryable): Promise<Restore | undefined> {
  const { rows } = await db.query<{
    identity_no: number
    cause: RestoreCause
    noticed_at: Date
    last_fact_at: Date | null
  }>(
    `select identity_no, cause, noticed_at, last_fact_at from database_identity where cause <> 'first'
     order by identity_no desc limit 1`,
  )
  const row = rows[0]
  return (
    row && {
      identityNo: row.identity_no,
      cause: row.cause,
      noticedAt: row.noticed_at,
      lastFactAt: row.last_fact_at ?? undefined,
    }
  )
}

/** Moves the numbers of fences and of files past whatever was given out after the backup. Stays when rolled back. */
export async function skipNumbers(tx: Queryable, pastFence: bigint, fileNumbers: number): Promise<void> {
  await tx.query(
    `select setval('fence_seq', greatest((select last_value from fence_seq), $1::bigint) + 1000000)`,
    [pastFence],
  )
  await tx.query(
    `select setval(pg_get_serial_sequence('bank_file', 'file_id'), greatest(coalesce((select max(file_id) from bank_file), 0),
       nextval(pg_get_serial_sequence('bank_file', 'file_id'))) + $1::bigint)`,
    [fileNumbers],
  )
}

const toIdentity = (row: IdentityRow): DatabaseIdentity => ({
  systemIdentifier: row.system_identifier,
  timeline: row.timeline,
  databaseOid: row.database_oid,
})
