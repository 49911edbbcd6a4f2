/** Finds the returns of a statement and the lines that they may take back, and records what was matched. */
import { money } from '../../../formats/values/money.ts'
import { type BankNo, type BatchId, batchId } from '../../ledger/batch.ts'
import { holdsItsLines } from '../../ledger/handed-over.ts'
import { lineSerial, parseSerial } from '../../ledger/line-serial.ts'
import type { Queryable } from '../../store/pool.ts'
import { type ReturnEntry, referencesOf, type SentLine } from './match-returns.ts'
import type { StatementRef } from './statement-store.ts'

/** A return as it was stored. */
export interface StoredReturn extends ReturnEntry {
  readonly entryId: bigint
  readonly lineNo: number
  readonly reasonId: number
}

interface ReturnRow {
  entry_id: bigint
  entry_ref: string
  line_no: number
  booked_on: string
  amount_fen: bigint
  original_ref: string | null
  counter_ref: string | null
  reason_id: number
}

const returnColumns = `e.entry_id, e.entry_ref, e.line_no, to_char(e.booked_on, 'YYYY-MM-DD') as booked_on, e.amount_fen,
  e.original_ref, e.counter_ref, e.reason_id`

/** Returns that this statement was the first to tell of. The original serial comes from the file, which is kept whole. */
export async function readReturns(tx: Queryable, statement: StatementRef): Promise<StoredReturn[]> {
  const { rows } = await tx.query<ReturnRow>(
    `select ${returnColumns} from statement_entry e where inbound_id = $1 and kind = 'return' order by line_no, entry_id`,
    [statement.inboundId],
  )
  return rows.map(toReturn)
}

/** Returns of one statement that wait. */
export interface WaitingReturns {
  readonly statement: Omit<StatementRef, 'at'>
  readonly returns: readonly StoredReturn[]
}

/** Returns whose line in a file had no answer when they were told, by statement; people have not looked at them yet. */
export async function readWaitingReturns(
  tx: Queryable,
  no: BankNo,
  fileId: number,
): Promise<readonly WaitingReturns[]> {
  const { rows } = await tx.query<ReturnRow & { account_ref: string; inbound_id: number }>(
    `select ${returnColumns}, e.account_ref, e.inbound_id from exception_item x join statement_entry e
       on e.inbound_id = x.inbound_id and e.line_no = x.line_no and e.kind = 'return'
     where x.kind = 'orphan-return' and x.state = 'open' and x.file_id = $2 and e.bank_no = $1
       and not exists (select from statement_match m where m.entry_id = e.entry_id)
     order by e.inbound_id, e.line_no, e.entry_id for update of x`,
    [no, fileId],
  )
  const inboundIds = [...new Set(rows.map(({ inbound_id }) => inbound_id))]
  return inboundIds.map((inboundId) => {
    const told = rows.filter((row) => row.inbound_id === inboundId)
    const accountRef = told[0]?.account_ref ?? ''
    return { statement: { bankNo: no, accountRef, inboundId }, returns: told.map(toReturn) }
  })
}

const toReturn = (row: ReturnRow): StoredReturn => ({
  entryId: row.entry_id,
  entryRef: row.entry_ref,
  lineNo: row.line_no,
  bookedOn: row.booked_on,
  amountFen: money(row.amount_fen),
  ...(row.original_ref === null ? {} : { originalRef: row.original_ref }),
  ...(row.counter_ref === null ? {} : { accountRef: row.counter_ref }),
  reasonId: row.reason_id,
})

/** A place in a file that a return may speak of. */
export interface LinePlace {
  readonly fileId: number
  readonly seq: number
  /** The bank's serial of its payment, where a statement told it. */
  readonly bankRef?: string
}

const largestFileId = 2_147_483_647

/** Places that the original serials of returns name: by our serial, or by the bank's serial of a payment that names ours. */
export async function findNamedPlaces(
  tx: Queryable,
  statement: StatementRef,
  returns: readonly StoredReturn[],
): Promise<LinePlace[]> {
  const named = returns.flatMap(({ originalRef }) => originalRef ?? [])
  const { rows } = await tx.query<{ entry_ref: string; original_ref: string }>(
    `select entry_ref, original_ref from statement_entry where bank_no = $1 and account_ref = $2 and kind = 'payment'
       and original_ref is not null and booked_under = any ($3)`,
    [statement.bankNo, statement.accountRef, [...new Set(named.flatMap(referencesOf))]],
  )
  const told = rows.flatMap((row) => placeOf(row.original_ref, row.entry_ref))
  return [...named.flatMap((reference) => placeOf(reference)), ...told]
}

function placeOf(reference: string, bankRef?: string): LinePlace[] {
  const serial = parseSerial(reference)
  if (serial?.fileId === undefined || serial.fileId > largestFileId) return []
  const { fileId, seq } = serial
  return [bankRef === undefined ? { fileId, seq } : { fileId, seq, bankRef }]
}

const holds = `case when f.members is null then i.seq between f.lo_seq and f.hi_seq and i.seq <> all (f.gaps)
  else i.seq = any (f.members) end`
const handedOver = holdsItsLines('f')

/** Files of a bank that went out between two days, with the part of the ledger that they cover. */
export async function findFilesBetween(
  tx: Queryable,
  statement: StatementRef,
  fromDay: string,
  toDay: string,
): Promise<{ fileId: number; batchId: number; shard: number }[]> {
  const { rows } = await tx.query<{ file_id: number; batch_id: number; shard: number }>(
    `select f.file_id, f.batch_id, b.shard from bank_file f join batch b using (batch_id)
     where f.bank_no = $1 and f.business_date between $2 and $3 and ${handedOver} order by f.file_id`,
    [statement.bankNo, fromDay, toDay],
  )
  return rows.map((row) => ({ fileId: row.file_id, batchId: row.batch_id, shard: row.shard }))
}

/** Places of one file whose amount and account are those of a return. */
export async function findEqualPlaces(
  tx: Queryable,
  file: { readonly fileId: number; readonly batchId: number; readonly shard: number },
  returns: readonly StoredReturn[],
): Promise<LinePlace[]> {
  const named = returns.filter((entry) => entry.accountRef !== undefined)
  const { rows } = await tx.query<{ seq: number }>(
    `select distinct i.seq from bank_file f join instruction i on i.shard = $1 and i.batch_id = $2 and i.bank_no = f.bank_no
       and i.seq between f.lo_seq and f.hi_seq
       join unnest($4::uuid[], $5::bigint[]) w(ref, fen) on w.ref = i.account_ref and w.fen = i.amount_fen
     where f.file_id = $3 and ${holds}`,
    [
      file.shard,
      file.batchId,
      file.fileId,
      named.map((entry) => entry.accountRef),
      named.map((entry) => entry.amountFen),
    ],
  )
  return rows.map(({ seq }) => ({ fileId: file.fileId, seq }))
}

/** A line of ours that a return may take back. */
export interface StoredLine extends SentLine {
  readonly fileId: number
  readonly batchId: BatchId
  readonly seq: number
}

/** Lines at places of this bank's files as they stand now; places that are none of its lines are left out. */
export async function readLines(
  tx: Queryable,
  statement: StatementRef,
  places: readonly LinePlace[],
): Promise<StoredLine[]> {
  const { rows } = await tx.query<{
    file_id: number
    batch_id: number
    seq: number
    account_ref: string
    amount_fen: bigint
    sent_on: string
    state: SentLine['state']
  }>(
    `select distinct f.file_id, f.batch_id, i.seq, i.account_ref, i.amount_fen, to_char(f.business_date, 'YYYY-MM-DD') as sent_on,
       case when m.entry_id is not null then 'linked' when r.paid is null or s.state in ('unknown', 'conflict') then 'open'
         when not r.paid then 'failed'
         when exists (select from later_result l where l.batch_id = i.batch_id and l.seq = i.seq and l.verdict = 'returned')
           then 'returned'
         else 'paid' end as state
     from unnest($2::int[], $3::int[]) w(file_id, seq) join bank_file f on f.file_id = w.file_id and f.bank_no = $1
       join batch b using (batch_id)
       join instruction i on i.shard = b.shard and i.batch_id = f.batch_id and i.seq = w.seq and i.bank_no = f.bank_no
       left join result_item r on r.shard = b.shard and r.batch_id = i.batch_id and r.seq = i.seq
       left join instruction_state s on s.batch_id = i.batch_id and s.seq = i.seq
       left join statement_match m on m.batch_id = i.batch_id and m.seq = i.seq
     where ${handedOver} and ${holds}`,
    [statement.bankNo, places.map(({ fileId }) => fileId), places.map(({ seq }) => seq)],
  )
  const bankRefs = new Map(
    places.flatMap(({ fileId, seq, bankRef }) =>
      bankRef === undefined ? [] : [[lineSerial(fileId, seq), bankRef]],
    ),
  )
  return rows.map((row) => {
    const serial = lineSerial(row.file_id, row.seq)
    const bankRef = bankRefs.get(serial)
    return {
      key: `${row.batch_id}:${row.seq}`,
      serial,
      ...(bankRef === undefined ? {} : { bankRef }),
      accountRef: row.account_ref,
      amountFen: money(row.amount_fen),
      sentOn: row.sent_on,
      state: row.state,
      fileId: row.file_id,
      batchId: batchId(row.batch_id),
      seq: row.seq,
    }
  })
}

/** A match that holds. */
export interface RecordedMatch {
  readonly entry: StoredReturn
  readonly line: StoredLine
  readonly by: 'serial' | 'amount'
  readonly effect: 'returned' | 'told-before' | 'refund'
}

/** Records matches; the database refuses a second entry for a line, and a second line for an entry. */
export async function recordMatches(
  tx: Queryable,
  statement: StatementRef,
  matches: readonly RecordedMatch[],
): Promise<void> {
  await tx.query(
    `insert into statement_match (entry_id, batch_id, seq, file_id, matched_by, effect, business_at)
     select *, $7::timestamptz from unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::text[], $6::text[])`,
    [
      matches.map(({ entry }) => entry.entryId),
      matches.map(({ line }) => line.batchId),
      matches.map(({ line }) => line.seq),
      matches.map(({ line }) => line.fileId),
      matches.map(({ by }) => by),
      matches.map(({ effect }) => effect),
      statement.at,
    ],
  )
}

/** Forgets the side list of another file, so that the next one begins with its own lines only. */
export async function clearSides(tx: Queryable): Promise<void> {
  await tx.query('drop table if exists side_row')
}
