/** Puts the entries of one statement into the ledger: each once, whole files or nothing. */
import type { FileRefusal } from '../../../formats/bank-file.ts'
import type { BankNo } from '../../ledger/batch.ts'
import { copyInto } from '../../store/copy.ts'
import type { Queryable, Tx } from '../../store/pool.ts'

/** One statement of one account; the account is a pseudonym. */
export interface StatementRef {
  readonly bankNo: BankNo
  readonly accountRef: string
  readonly inboundId: number
  readonly at: Date
}

/** What a return names where the bank books several payments under one serial; the column booked_under says the same. */
const under = `regexp_replace(entry_ref, '-[0-9A-Za-z]+$', '')`

/** A remark of the length of a card or an ID number may be one; it is kept only where it is a serial of this account. */
const keptReference = `case when r.original_ref !~ '^[0-9]{6,19}[Xx]?$' then r.original_ref
  when exists (select from statement_row where ${under} = r.original_ref) then r.original_ref
  when exists (select from statement_entry e where e.bank_no = $1 and e.account_ref = $2 and e.kind = 'payment'
    and e.booked_under = r.original_ref) then r.original_ref end`

/** Copies a statement's entries to a list that lives as long as the transaction. */
export async function copyEntries(tx: Tx, rows: AsyncIterable<Buffer>): Promise<number> {
  await tx.query(`create temp table statement_row (line_no int not null, entry_ref text not null, booked_on date not null,
    direction text not null, amount_fen bigint not null, reversal boolean not null, counter_ref uuid, original_ref text,
    kind text not null, reason_id int, balance_fen bigint) on commit drop`)
  const count = await copyInto(tx, 'copy statement_row from stdin', rows)
  await tx.query('create index on statement_row (entry_ref)')
  await tx.query(`create index on statement_row ((${under}))`)
  await tx.query('analyze statement_row')
  return count
}

/** Entries that are new; those of an earlier statement stay as they are. */
export async function insertEntries(tx: Queryable, statement: StatementRef): Promise<number> {
  const { rowCount } = await tx.query(
    `insert into statement_entry (bank_no, account_ref, entry_ref, inbound_id, line_no, booked_on, direction, amount_fen,
       reversal, counter_ref, original_ref, kind, reason_id, balance_fen)
     select $1, $2, entry_ref, $3, line_no, booked_on, direction, amount_fen, reversal, counter_ref, ${keptReference}, kind,
       reason_id, balance_fen from statement_row r order by line_no
     on conflict (bank_no, account_ref, entry_ref) do nothing`,
    [statement.bankNo, statement.accountRef, statement.inboundId],
  )
  return rowCount
}

/** Lines whose serial stands twice in the file, or was told before with other money: such a file is no proof. */
export async function findContradictions(tx: Queryable, statement: StatementRef): Promise<FileRefusal[]> {
  const { rows } = await tx.query<{ line_no: number; found: string }>(
    `select * from (
       select line_no, 'twice' as found from (select line_no, row_number() over (partition by entry_ref order by line_no) as n
         from statement_row) numbered where n > 1
       union all select r.line_no, 'other than before' from statement_row r join statement_entry e
         on e.bank_no = $1 and e.account_ref = $2 and e.entry_ref = r.entry_ref
         where (e.direction, e.amount_fen, e.booked_on) is distinct from (r.direction, r.amount_fen, r.booked_on)) wrong
     order by line_no limit 100`,
    [statement.bankNo, statement.accountRef],
  )
  return rows.map((row) => ({
    code: 'LAYOUT',
    lineNo: row.line_no,
    facts: { column: 'entryRef', found: row.found },
  }))
}

/** Records what a statement came to; every entry is applied or stands in an exception. */
export async function recordStatementCounts(
  tx: Queryable,
  inboundId: number,
  counts: {
    readonly contentSha256: Buffer
    readonly entryCount: number
    readonly exceptionCount: number
  },
): Promise<void> {
  await tx.query(
    `update inbound_file set content_sha256 = $2, row_count = $3, applied_count = $3::int - $4::int, exception_count = $4
     where inbound_id = $1`,
    [inboundId, counts.contentSha256, counts.entryCount, counts.exceptionCount],
  )
}
