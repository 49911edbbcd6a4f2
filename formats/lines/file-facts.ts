/** What heads and tails of files can say, for requests and for each kind of answer; the same for lines and XML. */
import type { FileHeader } from '../bank-file.ts'
import type { AnswerKind, ResultLine, ResultTotals } from '../profile/compiled-profile.ts'
import type { ProfileSpec } from '../profile/profile-schema.ts'
import type { Classify } from '../reasons/classify-outcome.ts'
import { finalFileCode } from '../reasons/file-status.ts'
import { statedPaidFen } from '../reasons/paid-amount.ts'

/** Facts of one file that is written. Amounts are in fen. */
export interface FileFacts {
  readonly header: FileHeader
  readonly count: number
  readonly totalFen: bigint
  readonly paidCount: number
  readonly paidTotalFen: bigint
  readonly failedCount: number
  readonly failedTotalFen: bigint
  /** Status of the whole file and its words; empty where there is none. */
  readonly fileCode: string
  readonly fileText: string
  /** What the bank says it paid of a line; undefined in requests. */
  readonly paidFenOf: ((line: PaidLine) => bigint) | undefined
}

type PaidLine = Pick<ResultLine, 'amountFen'> & Partial<Pick<ResultLine, 'bankCode' | 'bankText'>>

/** Facts of a request. */
export const requestFacts = (header: FileHeader): FileFacts => ({
  header,
  count: header.count,
  totalFen: header.totalFen,
  paidCount: 0,
  paidTotalFen: 0n,
  failedCount: 0,
  failedTotalFen: 0n,
  fileCode: '',
  fileText: '',
  paidFenOf: undefined,
})

/** What an answer is made of, beside its rows. */
export interface AnswerFacts {
  readonly header: FileHeader
  readonly rows: ResultTotals
  readonly kind: AnswerKind
  readonly classify: Classify
  /** False where codes are derived from the amount that was paid. */
  readonly hasCode: boolean
}

/** True for an answer that leaves its paid rows out. */
export const leavesPaidOut = (spec: ProfileSpec, kind: AnswerKind): boolean =>
  spec.result.style === 'failures-only' && kind !== 'late'

/** Facts of an answer. A list of failures states the whole file; a full list states its own rows. */
export function answerFacts(
  spec: ProfileSpec,
  { header, rows, kind, classify, hasCode }: AnswerFacts,
): FileFacts {
  const whole = leavesPaidOut(spec, kind)
    ? { count: header.count, totalFen: header.totalFen }
    : { count: rows.rowCount, totalFen: rows.rowTotalFen }
  return {
    header,
    ...whole,
    paidCount: rows.paidCount,
    paidTotalFen: rows.paidTotalFen,
    failedCount: rows.failedCount ?? whole.count - rows.paidCount,
    failedTotalFen: rows.failedTotalFen ?? whole.totalFen - rows.paidTotalFen,
    fileCode: finalFileCode(spec) ?? '',
    fileText: '',
    paidFenOf: ({ amountFen, bankCode = '', bankText = '' }) =>
      statedPaidFen(amountFen, bankCode, classify(bankCode, bankText), hasCode),
  }
}
