/**
 * Matches lines of an answer against the file that was sent, by our serial. Pure: what was answered before goes in
 * as marks, a verdict a line comes out. Amounts and accounts are compared set-wise afterwards, in the database.
 */
import type { ResultRow } from '../../formats/bank-file.ts'
import { type BankFile, membership, parseSerial } from '../dispatch/bank-file.ts'

/** What a line of an answer means for our ledger. */
export type LineVerdict =
  | { readonly kind: 'final'; readonly seq: number; readonly paid: boolean }
  | {
      readonly kind: 'open' | 'unknown' | 'returned' | 'repeated' | 'conflicting' | 'second-return'
      readonly seq: number
    }
  | { readonly kind: 'not-in-file'; readonly seq: number }
  | { readonly kind: 'orphan' | 'other-file' }

/** What was known of a line before this answer. */
export type EarlierAnswer = 'paid' | 'failed' | 'unknown' | 'returned'

/** Gives verdicts, in the order of the lines; remembers what this answer has said already. */
export interface LineMatcher {
  match(row: Pick<ResultRow, 'serial' | 'outcome'>): LineVerdict
}

const marks = { none: 0, unknown: 1, paid: 2, failed: 3, returned: 4 } as const
type Mark = (typeof marks)[keyof typeof marks]

/** Makes a matcher for one file; one byte of memory a line of the file's range. */
export function matchLines(
  file: Pick<BankFile, 'fileId' | 'loSeq' | 'hiSeq' | 'gaps' | 'members'>,
  earlier: Iterable<{ readonly seq: number; readonly answer: EarlierAnswer }> = [],
): LineMatcher {
  const holds = membership(file)
  const marked = new Uint8Array(file.hiSeq - file.loSeq + 1)
  for (const { seq, answer } of earlier) if (holds(seq)) marked[seq - file.loSeq] = marks[answer]
  return {
    match(row) {
      const serial = parseSerial(row.serial)
      if (!serial) return { kind: 'orphan' }
      if (serial.fileId !== undefined && serial.fileId !== file.fileId) return { kind: 'other-file' }
      const { seq } = serial
      if (!holds(seq)) return { kind: 'not-in-file', seq }
      const index = seq - file.loSeq
      const verdict = decide(seq, row.outcome, marked[index] ?? marks.none)
      marked[index] = markAfter(verdict, marked[index] ?? marks.none)
      return verdict
    },
  }
}

function decide(seq: number, outcome: ResultRow['outcome'], mark: number): LineVerdict {
  switch (outcome) {
    case 'paid':
      return decideFinal(seq, true, mark)
    case 'failed':
      return decideFinal(seq, false, mark)
    case 'open':
      return { kind: 'open', seq }
    case 'unknown':
      // A word that we do not know cannot undo a final answer; before one, it is all we have.
      return { kind: mark === marks.none || mark === marks.unknown ? 'unknown' : 'repeated', seq }
    case 'returned':
      return decideReturned(seq, mark)
    default:
      return outcome satisfies never
  }
}

function decideFinal(seq: number, paid: boolean, mark: number): LineVerdict {
  if (mark === marks.none || mark === marks.unknown) return { kind: 'final', seq, paid }
  if (mark === marks.returned) return { kind: paid ? 'repeated' : 'conflicting', seq }
  return { kind: paid === (mark === marks.paid) ? 'repeated' : 'conflicting', seq }
}

function decideReturned(seq: number, mark: number): LineVerdict {
  if (mark === marks.paid) return { kind: 'returned', seq }
  if (mark === marks.returned) return { kind: 'second-return', seq }
  // Money cannot come back that was never said to have arrived: nothing is decided without a person.
  return { kind: 'conflicting', seq }
}

function markAfter(verdict: LineVerdict, before: number): Mark | number {
  if (verdict.kind === 'final') return verdict.paid ? marks.paid : marks.failed
  if (verdict.kind === 'returned') return marks.returned
  return verdict.kind === 'unknown' ? marks.unknown : before
}
