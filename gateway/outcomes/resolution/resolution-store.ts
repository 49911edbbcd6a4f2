/** Finds and locks what a resolution speaks of and ends the exceptions that end with it. */
import type { BankFileState } from '../../dispatch/bank-file.ts'
import type { Queryable } from '../../store/pool.ts'
import type { InboundState } from '../../transfer/collect/inbound-file.ts'
import type { ExceptionKind } from '../../transfer/exception-store.ts'
import type { ExceptionSubject } from './resolution.ts'

interface SubjectRow {
  exception_id: bigint
  kind: ExceptionKind
  bank_no: number
  inbound_id: number | null
  file_id: number | null
  batch_id: number | null
  seq: number | null
  line_no: number | null
  facts: Record<string, unknown>
  state: 'open' | 'resolved'
}

/** An exception as it stands; `lock` keeps a second resolution out until the transaction ends. */
export async function findException(
  db: Queryable,
  exceptionId: bigint,
  lock: 'lock' | 'look' = 'look',
): Promise<ExceptionSubject | undefined> {
  const { rows } = await db.query<SubjectRow>(
    `select exception_id, kind, bank_no, inbound_id, file_id, batch_id, seq, line_no, facts, state from exception_item
     where exception_id = $1 ${lock === 'lock' ? 'for update' : ''}`,
    [exceptionId],
  )
  const row = rows[0]
  return (
    row && {
      exceptionId: row.exception_id,
      kind: row.kind,
      bankNo: row.bank_no,
      inboundId: row.inbound_id ?? undefined,
      fileId: row.file_id ?? undefined,
      batchId: row.batch_id ?? undefined,
      seq: row.seq ?? undefined,
      lineNo: row.line_no ?? undefined,
      facts: row.facts,
      state: row.state,
    }
  )
}

/** True when an exception concerns a batch of the client: by its line, its file, or the file that was answered. */
export async function concernsClient(db: Queryable, exceptionId: bigint, client: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from exception_item e left join inbound_file n on n.inbound_id = e.inbound_id
       left join bank_file f on f.file_id = coalesce(e.file_id, n.file_id)
       join batch b on b.batch_id = coalesce(e.batch_id, f.batch_id)
     where e.exception_id = $1 and b.client = $2`,
    [exceptionId, client],
  )
  return rowCount > 0
}

/** State of a bank file, and whether it has let its lines go. */
export async function findFileStanding(
  db: Queryable,
  fileId: number,
): Promise<{ state: BankFileState; settledCount: number; released: boolean; bankNo: number } | undefined> {
  const { rows } = await db.query<{
    state: BankFileState
    settled_count: number
    released: boolean
    bank_no: number
  }>(
    'select state, settled_count, released_at is not null as released, bank_no from bank_file where file_id = $1',
    [fileId],
  )
  const row = rows[0]
  return (
    row && { state: row.state, settledCount: row.settled_count, released: row.released, bankNo: row.bank_no }
  )
}

/** Locks an inbound file until the transaction ends and gives its state. */
export async function lockInbound(tx: Queryable, inboundId: number): Promise<InboundState | undefined> {
  const { rows } = await tx.query<{ state: InboundState }>(
    'select state from inbound_file where inbound_id = $1 for update',
    [inboundId],
  )
  return rows[0]?.state
}

/** Files of a bank that have lines which a code left unknown, in order. */
export async function findUnmappedFiles(db: Queryable, bankNo: number, bankCode: string): Promise<number[]> {
  const { rows } = await db.query<{ file_id: number }>(
    `select distinct file_id from instruction_state where state = 'unknown' and bank_no = $1 and reason_code = 'UNMAPPED'
       and bank_code = $2 and file_id is not null order by file_id`,
    [bankNo, bankCode],
  )
  return rows.map((row) => row.file_id)
}

/** Ends every open exception of a code whose line does not wait for it any more; gives how many. */
export async function closeForCode(
  tx: Queryable,
  of: { bankNo: number; bankCode: string; resolutionId: bigint; exceptionId: bigint },
): Promise<number> {
  const { rowCount } = await tx.query(
    `update exception_item e set state = 'resolved', resolution_id = $3
     where e.state = 'open' and e.kind = 'unmapped' and e.bank_no = $1 and e.facts ->> 'bankCode' = $2
       and e.exception_id <> $4 and not exists (select from instruction_state s
         where s.batch_id = e.batch_id and s.seq = e.seq and s.state = 'unknown')`,
    [of.bankNo, of.bankCode, of.resolutionId, of.exceptionId],
  )
  return rowCount
}

/** Ends the other open exceptions of these kinds about one file of ours; gives how many. */
export async function closeForFile(
  tx: Queryable,
  of: { fileId: number; resolutionId: bigint; exceptionId: bigint },
  kinds: readonly ExceptionKind[],
): Promise<number> {
  const { rowCount } = await tx.query(
    `update exception_item set state = 'resolved', resolution_id = $2
     where file_id = $1 and state = 'open' and kind = any ($4) and exception_id <> $3`,
    [of.fileId, of.resolutionId, of.exceptionId, kinds],
  )
  return rowCount
}

/** Takes a fence that beats every sender before it. */
export async function takeFence(tx: Queryable): Promise<bigint> {
  const { rows } = await tx.query<{ fence: bigint }>(`select nextval('fence_seq') as fence`)
  return rows[0]?.fence ?? 0n
}
