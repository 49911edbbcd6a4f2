/** Finds bank files and moves them along; every move checks the state it leaves and writes its history row. */

import type { SideFile } from '../../formats/bank-file.ts'
import { money } from '../../formats/values/money.ts'
import { type BankNo, type BatchId, bankNo, batchId } from '../ledger/batch.ts'
import type { StoredContent } from '../store/content-store.ts'
import type { Queryable } from '../store/pool.ts'
import type { BankFile, BankFileState } from './bank-file.ts'

interface FileRow {
  file_id: number
  batch_id: number
  bank_no: number
  lo_seq: number
  hi_seq: number
  gaps: number[]
  members: number[] | null
  row_count: number
  total_fen: bigint
  business_date: string
  sequence: number
  name: string
  profile: string
  profile_version: number
  state: BankFileState
  not_before: Date
  sealed_name: string | null
  content_id: bigint | null
  sealed_bytes: bigint | null
  side_files: { name: string; content: string; order: SideFile['order'] }[]
  send_fence: bigint
  send_attempt: bigint
  send_stage: 'uploading' | 'renaming' | null
  settled_count: number
}

const select = `select f.file_id, f.batch_id, f.bank_no, f.lo_seq, f.hi_seq, f.gaps, f.members, f.row_count, f.total_fen,
  to_char(f.business_date, 'YYYY-MM-DD') as business_date, f.sequence, f.name, f.profile, f.profile_version, f.state,
  f.not_before, f.sealed_name, f.content_id, c.size_bytes as sealed_bytes, f.side_files, f.send_fence, f.send_attempt, f.send_stage, f.settled_count
  from bank_file f left join content c using (content_id)`

/** A file by its number. */
export async function findBankFile(db: Queryable, fileId: number): Promise<BankFile | undefined> {
  const { rows } = await db.query<FileRow>(`${select} where f.file_id = $1`, [fileId])
  return rows[0] && toBankFile(rows[0])
}

/** A file by what a bank's answer says of it. */
export async function findBySequence(
  db: Queryable,
  no: BankNo,
  businessDate: string,
  sequence: number,
): Promise<BankFile | undefined> {
  const { rows } = await db.query<FileRow>(
    `${select} where f.bank_no = $1 and f.business_date = $2 and f.sequence = $3`,
    [no, businessDate, sequence],
  )
  return rows[0] && toBankFile(rows[0])
}

/** All files of a batch, in order. */
export async function findFilesOfBatch(db: Queryable, id: BatchId): Promise<BankFile[]> {
  const { rows } = await db.query<FileRow>(`${select} where f.batch_id = $1 order by f.file_id`, [id])
  return rows.map(toBankFile)
}

/** Locks a file until the transaction ends, so that two answers to it are applied one after the other. */
export async function lockBankFile(tx: Queryable, fileId: number): Promise<void> {
  await tx.query('select 1 from bank_file where file_id = $1 for update', [fileId])
}

/** A move of a file, with why. */
export interface FileMove {
  readonly from: BankFileState
  readonly to: BankFileState
  readonly cause: string
  readonly at: Date
  readonly facts?: Readonly<Record<string, string | number>>
  readonly fence?: bigint
  /** Set by whoever sends: the move is his only while no later fence has taken the sending over. */
  readonly sender?: bigint
}

/** Moves a file if it stands where the move starts; false when somebody else moved it first. */
export async function moveFile(tx: Queryable, fileId: number, move: FileMove): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update bank_file set state = $3 where file_id = $1 and state = $2 and ($4::bigint is null or send_fence = $4)`,
    [fileId, move.from, move.to, move.sender ?? null],
  )
  if (rowCount === 0) return false
  await tx.query(
    `insert into bank_file_event (file_id, from_state, to_state, cause, facts, fence, business_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [fileId, move.from, move.to, move.cause, JSON.stringify(move.facts ?? {}), move.fence ?? null, move.at],
  )
  return true
}

/** Keeps what composing and sealing made: digest and size of the content, the sealed bytes, the side files. */
export async function recordSealedBytes(
  tx: Queryable,
  fileId: number,
  made: {
    content: { sha256: Buffer; sizeBytes: number }
    sealedName: string
    sealed: StoredContent
    sideFiles: readonly SideFile[]
  },
): Promise<void> {
  await tx.query(
    `update bank_file set content_sha256 = $2, content_bytes = $3, sealed_name = $4, content_id = $5, side_files = $6
     where file_id = $1`,
    [
      fileId,
      made.content.sha256,
      made.content.sizeBytes,
      made.sealedName,
      made.sealed.contentId,
      JSON.stringify(made.sideFiles.map((side) => ({ ...side, content: side.content.toString('base64') }))),
    ],
  )
}

/** Notes who sends now, which shuts an earlier sender out; false when a later fence has been here. */
export async function recordSendStart(tx: Queryable, fileId: number, fence: bigint): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update bank_file set send_fence = $2, send_attempt = $2, send_stage = 'uploading' where file_id = $1 and send_fence < $2`,
    [fileId, fence],
  )
  return rowCount === 1
}

/** Every sending of a file that was begun before, the first one first; each may have left a part at the bank. */
export async function findSendAttempts(db: Queryable, fileId: number): Promise<bigint[]> {
  const { rows } = await db.query<{ fence: bigint }>(
    `select fence from bank_file_event where file_id = $1 and to_state = 'sending' and fence is not null order by event_no`,
    [fileId],
  )
  return rows.map(({ fence }) => fence)
}

/**
 * Fences of the sendings of a file that may have left a part at its bank, first to last; none where the only one went
 * through at once.
 */
export async function findCutOffAttempts(db: Queryable, fileId: number): Promise<bigint[]> {
  const { rows } = await db.query<{ was_cut_off: boolean }>(
    `select exists (select from bank_file_event where file_id = $1 and from_state = 'sending' and to_state <> 'sent')
       as was_cut_off`,
    [fileId],
  )
  return rows[0]?.was_cut_off ? findSendAttempts(db, fileId) : []
}

/** Takes a sending that was cut off over, so that whoever began it can move it no further; false when a later fence has it. */
export async function takeOverSending(db: Queryable, fileId: number, fence: bigint): Promise<boolean> {
  const { rowCount } = await db.query(
    `update bank_file set send_fence = $2
     where file_id = $1 and send_fence <= $2 and state in ('sending', 'unconfirmed')`,
    [fileId, fence],
  )
  return rowCount === 1
}

/** Commits that the final name is asked for from now on; false when this sender was shut out, which must stop it. */
export async function recordRenaming(db: Queryable, fileId: number, fence: bigint): Promise<boolean> {
  const { rowCount } = await db.query(
    `update bank_file set send_stage = 'renaming' where file_id = $1 and send_fence = $2 and state = 'sending'`,
    [fileId, fence],
  )
  return rowCount === 1
}

/** True while no later sender has shut this one out. */
export async function isSender(tx: Queryable, fileId: number, fence: bigint): Promise<boolean> {
  const { rowCount } = await tx.query(
    'select 1 from bank_file where file_id = $1 and send_fence = $2 for share',
    [fileId, fence],
  )
  return rowCount === 1
}

/** Notes when a file was sent. */
export async function recordSentAt(tx: Queryable, fileId: number, sentAt: Date): Promise<void> {
  await tx.query('update bank_file set sent_at = $2 where file_id = $1', [fileId, sentAt])
}

/** Adds to the number of lines that have a final answer and gives the new number. */
export async function addSettled(tx: Queryable, fileId: number, count: number, at: Date): Promise<number> {
  const { rows } = await tx.query<{ settled_count: number }>(
    `update bank_file set settled_count = settled_count + $2, answered_at = coalesce(answered_at, $3) where file_id = $1
     returning settled_count`,
    [fileId, count, at],
  )
  return rows[0]?.settled_count ?? 0
}

const toBankFile = (row: FileRow): BankFile => ({
  fileId: row.file_id,
  batchId: batchId(row.batch_id),
  bankNo: bankNo(row.bank_no),
  loSeq: row.lo_seq,
  hiSeq: row.hi_seq,
  gaps: row.gaps,
  members: row.members ?? undefined,
  rowCount: row.row_count,
  totalFen: money(row.total_fen),
  businessDate: row.business_date,
  sequence: row.sequence,
  name: row.name,
  profile: row.profile,
  profileVersion: row.profile_version,
  state: row.state,
  notBefore: row.not_before,
  sealedName: row.sealed_name ?? undefined,
  contentId: row.content_id ?? undefined,
  sealedBytes: row.sealed_bytes === null ? undefined : Number(row.sealed_bytes),
  sideFiles: row.side_files.map((side) => ({ ...side, content: Buffer.from(side.content, 'base64') })),
  sendFence: row.send_fence,
  sendAttempt: row.send_attempt,
  sendStage: row.send_stage ?? undefined,
  settledCount: row.settled_count,
})
