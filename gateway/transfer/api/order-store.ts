/** Files that go over a bank's API: found by their name or because the bank still owes a result, with their reference. */
import { type ContractedBank, profileOf } from '../../banks/bank-book.ts'
import { type BankFile, fileHeader } from '../../dispatch/bank-file.ts'
import { findBankFile } from '../../dispatch/bank-file-store.ts'
import { headerFacts } from '../../dispatch/plan-batch.ts'
import { Fault } from '../../faults.ts'
import { findBatch } from '../../ledger/batch-store.ts'
import { fileNumber } from '../../ledger/line-serial.ts'
import type { Queryable } from '../../store/pool.ts'
import type { ApiOrder } from './bank-api.ts'

/** A file that goes over an API, with the name of its answer. */
export interface OrderedFile {
  readonly file: BankFile
  readonly order: ApiOrder
  readonly resultName: string
}

/** The file that lies under a sealed name. Throws INTERNAL for a name that is none of ours. */
export async function findOrder(db: Queryable, bank: ContractedBank, name: string): Promise<OrderedFile> {
  const { rows } = await db.query<{ file_id: number }>(
    'select file_id from bank_file where bank_no = $1 and (sealed_name = $2 or (sealed_name is null and name = $2))',
    [bank.bankNo, name],
  )
  const file = rows[0] && (await findBankFile(db, rows[0].file_id))
  if (!file) throw new Fault('INTERNAL', { reason: 'an API carries data files only', bank: bank.bank })
  return ordered(db, bank, file)
}

async function ordered(db: Queryable, bank: ContractedBank, file: BankFile): Promise<OrderedFile> {
  const batch = await findBatch(db, file.batchId)
  if (!batch) throw new Fault('INTERNAL', { reason: 'a file without its batch', fileId: file.fileId })
  const profile = profileOf(bank, file)
  const header = fileHeader(file, headerFacts(batch, bank))
  const { fileId } = file
  return {
    file,
    order: { fileId, reference: fileNumber(fileId), header, wrap: profile.wrap },
    resultName: profile.resultName(header, 'answer'),
  }
}

const openLimit = 100

/** Files that the bank has and has not answered to the end, longest not asked about first; at most 100. */
export async function findOpenOrders(
  db: Queryable,
  bank: ContractedBank,
  sentAfter: Date,
): Promise<OrderedFile[]> {
  const { rows } = await db.query<{ file_id: number }>(
    `select f.file_id from bank_file f left join lateral (select max(begun_at) as last from api_exchange e
         where e.file_id = f.file_id and e.purpose = 'query') asked on true
     where f.bank_no = $1 and f.state in ('sent', 'acknowledged', 'answered') and f.sent_at >= $2
       and not exists (select from api_answer a where a.file_id = f.file_id)
     order by asked.last nulls first, f.file_id limit $3`,
    [bank.bankNo, sentAfter, openLimit],
  )
  const orders: OrderedFile[] = []
  for (const { file_id } of rows) {
    const file = await findBankFile(db, file_id)
    if (file) orders.push(await ordered(db, bank, file))
  }
  return orders
}
