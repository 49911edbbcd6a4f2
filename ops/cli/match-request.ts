/**
 * Holds an answer's rows against the request on a desk, line by line: whose row it is, its account and its amount must
 * be as we sent them. Names are only pointed out, since banks cut and fold them.
 */
import type { FileRefusal, PaymentLine, ResultRow } from '../../formats/bank-file.ts'
import { foldName } from '../../formats/values/name-folding.ts'

/** Takes the lines of a request, then the rows of its answer. */
export interface RequestMatch {
  addLine(line: PaymentLine): void
  /** Every way in which a row is not that of a line of ours. */
  compare(row: ResultRow): readonly FileRefusal[]
  /** True when the bank wrote another name than ours, folded and cut names aside. */
  namesDiffer(row: ResultRow): boolean
}

/** Shortest cut name that still counts as ours: banks cut at 60 bytes and longer (bank-formats §12). */
const leastCutCharacters = 20

/** Makes the match of one request; it holds the request's lines. */
export function requestMatch(): RequestMatch {
  const lines: PaymentLine[] = []
  const bySeq = new Map<number, PaymentLine>()
  const lineOf = (row: ResultRow): PaymentLine | undefined =>
    row.position === undefined
      ? bySeq.get(Number.parseInt(row.serial.slice(-8), 10))
      : lines[row.position - 1]
  return {
    addLine: (line) => {
      lines.push(line)
      bySeq.set(line.seq, line)
    },
    compare: (row) => {
      const line = lineOf(row)
      const { lineNo, account, amountFen } = row
      const differs = (what: string): FileRefusal => ({ code: 'NOT_THIS_FILE', lineNo, facts: { what } })
      if (!line || !isTailOf(line.serial, row)) return [differs('serial')]
      return [
        ...(account === undefined || account === line.payeeAccount ? [] : [differs('account')]),
        ...(amountFen === undefined || amountFen === line.amountFen ? [] : [differs('amount')]),
      ]
    },
    namesDiffer: (row) => {
      const line = lineOf(row)
      return line !== undefined && row.name !== undefined && !isSameName(line.payeeName, row.name)
    },
  }
}

/** Both sides may have the tail of a serial only. */
const isTailOf = (ours: string, { serial, position }: ResultRow): boolean =>
  position !== undefined || ours.endsWith(serial) || serial.endsWith(ours)

function isSameName(ours: string, theirs: string): boolean {
  if (ours === theirs) return true
  const [mine, stated] = [foldName(ours), foldName(theirs)]
  return mine === stated || (stated.length >= leastCutCharacters && mine.startsWith(stated))
}
