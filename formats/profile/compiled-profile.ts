/** What a compiled profile can do. A profile compiles once; writers and readers are made per file. */

import type {
  FileHeader,
  FileRefusal,
  LineProblem,
  Outcome,
  PaymentLine,
  Reason,
  ResultRow,
  ResultSummary,
  SideFile,
} from '../bank-file.ts'
import type { resultStyles } from './answer-schema.ts'

/** Writes one data file; deterministic: the same header and lines give the same bytes. */
export interface FileWriter {
  /** Header bytes, once, first. */
  begin(): Buffer
  /** Bytes of the next lines, in order. Throws `UnwritableLine` when a line was not checked before. */
  write(lines: readonly PaymentLine[]): Buffer
  /** Trailer bytes, once, last; throws if count or total differ from the header's. */
  end(): Buffer
}

/** Reads one file in chunks of any size. Rows are provisional until `end` accepted the file. */
export interface FileReader<Row> {
  read(chunk: Buffer): readonly Row[]
  /** The last rows and either the summary or every reason to refuse the whole file (capped at 100). */
  end(): { rows: readonly Row[] } & (
    | { kind: 'read'; summary: ResultSummary }
    | { kind: 'refused'; refusals: readonly FileRefusal[] }
  )
}

/**
 * How a bank answers. `failures-only`: a line that is not listed is paid, if the stated successes tie out. `overlay`:
 * the request again with some bytes written over. `intermediate-final`: answers of the day that a final one replaces.
 * `paged`: pages of an API one after another in one content.
 */
export type ResultStyle = (typeof resultStyles)[number]

/** What a file from the bank is, by its name: the answer, one of the day that is not final, or later returns. */
export type AnswerKind = 'answer' | 'intermediate' | 'late'

/**
 * Encrypts and decrypts single fields with the key of an agreement. `open` gives undefined for what is no ciphertext
 * of ours. Given by the caller, since keys are no business of formats.
 */
export interface FieldCipher {
  seal(text: string): string
  open(ciphertext: string): string | undefined
}

/** A file that the bank puts beside its answer, and what it proves. */
export interface AnswerSideFile {
  readonly name: string
  readonly proves: 'complete' | 'md5' | 'sha256' | 'signature'
}

/** What a receipt says of a whole file. `unmapped` and `unreadable` say nothing, and people have to look. */
export type AcknowledgementRead =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  | { readonly kind: 'unmapped'; readonly code: string }
  | { readonly kind: 'unreadable'; readonly why: string }

/** Receipts of a bank: small files that say that it took one of ours in, or refused it whole. */
export interface CompiledAcknowledgement {
  /** False where they come in the clear although answers come in an envelope. */
  readonly sealed: boolean
  matchName(name: string): { businessDate?: string; sequence?: number } | undefined
  fileName(header: FileHeader): string
  /** Reads a whole receipt of at most 64 KiB; reasons of refusals are canonical and of class F. */
  read(content: Buffer): AcknowledgementRead
}

/**
 * One code of a bank's table. A profile without a code column has the codes `full`, `none` and `part`, derived from
 * the amount that the bank says it paid.
 * With `byText` the text beside it may name a closer reason.
 */
export interface BankCode {
  readonly code: string
  readonly reason: string
  readonly outcome: Outcome
  readonly byText: boolean
}

/** A bank's layout, ready to use. */
export interface CompiledProfile {
  readonly id: string
  readonly version: number
  readonly title: string
  /** Bank document that the layout follows, and how near to it the layout is. */
  readonly source: string
  readonly fidelity: 'high' | 'medium' | 'invented'
  readonly note: string
  readonly layout: 'fixed' | 'delimited' | 'xml'
  readonly charset: 'gb18030' | 'gbk' | 'utf8'
  /**
   * `maxRows` is low enough for `maxBytes`. `maxFilesPerDay`: daily sequences that the names of files and answers can
   * hold; Infinity when they hold any.
   */
  readonly limits: {
    readonly maxRows: number
    readonly maxAmountFen: bigint
    readonly maxTotalFen?: bigint
    readonly maxBytes?: number
    readonly maxFilesPerDay: number
  }
  /** Columns that are encrypted when the agreement has a field key, by item. */
  readonly encryptedItems: readonly string[]
  readonly resultStyle: ResultStyle
  /** Names of the agreement settings that the layout uses, each with a sample value. */
  readonly sampleSettings: Readonly<Record<string, string>>
  /** Every code that the bank may answer with, for simulators and for people. */
  readonly codes: readonly BankCode[]
  /** What this bank could not take of a line; empty when it can be written. */
  check(line: Omit<PaymentLine, 'seq' | 'serial'>): readonly LineProblem[]
  fileName(header: FileHeader): string
  writer(header: FileHeader, cipher?: FieldCipher): FileWriter
  /** Side files for a written data file, given its name and digests in lower-case hex. */
  sideFiles(
    header: FileHeader,
    data: { name: string; md5: string; sha256: string; sizeBytes: number },
  ): readonly SideFile[]
  /** Date and sequence of a request file's name, where it is one; for whoever has the file alone. */
  matchRequestName(name: string): { businessDate?: string; sequence?: number } | undefined
  /** True for a name that this bank gives its answers; says which request it answers when the name tells. */
  matchResultName(name: string): { businessDate?: string; sequence?: number; kind: AnswerKind } | undefined
  /** Receipts that the bank leaves when it has taken a file in; undefined where it leaves none. */
  readonly acknowledgement: CompiledAcknowledgement | undefined
  /** Files that the bank puts beside an answer of this name. */
  answerSideFiles(name: string): readonly AnswerSideFile[]
  /** Kinds of files that this bank sends; `answer` always, the others where the profile names them. */
  readonly answerKinds: readonly AnswerKind[]
  /** `kind` is from `matchResultName`, `answer` where it is absent. Failing rows of late files are returns of paid money. */
  resultReader(request?: FileHeader, kind?: AnswerKind, cipher?: FieldCipher): FileReader<ResultRow>
  /** The bank's side, for the simulator and for round trips: reads a request file ... */
  requestReader(settings: Readonly<Record<string, string>>, cipher?: FieldCipher): FileReader<PaymentLine>
  /** ... and writes an answer to it: its name and its writer. Throws for a kind that the profile does not name. */
  resultName(header: FileHeader, kind: AnswerKind): string
  resultWriter(header: FileHeader, rows: ResultTotals, kind: AnswerKind, cipher?: FieldCipher): ResultWriter
  /** Wraps a whole content as the bank's message carries it; undefined where it travels plain. */
  readonly wrap: ((plain: Buffer) => Buffer) | undefined
  /** What a code and text mean in an answer; `secondCode` where a row has two, else empty. */
  meaningOf(bankCode: string, bankText: string, secondCode?: string): { outcome: Outcome; reason: Reason }
  /** The same profile with codes of an agreement laid over its own. Throws for a reason that is not canonical. */
  withCodes(codes: Readonly<Record<string, string>>): CompiledProfile
  /** Whole answers with which this bank refuses a file, by canonical reason (class F); empty where the layout has none. */
  readonly refusalAnswers: readonly { readonly reason: string; readonly content: Buffer }[]
}

/** Totals that a bank states in its answer; known before it is written. */
export interface ResultTotals {
  readonly rowCount: number
  readonly rowTotalFen: bigint
  readonly paidCount: number
  readonly paidTotalFen: bigint
  /** Rows that failed; all that are not paid where these are absent. */
  readonly failedCount?: number
  readonly failedTotalFen?: bigint
}

/** A line of an answer as the simulated bank gives it. */
export interface ResultLine extends PaymentLine {
  readonly bankCode: string
  /** Second code of a row that failed, for layouts that have one. */
  readonly reasonCode?: string
  readonly bankText: string
  /** Place of the line in the request, from 1, for layouts that name rows by it. */
  readonly position?: number
}

/** Writes an answer file, for simulated banks and tests. */
export interface ResultWriter {
  begin(): Buffer
  write(lines: readonly ResultLine[]): Buffer
  end(): Buffer
}
