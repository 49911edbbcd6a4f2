/** What speaks against moving money that failed or came back, beside its state: a word of the bank that nobody has weighed. */
import type { BatchId } from '../../ledger/batch.ts'
import type { Queryable } from '../../store/pool.ts'

/** True while a line of an answer about this instruction waits for people (R8). */
export async function hasOpenDoubt(
  db: Queryable,
  { batchId, seq }: { readonly batchId: BatchId; readonly seq: number },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from exception_item where batch_id = $1 and seq = $2 and state = 'open'
       and kind in ('conflicting', 'amount-differs', 'account-differs', 'line-in-doubt') limit 1`,
    [batchId, seq],
  )
  return rowCount > 0
}

/** A doubt to open. */
export interface Doubt {
  readonly kind: 'line-in-doubt' | 'file-in-doubt'
  readonly bankNo: number
  readonly fileId: number
  readonly batchId?: BatchId
  readonly seq?: number
  readonly facts: Readonly<Record<string, string>>
  readonly at: Date
}

/** Opens a doubt, or gives the one that is open about the same. The file's row keeps two askers apart. */
export async function openDoubt(
  tx: Queryable,
  doubt: Doubt,
): Promise<{ exceptionId: bigint; before: boolean }> {
  await tx.query('select from bank_file where file_id = $1 for update', [doubt.fileId])
  const open = await tx.query<{ exception_id: bigint }>(
    `select exception_id from exception_item where kind = $1 and state = 'open' and file_id = $2
       and seq is not distinct from $3`,
    [doubt.kind, doubt.fileId, doubt.seq ?? null],
  )
  if (open.rows[0]) return { exceptionId: open.rows[0].exception_id, before: true }
  const { rows } = await tx.query<{ exception_id: bigint }>(
    `insert into exception_item (kind, bank_no, file_id, batch_id, seq, facts, opened_at) values ($1, $2, $3, $4, $5, $6, $7)
     returning exception_id`,
    [
      ...[doubt.kind, doubt.bankNo, doubt.fileId, doubt.batchId ?? null, doubt.seq ?? null],
      ...[JSON.stringify(doubt.facts), doubt.at],
    ],
  )
  return { exceptionId: rows[0]?.exception_id ?? 0n, before: false }
}

/** A file of a bank by its name, with or without what the envelope added. */
export async function findFileByName(db: Queryable, bank: string, name: string): Promise<number | undefined> {
  const { rows } = await db.query<{ file_id: number }>(
    `select f.file_id from bank_file f join bank k using (bank_no) where k.bank = $1 and (f.name = $2 or f.sealed_name = $2)`,
    [bank, name],
  )
  return rows[0]?.file_id
}
