/** What a person at the exceptions has before them: the open ones, with what they speak of. */

import type { BankFileState } from '../../../gateway/dispatch/bank-file.ts'
import type { Queryable } from '../../../gateway/store/pool.ts'
import type { ExceptionKind } from '../../../gateway/transfer/exception-store.ts'

/** An open exception. */
export interface OpenException {
  readonly exceptionId: bigint
  readonly kind: ExceptionKind
  readonly bank: string
  readonly instructionId: string | undefined
  readonly file:
    | { readonly fileId: number; readonly sealedName: string; readonly state: BankFileState }
    | undefined
}

/** All of them, in the order in which they were opened. */
export async function readOpenExceptions(db: Queryable): Promise<OpenException[]> {
  const { rows } = await db.query<{
    exception_id: bigint
    kind: ExceptionKind
    bank: string
    instruction_id: string | null
    file_id: number | null
    sealed_name: string | null
    state: BankFileState
  }>({
    name: 'sim-open-exceptions',
    text: `select e.exception_id, e.kind, k.bank, i.instruction_id, f.file_id, f.sealed_name, f.state
     from exception_item e join bank k using (bank_no) left join bank_file f on f.file_id = e.file_id
       left join batch b on b.batch_id = e.batch_id
       left join instruction i on i.shard = b.shard and i.batch_id = e.batch_id and i.seq = e.seq
     where e.state = 'open' order by e.exception_id`,
  })
  return rows.map((row) => ({
    exceptionId: row.exception_id,
    kind: row.kind,
    bank: row.bank,
    instructionId: row.instruction_id ?? undefined,
    file:
      row.file_id === null || row.sealed_name === null
        ? undefined
        : { fileId: row.file_id, sealedName: row.sealed_name, state: row.state },
  }))
}

/** Names of files of which people were told that their final names were taken, each as bank and sealed name. */
export async function readNamesTaken(db: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ bank: string; sealed_name: string }>(
    `select distinct k.bank, f.sealed_name from exception_item e join bank_file f using (file_id)
       join bank k on k.bank_no = f.bank_no where e.kind = 'name-taken'`,
  )
  return new Set(rows.map((row) => `${row.bank} ${row.sealed_name}`))
}

/** Files of which nobody here can tell whether their banks have them. */
export async function readFilesInDoubt(db: Queryable): Promise<{ bank: string; name: string }[]> {
  const { rows } = await db.query<{ bank: string; sealed_name: string }>(
    `select k.bank, f.sealed_name from bank_file f join bank k using (bank_no) where f.state = 'unconfirmed' order by f.file_id`,
  )
  return rows.map((row) => ({ bank: row.bank, name: row.sealed_name }))
}
