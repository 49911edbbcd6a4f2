/** Opens exceptions: what needs a person, with facts and without personal data. */
import type { BankNo, BatchId } from '../ledger/batch.ts'
import type { Queryable } from '../store/pool.ts'

/** Queues of exceptions. */
export type ExceptionKind =
  | 'orphan'
  | 'amount-differs'
  | 'account-differs'
  | 'conflicting'
  | 'unmapped'
  | 'other-bank'
  | 'second-return'
  | 'quarantined-file'
  | 'same-name-new-content'
  | 'unsafe-name'
  | 'unreadable-row'
  | 'not-in-file'
  | 'repeated'
  | 'name-taken'

/** One exception to open. */
export interface ExceptionToOpen {
  readonly kind: ExceptionKind
  readonly bankNo: BankNo
  readonly inboundId?: number
  readonly fileId?: number
  readonly batchId?: BatchId
  readonly seq?: number
  readonly lineNo?: number
  readonly facts: Readonly<Record<string, unknown>>
  readonly at: Date
}

/** Opens one exception. */
export async function openException(tx: Queryable, exception: ExceptionToOpen): Promise<void> {
  await tx.query(
    `insert into exception_item (kind, bank_no, inbound_id, file_id, batch_id, seq, line_no, facts, opened_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      exception.kind,
      exception.bankNo,
      exception.inboundId ?? null,
      exception.fileId ?? null,
      exception.batchId ?? null,
      exception.seq ?? null,
      exception.lineNo ?? null,
      JSON.stringify(exception.facts),
      exception.at,
    ],
  )
}
