/** A file for a bank: what it covers, what it is called, how far it is. */
import type { FileHeader, SideFile } from '../../formats/bank-file.ts'
import { type Money, money } from '../../formats/values/money.ts'
import { chinaClock } from '../clock.ts'
import type { BankNo, BatchId } from '../ledger/batch.ts'
import { fileNumber } from '../ledger/line-serial.ts'

/** How far a bank file is. */
export type BankFileState =
  | 'planned'
  | 'composed'
  | 'sealed'
  | 'sending'
  | 'unconfirmed'
  | 'sent'
  | 'acknowledged'
  | 'answered'
  | 'closed'
  | 'refused'

/** Legal moves of a bank file and what causes them; the CHECK of bank_file_event comes from here. */
export const bankFileMoves = {
  planned: {
    composed: "its lines were written in the bank's layout",
    sealed: 'its bytes were written and sealed',
  },
  composed: { sealed: 'it was signed and encrypted for the bank' },
  sealed: { sending: 'a worker claimed the upload' },
  sending: {
    sent: 'the bank has the file under its final name',
    sealed: 'the bank never saw the final name',
    unconfirmed: 'no answer to the last request',
    answered: 'the bank answered it before our own record',
  },
  unconfirmed: {
    sent: 'found at the bank under its final name',
    sealed: 'the unfinished upload still lies at the bank',
    answered: 'the bank answered it, so it had it',
  },
  sent: {
    acknowledged: 'the bank acknowledged it',
    answered: 'a result was applied',
    refused: 'the bank refused it whole',
  },
  acknowledged: { answered: 'a result was applied', refused: 'the bank refused it whole' },
  answered: { closed: 'every line has a final answer' },
  closed: {},
  refused: {},
} as const satisfies Record<BankFileState, Partial<Record<BankFileState, string>>>

/** A planned file and its place in the journey. */
export interface BankFile {
  readonly fileId: number
  readonly batchId: BatchId
  readonly bankNo: BankNo
  /** First and last seq; `gaps` lie between them and are not in the file. */
  readonly loSeq: number
  readonly hiSeq: number
  readonly gaps: readonly number[]
  /** When set, exactly these seqs and no range. */
  readonly members: readonly number[] | undefined
  readonly rowCount: number
  readonly totalFen: Money
  /** `YYYY-MM-DD` in China. */
  readonly businessDate: string
  readonly sequence: number
  readonly name: string
  /** Layout that it was planned with. */
  readonly profile: string
  readonly profileVersion: number
  readonly state: BankFileState
  readonly notBefore: Date
  readonly sealedName: string | undefined
  readonly contentId: bigint | undefined
  readonly sealedBytes: number | undefined
  readonly sideFiles: readonly SideFile[]
  readonly sendFence: bigint
  /** Fence under which the last upload began; it stands in its part name. 0 before the first. */
  readonly sendAttempt: bigint
  readonly sendStage: 'uploading' | 'renaming' | undefined
  readonly settledCount: number
}

/** A test for which seqs a file holds. */
export function membership(
  file: Pick<BankFile, 'loSeq' | 'hiSeq' | 'gaps' | 'members'>,
): (seq: number) => boolean {
  if (file.members) {
    const members = new Set(file.members)
    return (seq) => members.has(seq)
  }
  const gaps = new Set(file.gaps)
  return (seq) => seq >= file.loSeq && seq <= file.hiSeq && !gaps.has(seq)
}

/** The header of a file as its profile wants it. */
export function fileHeader(
  file: Pick<BankFile, 'fileId' | 'businessDate' | 'sequence' | 'rowCount' | 'totalFen' | 'notBefore'>,
  of: { programmeName: string; fundingAccount: string; settings: Readonly<Record<string, string>> },
): FileHeader {
  return {
    businessDate: file.businessDate.replaceAll('-', ''),
    time: chinaClock(file.notBefore),
    sequence: file.sequence,
    fileNumber: fileNumber(file.fileId),
    count: file.rowCount,
    totalFen: money(file.totalFen),
    programmeName: of.programmeName,
    fundingAccount: of.fundingAccount,
    settings: of.settings,
  }
}
