/**
 * What goes into a bank file and what comes out of a bank's answer, before any layout is applied.
 * Profiles (formats/profile) turn these records into bytes and back; nothing here knows a bank.
 */
import type { Money } from './values/money.ts'

/** One line of a bank file: one instruction as the bank will see it. */
export interface PaymentLine {
  /** Line number of the instruction in its batch, from 1. */
  readonly seq: number
  /** Our serial for the line: 20 digits, 12 of the file number and 8 of `seq`; profiles with shorter columns write its tail. */
  readonly serial: string
  readonly payeeName: string
  readonly payeeAccount: string
  readonly payeeIdNumber?: string
  readonly amountFen: Money
  /** Posting summary, as the payee will read it in the passbook. */
  readonly remark?: string
}

/** What a whole bank file says of itself; fixed by the plan, so that composing twice gives the same bytes. */
export interface FileHeader {
  /** `YYYYMMDD` in China. */
  readonly businessDate: string
  /** `HHMMSS` in China at which the file was planned; `000000` where it is absent. */
  readonly time?: string
  /** The bank's daily sequence, from 1. */
  readonly sequence: number
  /** Our file number, 12 digits, unique for ever. */
  readonly fileNumber: string
  readonly count: number
  readonly totalFen: Money
  readonly programmeName: string
  /** Account that the bank debits. */
  readonly fundingAccount: string
  /** Constants of the agreement (organisation code, product code ...), named in the profile as `settings.x`. */
  readonly settings: Readonly<Record<string, string>>
}

/** Why a bank cannot take a line; the line is held. */
export interface LineProblem {
  readonly field: 'payeeName' | 'payeeAccount' | 'payeeIdNumber' | 'amountFen' | 'remark' | 'serial'
  readonly code: 'CHARSET' | 'TOO_LONG' | 'TOO_LARGE' | 'EMPTY' | 'FORBIDDEN_CHARACTER'
  /** Facts for a person: the limit in bytes, the code point (`U+36C3`), never the value itself. */
  readonly facts: Readonly<Record<string, string | number>>
}

/** A file that lies beside the data file, already named and filled. */
export interface SideFile {
  readonly name: string
  readonly content: Buffer
  /** `before` or `after` the data file, in upload order. */
  readonly order: 'before' | 'after'
}

/** Classes of bank-formats §7.2: Correct, Retry, Hold for the person, Treasury, Query only, File refused, `-` none. */
export type ReasonClass = 'C' | 'R' | 'H' | 'T' | 'Q' | 'F' | '-'

/** The canonical reason of an outcome, with what the bank said, untouched. */
export interface Reason {
  /** Canonical code such as `NAME_MISMATCH`; `PAID` for success; `UNMAPPED` for a code that the map lacks. */
  readonly code: string
  readonly class: ReasonClass
  readonly bankCode: string
  readonly bankText: string
}

/** What a bank says of one line. Only an explicit final-success code makes `paid`. */
export type Outcome = 'paid' | 'failed' | 'open' | 'unknown' | 'returned'

/** One line of a bank's answer. Fields that the layout lacks are undefined. */
export interface ResultRow {
  /** Line in the answer, from 1, header lines counted. */
  readonly lineNo: number
  /** Our serial as the bank echoed it, leading zeros kept; may be the tail only. */
  readonly serial: string
  /** Set where the bank names a row by its place in our file, from 1; `serial` then repeats its digits. */
  readonly position?: number
  readonly account?: string
  readonly name?: string
  readonly amountFen?: Money
  readonly outcome: Outcome
  readonly reason: Reason
}

/** Why a result file is refused whole; nothing of it may be applied. */
export interface FileRefusal {
  readonly code:
    | 'EMPTY'
    | 'CHARSET'
    | 'LAYOUT'
    | 'HEADER'
    | 'TRAILER_MISSING'
    | 'SENTINEL_MISSING'
    | 'COUNT'
    | 'TOTAL'
    | 'TRUNCATED'
    | 'TRAILING_BYTES'
    | 'NOT_THIS_FILE'
    | 'BANK_REFUSED'
    | 'LINE_TOO_LONG'
    | 'XML'
    | 'WRAPPING'
    | 'TOO_LARGE'
    | 'PAGE'
    | 'SIDE_FILE'
  /** Line of the file, from 1, where there is one. */
  readonly lineNo?: number
  readonly facts: Readonly<Record<string, string | number>>
}

/** What a read result file adds up to. */
export interface ResultSummary {
  /** Rows in the file. */
  readonly rowCount: number
  readonly rowTotalFen: Money
  /** Set where the bank states them: successes in count and fen. A failures-only answer is only readable with both. */
  readonly paidCount?: number
  readonly paidTotalFen?: Money
  /** Business date and sequence of the request this answers, where the content says so. */
  readonly businessDate?: string
  readonly sequence?: number
  readonly fileNumber?: string
}
