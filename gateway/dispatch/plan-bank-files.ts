/**
 * Cuts the lines of a batch into bank files: by bank, in order of seq, within each bank's limits. A pure fold over
 * the lines, so a million of them need no more memory than the files they make.
 */
import { add, type Money, zero } from '../../formats/values/money.ts'
import type { BankNo } from '../ledger/batch.ts'

/** What one file of a bank may hold. */
export interface FileLimits {
  readonly maxRows: number
  readonly maxTotalFen: bigint | undefined
}

/** One file to be: the range it covers, the seqs of its bank inside the range that it leaves out, and its totals. */
export interface PlannedFile {
  readonly bankNo: BankNo
  readonly loSeq: number
  readonly hiSeq: number
  readonly gaps: readonly number[]
  readonly rowCount: number
  readonly totalFen: Money
}

/** A line as planning sees it. */
export interface PlanLine {
  readonly seq: number
  readonly bankNo: BankNo
  readonly amountFen: Money
  /** A line that is kept back; it becomes a gap. */
  readonly held: boolean
}

/** Takes lines in order of seq and gives files. */
export interface FilePlanner {
  /** A file that this line closed, if any. */
  add(line: PlanLine): PlannedFile | undefined
  /** The files that are still open, by bank. */
  end(): PlannedFile[]
}

interface OpenFile {
  loSeq: number
  hiSeq: number
  gaps: number[]
  /** Held lines since hiSeq; they become gaps only if another line follows. */
  trailing: number[]
  rowCount: number
  totalFen: Money
}

/** Starts planning one batch. A line over `maxTotalFen` by itself gets a file of its own; the bank's own limit on a line is checked at intake. */
export function planBankFiles(limitsOf: (bankNo: BankNo) => FileLimits): FilePlanner {
  const open = new Map<BankNo, OpenFile>()
  return {
    add(line) {
      const file = open.get(line.bankNo)
      if (line.held) {
        file?.trailing.push(line.seq)
        return undefined
      }
      if (file && fits(file, line, limitsOf(line.bankNo))) {
        extend(file, line)
        return undefined
      }
      open.set(line.bankNo, begin(line))
      return file && closed(line.bankNo, file)
    },
    end: () => [...open].sort(([a], [b]) => a - b).map(([bankNo, file]) => closed(bankNo, file)),
  }
}

function fits(file: OpenFile, line: PlanLine, limits: FileLimits): boolean {
  if (file.rowCount >= limits.maxRows) return false
  return limits.maxTotalFen === undefined || file.totalFen + line.amountFen <= limits.maxTotalFen
}

function extend(file: OpenFile, line: PlanLine): void {
  file.gaps.push(...file.trailing)
  file.trailing = []
  file.hiSeq = line.seq
  file.rowCount += 1
  file.totalFen = add(file.totalFen, line.amountFen)
}

const begin = (line: PlanLine): OpenFile => ({
  loSeq: line.seq,
  hiSeq: line.seq,
  gaps: [],
  trailing: [],
  rowCount: 1,
  totalFen: add(zero, line.amountFen),
})

const closed = (bankNo: BankNo, file: OpenFile): PlannedFile => ({
  bankNo,
  loSeq: file.loSeq,
  hiSeq: file.hiSeq,
  gaps: file.gaps,
  rowCount: file.rowCount,
  totalFen: file.totalFen,
})
