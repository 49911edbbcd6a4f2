/** Finds the files of an API bank of which it is not known whether the bank has them, and when the bank denied them. */
import type { BankNo } from '../../ledger/batch.ts'
import type { Queryable } from '../../store/pool.ts'

/** Sealed names of files that are ready and not proven to be at the bank, in order. */
export async function listDoubtfulNames(db: Queryable, no: BankNo): Promise<string[]> {
  const { rows } = await db.query<{ sealed_name: string }>(
    `select sealed_name from bank_file
     where bank_no = $1 and state in ('sealed', 'sending', 'unconfirmed') and sealed_name is not null order by file_id`,
    [no],
  )
  return rows.map(({ sealed_name }) => sealed_name)
}

/** When the bank said of each file, after a time, that it does not know it. */
export async function readDenials(
  db: Queryable,
  no: BankNo,
  after: Date,
): Promise<ReadonlyMap<number, readonly Date[]>> {
  const { rows } = await db.query<{ file_id: number; said_at: Date[] }>(
    `select file_id, array_agg(begun_at order by begun_at) as said_at from api_exchange
     where bank_no = $1 and outcome = 'not-known' and begun_at > $2 group by file_id`,
    [no, after],
  )
  return new Map(rows.map(({ file_id, said_at }) => [file_id, said_at]))
}
