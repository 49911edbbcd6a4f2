/** The ledger of inbound files: what was seen, what was fetched, how far it is. */
import { type BankNo, bankNo } from '../../ledger/batch.ts'
import type { StoredContent } from '../../store/content-store.ts'
import type { Queryable } from '../../store/pool.ts'
import type { RemoteFile } from '../channel.ts'
import type { InboundFile, InboundState } from './inbound-file.ts'

type SafeFile = Extract<RemoteFile, { kind: 'file' }>

/**
 * Notes a look at a remote file and tells whether it may be fetched: it looked the same the time before, and was
 * not collected as it is. A file that changed since starts anew.
 */
export async function noteSighting(db: Queryable, no: BankNo, file: SafeFile, at: Date): Promise<boolean> {
  const { rows } = await db.query<{ ready: boolean }>(
    `with before as (select size_bytes, modified_at, collected from inbound_sighting where bank_no = $1 and name = $2),
     noted as (insert into inbound_sighting (bank_no, name, size_bytes, modified_at, seen_at) values ($1, $2, $3, $4, $5)
       on conflict (bank_no, name) do update set size_bytes = excluded.size_bytes, modified_at = excluded.modified_at,
         seen_at = excluded.seen_at, collected = inbound_sighting.collected
           and inbound_sighting.size_bytes = excluded.size_bytes and inbound_sighting.modified_at = excluded.modified_at)
     select size_bytes = $3 and modified_at = $4 and not collected as ready from before`,
    [no, file.name, file.sizeBytes, file.modifiedAt, at],
  )
  return rows[0]?.ready ?? false
}

/** Tells people of a name that is not safe to use, once: the same name stays in the inbox at every look. */
export async function reportUnsafe(
  db: Queryable,
  no: BankNo,
  file: Extract<RemoteFile, { kind: 'unsafe' }>,
  at: Date,
): Promise<void> {
  await db.query(
    `insert into exception_item (kind, bank_no, facts, opened_at) select 'unsafe-name', $1, $2, $3
     where not exists (select from exception_item where kind = 'unsafe-name' and bank_no = $1 and facts = $2::jsonb)`,
    [no, JSON.stringify({ name: file.shownName, flaw: file.flaw }), at],
  )
}

/** Marks a remote file as collected in the form in which it was last seen. */
export async function markCollected(tx: Queryable, no: BankNo, name: string): Promise<void> {
  await tx.query('update inbound_sighting set collected = true where bank_no = $1 and name = $2', [no, name])
}

/** Enters a fetched file; undefined when the same bytes were collected under the same name before. */
export async function enterInbound(
  tx: Queryable,
  no: BankNo,
  file: SafeFile,
  content: StoredContent,
  at: Date,
): Promise<{ inboundId: number; nameSeenBefore: boolean } | undefined> {
  // What replaces a file that could not be trusted is what somebody asked the bank for, and no news to anybody.
  const before = await tx.query(
    `select 1 from inbound_file where bank_no = $1 and name = $2 and state <> 'quarantined' and not (facts ? 'replacedBy') limit 1`,
    [no, file.name],
  )
  const { rows } = await tx.query<{ inbound_id: number }>(
    `insert into inbound_file (bank_no, name, size_bytes, modified_at, content_id, sealed_sha256, collected_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (bank_no, name, sealed_sha256) do nothing returning inbound_id`,
    [no, file.name, content.sizeBytes, file.modifiedAt, content.contentId, content.sha256, at],
  )
  return rows[0] && { inboundId: rows[0].inbound_id, nameSeenBefore: before.rowCount > 0 }
}

/** Quarantined files of the same name, for which another one came. */
export async function findReplaced(
  tx: Queryable,
  no: BankNo,
  name: string,
  inboundId: number,
): Promise<readonly number[]> {
  const { rows } = await tx.query<{ inbound_id: number }>(
    `select inbound_id from inbound_file where bank_no = $1 and name = $2 and state = 'quarantined' and inbound_id <> $3
     order by inbound_id for update`,
    [no, name, inboundId],
  )
  return rows.map(({ inbound_id }) => inbound_id)
}

/** An inbound file by its number. */
export async function findInbound(db: Queryable, inboundId: number): Promise<InboundFile | undefined> {
  const { rows } = await db.query<{
    inbound_id: number
    bank_no: number
    name: string
    content_id: bigint
    size_bytes: bigint
    state: InboundState
    file_id: number | null
  }>(
    'select inbound_id, bank_no, name, content_id, size_bytes, state, file_id from inbound_file where inbound_id = $1',
    [inboundId],
  )
  const row = rows[0]
  return (
    row && {
      inboundId: row.inbound_id,
      bankNo: bankNo(row.bank_no),
      name: row.name,
      contentId: row.content_id,
      sizeBytes: Number(row.size_bytes),
      state: row.state,
      fileId: row.file_id ?? undefined,
    }
  )
}

/** Moves an inbound file if it stands where the move starts; false when somebody else moved it first. */
export async function moveInbound(
  tx: Queryable,
  inboundId: number,
  from: InboundState,
  to: InboundState,
  cause: string,
  at: Date,
  facts: Readonly<Record<string, unknown>> = {},
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update inbound_file set state = $3, facts = facts || $4 where inbound_id = $1 and state = $2',
    [inboundId, from, to, JSON.stringify(facts)],
  )
  if (rowCount === 0) return false
  await tx.query(
    `insert into inbound_file_event (inbound_id, from_state, to_state, cause, facts, business_at) values ($1, $2, $3, $4, $5, $6)`,
    [inboundId, from, to, cause, JSON.stringify(facts), at],
  )
  return true
}

/** What a matched file turned out to be. */
export interface InboundCounts {
  readonly fileId: number
  readonly late: boolean
  /** SHA-256 of the opened content: the same content never counts twice. */
  readonly contentSha256: Buffer
  readonly rowCount: number
  readonly appliedCount: number
  readonly exceptionCount: number
}

/** Records what a matched file turned out to be. */
export async function recordInboundCounts(
  tx: Queryable,
  inboundId: number,
  counts: InboundCounts,
): Promise<void> {
  await tx.query(
    `update inbound_file set file_id = $2, late = $3, content_sha256 = $4, row_count = $5, applied_count = $6,
       exception_count = $7 where inbound_id = $1`,
    [
      inboundId,
      counts.fileId,
      counts.late,
      counts.contentSha256,
      counts.rowCount,
      counts.appliedCount,
      counts.exceptionCount,
    ],
  )
}

/**
 * The names under which the same content of this bank was applied before, if it was and said something final of every
 * line: where a line stayed unknown, the same words may mean more once their code was mapped. With `fileId` only what
 * answered that file counts: where serials are tails, two months of the same people get the same answer word for word.
 */
export async function findAppliedContents(
  db: Queryable,
  no: BankNo,
  contentSha256: Buffer,
  fileId?: number,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select name from inbound_file f where bank_no = $1 and content_sha256 = $2 and ($3::int is null or file_id = $3) and state in ('matched', 'closed')
       and not exists (select from instruction_state s where s.inbound_id = f.inbound_id and s.state = 'unknown')`,
    [no, contentSha256, fileId ?? null],
  )
  return rows.map(({ name }) => name)
}
