/** Brakes keep files from leaving: the whole house, a bank, a batch, a programme or a region; people pull and lift them. */
import type { BankNo, BatchId } from '../ledger/batch.ts'

/** What a brake holds. `region` is a region code or the beginning of one. */
export type BrakeScope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'bank'; readonly bankNo: BankNo }
  | { readonly kind: 'batch'; readonly batchId: BatchId }
  | { readonly kind: 'programme'; readonly programme: string }
  | { readonly kind: 'region'; readonly region: string }

/** `restored`: the database is older than what the bank has seen, so both sides have to be compared first (R9). */
export type BrakeCause = 'person' | 'restored'

/** A brake that stands. */
export interface Brake {
  readonly brakeId: bigint
  readonly scope: BrakeScope
  readonly cause: BrakeCause
  readonly reason: string
  readonly pulledBy: string
  readonly pulledAt: Date
}
