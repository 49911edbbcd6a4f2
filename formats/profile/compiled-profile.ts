/** What a compiled profile can do. A profile compiles once; writers and readers are made per file. */
import type {
  FileHeader,
  FileRefusal,
  LineProblem,
  Outcome,
  PaymentLine,
  ResultRow,
  ResultSummary,
  SideFile,
} from '../bank-file.ts'

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

/** How a bank answers. `failures-only`: a line that is not listed is paid, if the stated successes tie out. */
export type ResultStyle = 'full-list' | 'failures-only'

/** One code of a bank's table. With `byText` the text beside it may name a closer reason. */
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
  readonly charset: 'gb18030' | 'gbk' | 'utf8'
  /** `maxFilesPerDay`: daily sequences that the names of files and answers can hold; Infinity when they hold any. */
  readonly limits: {
    readonly maxRows: number
    readonly maxAmountFen: bigint
    readonly maxTotalFen?: bigint
    readonly maxFilesPerDay: number
  }
  readonly resultStyle: ResultStyle
  /** Names of the agreement settings that the layout uses, each with a sample value. */
  readonly sampleSettings: Readonly<Record<string, string>>
  /** Every code that the bank may answer with, for simulators and for people. */
  readonly codes: readonly BankCode[]
  /** What this bank could not take of a line; empty when it can be written. */
  check(line: Omit<PaymentLine, 'seq' | 'serial'>): readonly LineProblem[]
  fileName(header: FileHeader): string
  writer(header: FileHeader): FileWriter
  /** Side files for a written data file, given its name and digests in lower-case hex. */
  sideFiles(
    header: FileHeader,
    data: { name: string; md5: string; sha256: string; sizeBytes: number },
  ): readonly SideFile[]
  /** Date and sequence of a request file's name, where it is one; for whoever has the file alone. */
  matchRequestName(name: string): { businessDate?: string; sequence?: number } | undefined
  /** True for a name that this bank gives its answers; says which request it answers when the name tells. */
  matchResultName(name: string): { businessDate?: string; sequence?: number; late: boolean } | undefined
  /** `late` (from `matchResultName`) marks a file of later returns: its failing rows are returns of paid money. */
  resultReader(request?: FileHeader, late?: boolean): FileReader<ResultRow>
  /** The bank's side, for the simulator and for round trips: reads a request file ... */
  requestReader(settings: Readonly<Record<string, string>>): FileReader<PaymentLine>
  /** ... and writes an answer to it: its name and its writer. `late` marks a file of later returns. */
  resultName(header: FileHeader, late: boolean): string
  resultWriter(header: FileHeader, rows: ResultTotals, late: boolean): ResultWriter
  /** Whole answers with which this bank refuses a file, by canonical reason (class F); empty where the layout has none. */
  readonly refusalAnswers: readonly { readonly reason: string; readonly content: Buffer }[]
}

/** Totals that a bank states in its answer; known before it is written. */
export interface ResultTotals {
  readonly rowCount: number
  readonly rowTotalFen: bigint
  readonly paidCount: number
  readonly paidTotalFen: bigint
}

/** A line of an answer as the simulated bank gives it. */
export interface ResultLine extends PaymentLine {
  readonly bankCode: string
  readonly bankText: string
}

/** Writes an answer file, for simulated banks and tests. */
export interface ResultWriter {
  begin(): Buffer
  write(lines: readonly ResultLine[]): Buffer
  end(): Buffer
}
