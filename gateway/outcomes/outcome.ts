/** What a client learns of an instruction, and where it stands in the feed. */
import type { ReasonClass } from '../../formats/bank-file.ts'
import type { Money } from '../../formats/values/money.ts'

/**
 * One outcome. `paid` and `failed` are first final answers, or what people decided of a contradiction; `returned` and
 * `conflicting` came after one.
 */
export interface Outcome {
  readonly batchNo: string
  readonly instructionId: string
  readonly bank: string
  readonly outcome: 'paid' | 'failed' | 'returned' | 'conflicting'
  readonly amountFen: Money
  readonly reason: {
    readonly code: string
    readonly class: ReasonClass
    readonly bankCode: string
    readonly bankText: string
  }
  /** Name of the bank's answer; `evidence/...` where people decided. */
  readonly answer: string
  /** When the bank's answer was collected. */
  readonly at: Date
}

/** Where a client stands: behind `seq` of slice `feedNo`. */
export interface FeedCursor {
  readonly feedNo: bigint
  readonly seq: number
}
