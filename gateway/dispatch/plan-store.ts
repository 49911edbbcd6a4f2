/** Reads the lines that wait for a file and writes the files that were planned for them. */
import { type Money, money } from '../../formats/values/money.ts'
import { Fault } from '../faults.ts'
import { type BankNo, type Batch, type BatchId, bankNo } from '../ledger/batch.ts'
import { copyOutRows } from '../store/copy.ts'
import { isAcceptedServer } from '../store/database-identity-store.ts'
import type { Queryable, Tx } from '../store/pool.ts'
import type { PlanLine, PlannedFile } from './plan-bank-files.ts'

/** A planned file with what only its bank can say. */
export interface FileToPlan extends PlannedFile {
  /** Set when the file holds exactly these seqs. */
  readonly members: readonly number[] | undefined
  readonly businessDate: string
  readonly notBefore: Date
  readonly profile: string
  readonly profileVersion: number
}

/** Banks for which files of the batch were planned. */
export async function readBanksWithFiles(tx: Queryable, batchId: BatchId): Promise<ReadonlySet<BankNo>> {
  const { rows } = await tx.query<{ bank_no: number }>(
    'select distinct bank_no from bank_file where batch_id = $1',
    [batchId],
  )
  return new Set(rows.map((row) => bankNo(row.bank_no)))
}

/**
 * Banks that have to be compared after a restore of the database. Throws SENDING_HELD where the database is not on the
 * server that the ledger knows and nobody has looked at it yet.
 */
export async function readPausedBanks(tx: Queryable): Promise<ReadonlySet<BankNo>> {
  if (!(await isAcceptedServer(tx)))
    throw new Fault('SENDING_HELD', { reason: 'the database is not where it was' })
  const { rows } = await tx.query<{ bank_no: number }>(
    `select bank_no from brake where cause = 'restored' and lifted_at is null and bank_no is not null`,
  )
  return new Set(rows.map((row) => bankNo(row.bank_no)))
}

/** All lines of these banks in order of seq; what has a state of its own, other than waiting, is marked as held. Streams. */
export async function* readPlanLines(
  tx: Tx,
  batch: Batch,
  banks: ReadonlySet<BankNo>,
): AsyncIterable<PlanLine[]> {
  const held = await readHeldSeqs(tx, batch.batchId)
  const query = `select seq, bank_no, amount_fen from instruction
    where shard = ${batch.shard} and batch_id = ${batch.batchId} and bank_no in (${[...banks].join(', ')}) order by seq`
  for await (const rows of copyOutRows(tx, `copy (${query}) to stdout`))
    yield rows.map((row) => toPlanLine(row, held))
}

async function readHeldSeqs(tx: Queryable, batchId: BatchId): Promise<ReadonlySet<number>> {
  const { rows } = await tx.query<{ seq: number }>(
    `select seq from instruction_state where batch_id = $1 and state <> 'waiting'`,
    [batchId],
  )
  return new Set(rows.map((row) => row.seq))
}

function toPlanLine(line: string, held: ReadonlySet<number>): PlanLine {
  const [seqText = '', bankText = '', fenText = ''] = line.split('\t')
  const seq = Number(seqText)
  return { seq, bankNo: bankNo(Number(bankText)), amountFen: money(BigInt(fenText)), held: held.has(seq) }
}

/** Lines that were held and then released, in order of seq; locks them against a second planner. */
export async function readReleasedLines(tx: Queryable, batchId: BatchId): Promise<PlanLine[]> {
  const { rows } = await tx.query<{ seq: number; bank_no: number; amount_fen: bigint }>(
    `select seq, bank_no, amount_fen from instruction_state where batch_id = $1 and state = 'waiting'
     order by seq for update`,
    [batchId],
  )
  return rows.map((row) => ({
    seq: row.seq,
    bankNo: bankNo(row.bank_no),
    amountFen: money(row.amount_fen),
    held: false,
  }))
}

/** Takes released lines of a bank back into the ordinary: their file tells of them from now on. */
export async function forgetReleased(tx: Queryable, batchId: BatchId, no: BankNo): Promise<void> {
  await tx.query(`delete from instruction_state where batch_id = $1 and bank_no = $2 and state = 'waiting'`, [
    batchId,
    no,
  ])
}

/** Runs a part of a transaction that is undone by itself when it throws; what it threw comes out as it is. */
export async function wholeOrNothing<T>(tx: Queryable, work: () => Promise<T>): Promise<T> {
  await tx.query('savepoint part')
  try {
    const done = await work()
    await tx.query('release savepoint part')
    return done
  } catch (error) {
    // On a broken connection this fails, too; what went wrong first is what has to be told.
    await tx.query('rollback to savepoint part').catch(() => undefined)
    throw error
  }
}

/** What waits at each bank of a batch, to be compared with what was planned. */
export async function readWaiting(
  tx: Queryable,
  batchId: BatchId,
): Promise<ReadonlyMap<BankNo, { count: number; amountFen: Money }>> {
  const { rows } = await tx.query<{ bank_no: number; waiting_count: number; waiting_fen: bigint }>(
    'select bank_no, waiting_count, waiting_fen from position where batch_id = $1 for update',
    [batchId],
  )
  return new Map(
    rows.map((row) => [bankNo(row.bank_no), { count: row.waiting_count, amountFen: money(row.waiting_fen) }]),
  )
}

/** Takes the next daily sequence of a bank; undefined when the day has no more. */
export async function takeSequence(
  tx: Queryable,
  no: BankNo,
  businessDate: string,
  largest: number,
): Promise<number | undefined> {
  const { rows } = await tx.query<{ last_sequence: number }>(
    `insert into daily_sequence (bank_no, business_date, last_sequence) values ($1, $2, 1)
     on conflict (bank_no, business_date) do update set last_sequence = daily_sequence.last_sequence + 1
       where daily_sequence.last_sequence < $3
     returning last_sequence`,
    [no, businessDate, Math.min(largest, 2_147_483_647)],
  )
  return rows[0]?.last_sequence
}

/** Reserves the number of a file, so that its name can carry it. */
export async function reserveFileId(tx: Queryable): Promise<number> {
  const { rows } = await tx.query<{ id: bigint }>(
    "select nextval(pg_get_serial_sequence('bank_file', 'file_id')) as id",
  )
  return Number(rows[0]?.id)
}

/** Writes a planned file under its number, sequence and name: committed before the first byte exists (R1). */
export async function insertPlannedFile(
  tx: Queryable,
  batchId: BatchId,
  fileId: number,
  sequence: number,
  name: string,
  file: FileToPlan,
): Promise<void> {
  await tx.query(
    `insert into bank_file (file_id, batch_id, bank_no, lo_seq, hi_seq, gaps, members, row_count, total_fen,
       business_date, sequence, name, profile, profile_version, not_before)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      fileId,
      batchId,
      file.bankNo,
      file.loSeq,
      file.hiSeq,
      file.gaps,
      file.members ?? null,
      file.rowCount,
      file.totalFen,
      file.businessDate,
      sequence,
      name,
      file.profile,
      file.profileVersion,
      file.notBefore,
    ],
  )
}
