/**
 * What a bank's statement (流水) says, whatever its layout: entries one by one and what they add up to
 * (bank-formats §1.6-7, §8). A file is read in chunks; nothing of it counts before its totals and balances tie.
 */
import type { FileRefusal, Reason } from '../bank-file.ts'
import type { Money } from '../values/money.ts'

/** What an entry is to us. `lump-return`: one posting for all rows of a package that failed (并笔退回). */
export const entryKinds = ['payment', 'return', 'lump-return', 'fee', 'other'] as const

/** One of `entryKinds`. */
export type EntryKind = (typeof entryKinds)[number]

/** Which way the money went: a debit leaves our account, a credit comes into it. Reversals are told as what they do. */
export type Direction = 'debit' | 'credit'

/** One entry of a statement. Fields that the layout lacks are undefined. */
export interface StatementEntry {
  /** Line in the file where the entry begins, from 1. */
  readonly lineNo: number
  /** The bank's own serial of the entry, unique in its account. */
  readonly entryRef: string
  /** Account that the file names for the entry; statements of several accounts may share a file. */
  readonly account?: string
  /** `YYYYMMDD`, the day on which the bank booked it. */
  readonly bookedOn: string
  readonly direction: Direction
  /** In fen, always positive. */
  readonly amountFen: Money
  /** It takes an earlier entry back (冲正). */
  readonly reversal: boolean
  readonly counterAccount?: string
  readonly counterName?: string
  /** Our serial, or the bank's serial of the original payment, as the entry carries it. */
  readonly originalRef?: string
  readonly remark: string
  readonly kind: EntryKind
  /** Why money came back; set for returns. */
  readonly reason?: Reason
  /** Balance of the account after the entry, in fen; negative when overdrawn. */
  readonly balanceFen?: bigint
}

/** What a proven statement adds up to. Account and balances only where the whole file is of one account. */
export interface StatementSummary {
  readonly account?: string
  /** First and last day, `YYYYMMDD`, as stated or as booked. */
  readonly from?: string
  readonly to?: string
  readonly entryCount: number
  readonly debitTotalFen: Money
  readonly creditTotalFen: Money
  readonly openingFen?: bigint
  readonly closingFen?: bigint
}

/** How a statement ended: proven, or refused whole with every reason (at most 100). */
export type StatementEnd = { readonly rows: readonly StatementEntry[] } & (
  | { readonly kind: 'read'; readonly summary: StatementSummary }
  | { readonly kind: 'refused'; readonly refusals: readonly FileRefusal[] }
)

/** Reads one statement in chunks of any size. Entries are provisional until `end` accepted the file. */
export interface StatementReader {
  read(chunk: Buffer): readonly StatementEntry[]
  end(): StatementEnd
}

/** What the name of a statement tells. */
export interface StatementName {
  readonly businessDate?: string
  readonly sequence?: number
}

/** A statement's layout, ready to use. */
export interface CompiledStatement {
  readonly id: string
  readonly version: number
  readonly title: string
  /** Bank document that the layout follows, and how near to it the layout is. */
  readonly source: string
  readonly fidelity: 'high' | 'medium' | 'invented'
  readonly note: string
  readonly layout: StatementLayout
  readonly charset: 'gb18030' | 'gbk' | 'utf8'
  /** Date and sequence of a statement's name; undefined for other names, and for those of another account if one is given. */
  matchName(name: string, account?: string): StatementName | undefined
  /** Makes the reader of one file; with an account, a file that names another one is refused. */
  reader(account?: string): StatementReader
}

/** Layouts of statements. */
export const statementLayouts = ['fixed', 'mt940', 'camt', 'voucher'] as const

/** One of `statementLayouts`. */
export type StatementLayout = (typeof statementLayouts)[number]
