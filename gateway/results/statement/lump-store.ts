/** Finds debits, refunds and files that may belong together as one sum, and records those that do. */
import { money } from '../../../formats/values/money.ts'
import type { Queryable } from '../../store/pool.ts'
import type { LumpEntry, LumpFile } from './match-lumps.ts'
import type { StatementRef } from './statement-store.ts'

/** A debit or refund as it was stored. */
export interface StoredLumpEntry extends LumpEntry {
  readonly entryId: bigint
  readonly inboundId: number
  readonly lineNo: number
}

/** A file that is answered to its last line. */
export interface StoredLumpFile extends LumpFile {
  readonly fileId: number
}

interface EntryRow {
  entry_id: bigint
  entry_ref: string
  inbound_id: number
  line_no: number
  booked_on: string
  kind: LumpEntry['kind']
  amount_fen: bigint
  original_ref: string | null
}

const columns = `e.entry_id, e.entry_ref, e.inbound_id, e.line_no, to_char(e.booked_on, 'YYYY-MM-DD') as booked_on, e.kind,
  e.amount_fen, e.original_ref`

/** Refunds of an account that no file has yet. */
export async function readOpenRefunds(tx: Queryable, statement: StatementRef): Promise<StoredLumpEntry[]> {
  const { rows } = await tx.query<EntryRow>(
    `select ${columns} from statement_entry e where e.bank_no = $1 and e.account_ref = $2 and e.kind = 'lump-return'
       and not exists (select from statement_lump l where l.refund_entry_id = e.entry_id)
       and not exists (select from statement_match m where m.entry_id = e.entry_id) order by e.entry_id`,
    [statement.bankNo, statement.accountRef],
  )
  return rows.map(toEntry)
}

/**
 * Files of the last three months, answered to the last line and without a lump yet, whose total an open debit of the
 * account has. A debit that names one of our lines was booked row by row and is no file's sum.
 */
export async function readOpenFiles(
  tx: Queryable,
  statement: StatementRef,
): Promise<{ files: StoredLumpFile[]; debits: StoredLumpEntry[] }> {
  const found = await tx.query<EntryRow & { file_id: number }>(
    `select f.file_id, ${columns} from bank_file f join statement_entry e on e.bank_no = f.bank_no and e.account_ref = $2
       and e.kind = 'payment' and e.amount_fen = f.total_fen and e.booked_on >= f.business_date
       and coalesce(e.original_ref, '') !~ '^[0-9]{20}$'
     where f.bank_no = $1 and f.business_date > $3::timestamptz::date - 90 and f.row_count > 1 and f.settled_count = f.row_count and f.state in ('answered', 'closed')
       and not exists (select from statement_lump l where l.file_id = f.file_id or l.debit_entry_id = e.entry_id)
     order by f.file_id, e.entry_id`,
    [statement.bankNo, statement.accountRef, statement.at],
  )
  const fileIds = [...new Set(found.rows.map((row) => row.file_id))]
  const debits = new Map(found.rows.map((row) => [row.entry_id, toEntry(row)]))
  return { files: await readFiles(tx, fileIds), debits: [...debits.values()] }
}

async function readFiles(tx: Queryable, fileIds: readonly number[]): Promise<StoredLumpFile[]> {
  const { rows } = await tx.query<{
    file_id: number
    total_fen: bigint
    failed_fen: bigint
    sent_on: string
  }>(
    `select f.file_id, f.total_fen, to_char(f.business_date, 'YYYY-MM-DD') as sent_on,
       coalesce((select sum(i.amount_fen) from result_item r join instruction i on i.shard = r.shard
         and i.batch_id = r.batch_id and i.seq = r.seq where r.shard = b.shard and r.batch_id = f.batch_id
         and r.file_id = f.file_id and not r.paid), 0)::bigint as failed_fen
     from bank_file f join batch b using (batch_id) where f.file_id = any ($1) order by f.file_id`,
    [fileIds],
  )
  return rows.map((row) => ({
    key: String(row.file_id),
    fileId: row.file_id,
    totalFen: money(row.total_fen),
    failedFen: money(row.failed_fen),
    sentOn: row.sent_on,
  }))
}

const toEntry = (row: EntryRow): StoredLumpEntry => ({
  entryId: row.entry_id,
  entryRef: row.entry_ref,
  inboundId: row.inbound_id,
  lineNo: row.line_no,
  bookedOn: row.booked_on,
  kind: row.kind,
  amountFen: money(row.amount_fen),
  ...(row.original_ref === null ? {} : { originalRef: row.original_ref }),
})

/** Records a file that was booked as one sum. */
export async function recordLump(
  tx: Queryable,
  statement: StatementRef,
  file: StoredLumpFile,
  debit: StoredLumpEntry,
  refund: StoredLumpEntry | undefined,
): Promise<void> {
  await tx.query(
    `insert into statement_lump (file_id, debit_entry_id, refund_entry_id, total_fen, failed_fen, inbound_id, business_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      file.fileId,
      debit.entryId,
      refund?.entryId ?? null,
      file.totalFen,
      file.failedFen,
      statement.inboundId,
      statement.at,
    ],
  )
}

/** Closes the exception that an earlier statement opened for a refund which a file has now. */
export async function resolveRefund(
  tx: Queryable,
  statement: StatementRef,
  refund: StoredLumpEntry,
  fileId: number,
): Promise<void> {
  await tx.query(
    `update exception_item set state = 'resolved', resolution = $3 where kind = 'lump-differs' and state = 'open'
       and inbound_id = $1 and line_no = $2 and facts ->> 'entryRef' = $4`,
    [
      refund.inboundId,
      refund.lineNo,
      JSON.stringify({ by: 'statement', inboundId: statement.inboundId, fileId }),
      refund.entryRef,
    ],
  )
}
