/** What an approved batch is, once it is inside: ids, header, and where its lines lie. */
import type { Money } from '../../formats/values/money.ts'

declare const brand: unique symbol

/** Number of a batch in the ledger. */
export type BatchId = number & { readonly [brand]: 'batch' }

/** Number of a bank code in the ledger. */
export type BankNo = number & { readonly [brand]: 'bank' }

/** Marks a number that came out of `batch.batch_id`, or out of a wake-up that carries one. */
export const batchId = (id: number): BatchId => id as BatchId

/** Marks a number that came out of `bank.bank_no`. */
export const bankNo = (no: number): BankNo => no as BankNo

/** Batches of at least this many declared lines get partitions of their own. */
export const ownPartitionFromCount = 100_000

/** A batch as the steps after intake need it. */
export interface Batch {
  readonly batchId: BatchId
  readonly client: string
  readonly batchNo: string
  /** Partition key of the batch's lines: 0 for the shared partition, else the batch's id. */
  readonly shard: number
  readonly programmeCode: string
  readonly programmeName: string
  readonly period: string
  readonly region: string
  readonly fundingAccount: string
  readonly voucherNo: string | undefined
  /** `YYYY-MM-DD` in China. */
  readonly dueBy: string
  readonly declaredCount: number
  readonly declaredFen: Money
  readonly state: 'open' | 'accepted' | 'refused' | 'cancelled'
}
