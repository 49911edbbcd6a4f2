/** The dictionary of what banks say: one row for each wording, so that a million lines carry a number. */
import type { ResultRow } from '../../formats/bank-file.ts'
import type { BankNo } from '../ledger/batch.ts'
import type { Queryable } from '../store/pool.ts'

/** Banks put accounts into their texts; a long run of digits is nobody's reason. */
export const maskDigits = (text: string): string =>
  text.replace(/\d{6,}/g, (digits) => `****${digits.slice(-2)}`).slice(0, 200)

/** Gives the number of a row's wording for one bank; asks the database once for each wording. */
export function reasonIds(db: Queryable, no: BankNo): (row: Pick<ResultRow, 'reason'>) => Promise<number> {
  const known = new Map<string, number>()
  return async ({ reason }) => {
    const text = reason.bankText.length < 6 ? reason.bankText : maskDigits(reason.bankText)
    const key = `${reason.code}\n${reason.bankCode}\n${text}`
    const id = known.get(key) ?? (await reasonId(db, no, { ...reason, bankText: text }))
    known.set(key, id)
    return id
  }
}

/** The number of one wording, entered when it is new. */
export async function reasonId(db: Queryable, no: BankNo, reason: ResultRow['reason']): Promise<number> {
  const { rows } = await db.query<{ reason_id: number }>(
    `insert into bank_reason (bank_no, bank_code, bank_text, reason_code, reason_class) values ($1, $2, $3, $4, $5)
     on conflict (bank_no, bank_code, bank_text, reason_code) do update set reason_class = excluded.reason_class
     returning reason_id`,
    [no, reason.bankCode, reason.bankText, reason.code, reason.class],
  )
  return rows[0]?.reason_id ?? 0
}
