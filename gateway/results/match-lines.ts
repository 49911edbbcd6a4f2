/**
 * Matches lines of an answer against the file that was sent, by our serial. Pure: what was answered before goes in
 * as marks, a verdict a line comes out. Amounts and accounts are compared set-wise afterwards, in the database.
 */
import type { ResultRow } from '../../formats/bank-file.ts'
import { type BankFile, membership } from '../dispatch/bank-file.ts'
import { parseSerial } from '../ledger/line-serial.ts'

/** What a line of an answer means for our ledger. */
export type LineVerdict =
  | { readonly kind: 'final'; readonly seq: number; readonly paid: boolean }
  | {
      readonly kind: 'open' | 'unknown' | 'returned' | 'repeated' | 'conflicting' | 'second-return'
      readonly seq: number
    }
  | { readonly kind: 'not-in-file'; readonly seq: number }
  | { readonly kind: 'orphan' }
  | { readonly kind: 'other-file'; readonly fileId: number }

/** What was known of a line before this answer. `conflict`: answers contradict each other and people decide. */
export type EarlierAnswer = 'paid' | 'failed' | 'unknown' | 'returned' | 'conflict'

/** Gives verdicts, in the order of the lines; remembers what this answer has said already. */
export interface LineMatcher {
  /** `seq` is set where the bank named the row by its place; 0 for a place that the file does not have. */
  match(row: Pick<ResultRow, 'serial' | 'outcome'> & { readonly seq?: number }): LineVerdict
}

/** What was said of a line so far, one bit each: a set, so that the order in which it was said cannot matter. */
const said = { open: 0, unknown: 1, paid: 2, failed: 4, returned: 8, conflict: 16 } as const

/** Makes a matcher for one file; one byte of memory a line of the file's range. */
export function matchLines(
  file: Pick<BankFile, 'fileId' | 'loSeq' | 'hiSeq' | 'gaps' | 'members'>,
  earlier: Iterable<{ readonly seq: number; readonly answer: EarlierAnswer }> = [],
): LineMatcher {
  const holds = membership(file)
  const heard = new Uint8Array(file.hiSeq - file.loSeq + 1)
  const add = (seq: number, bit: number): number => {
    const before = heard[seq - file.loSeq] ?? 0
    heard[seq - file.loSeq] = before | bit
    return before
  }
  for (const { seq, answer } of earlier) if (holds(seq)) add(seq, said[answer])
  return {
    match(row) {
      const serial = row.seq === undefined ? parseSerial(row.serial) : atPlace(row.seq)
      if (!serial) return { kind: 'orphan' }
      const { seq, fileId } = serial
      if (fileId !== undefined && fileId !== file.fileId) return { kind: 'other-file', fileId }
      if (!holds(seq)) return { kind: 'not-in-file', seq }
      return decide(seq, row.outcome, add(seq, said[row.outcome]))
    },
  }
}

const atPlace = (seq: number): { seq: number; fileId: undefined } | undefined =>
  seq === 0 ? undefined : { seq, fileId: undefined }

function decide(seq: number, outcome: ResultRow['outcome'], before: number): LineVerdict {
  const heard = (...answers: readonly EarlierAnswer[]): boolean =>
    answers.some((answer) => (before & said[answer]) !== 0)
  switch (outcome) {
    case 'paid':
      if (heard('paid')) return { kind: 'repeated', seq }
      return heard('failed', 'conflict') ? { kind: 'conflicting', seq } : { kind: 'final', seq, paid: true }
    case 'failed':
      if (heard('failed')) return { kind: 'repeated', seq }
      return heard('paid', 'returned', 'conflict')
        ? { kind: 'conflicting', seq }
        : { kind: 'final', seq, paid: false }
    case 'open':
      return { kind: 'open', seq }
    case 'unknown':
      // A word that we do not know cannot undo a final answer; before one, it is all we have.
      return {
        kind: heard('paid', 'failed', 'returned', 'conflict') ? 'repeated' : 'unknown',
        seq,
      }
    case 'returned':
      // Whether success was ever said shows only when the whole answer is in; the ledger looks then.
      return { kind: heard('returned') ? 'second-return' : 'returned', seq }
    default:
      return outcome satisfies never
  }
}
