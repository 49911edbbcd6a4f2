/** Numbers of banks in the ledger: made once for a code and kept for ever. */
import { type BankNo, bankNo } from '../ledger/batch.ts'
import type { Queryable } from '../store/pool.ts'

/** Enters the banks that are new and gives the number of each code. */
export async function registerBanks(
  db: Queryable,
  banks: readonly { bank: string; title: string }[],
): Promise<ReadonlyMap<string, BankNo>> {
  await db.query(
    `insert into bank (bank, title) select * from unnest($1::text[], $2::text[]) on conflict (bank) do update set title = excluded.title`,
    [banks.map(({ bank }) => bank), banks.map(({ title }) => title)],
  )
  const { rows } = await db.query<{ bank: string; bank_no: number }>('select bank, bank_no from bank')
  return new Map(rows.map((row) => [row.bank, bankNo(row.bank_no)]))
}
