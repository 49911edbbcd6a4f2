/** Opens exceptions: what needs a person, with facts and without personal data. */
import type { BankNo, BatchId } from '../ledger/batch.ts'
import type { Queryable } from '../store/pool.ts'

/** Queues of exceptions. */
export type ExceptionKind =
  | 'orphan'
  | 'amount-differs'
  | 'account-differs'
  | 'conflicting'
  | 'unmapped'
  | 'other-bank'
  | 'second-return'
  | 'quarantined-file'
  | 'same-name-new-content'
  | 'unsafe-name'
  | 'unreadable-row'
  | 'not-in-file'
  | 'repeated'
  | 'name-taken'
  | 'orphan-return'
  | 'ambiguous-return'
  | 'lump-differs'
  | 'result-late'
  | 'acknowledgement-late'
  | 'file-refused'
  | 'queries-used-up'
  | 'sms-refused'
  | 'line-in-doubt'
  | 'file-in-doubt'

/** One exception to open. */
export interface ExceptionToOpen {
  readonly kind: ExceptionKind
  readonly bankNo: BankNo
  readonly inboundId?: number
  readonly fileId?: number
  readonly batchId?: BatchId
  readonly seq?: number
  readonly lineNo?: number
  readonly facts: Readonly<Record<string, unknown>>
  readonly at: Date
}

/** Opens one exception. */
export async function openException(tx: Queryable, exception: ExceptionToOpen): Promise<void> {
  await tx.query(
    `insert into exception_item (kind, bank_no, inbound_id, file_id, batch_id, seq, line_no, facts, opened_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      exception.kind,
      exception.bankNo,
      exception.inboundId ?? null,
      exception.fileId ?? null,
      exception.batchId ?? null,
      exception.seq ?? null,
      exception.lineNo ?? null,
      JSON.stringify(exception.facts),
      exception.at,
    ],
  )
}

/** One exception as a person sees it; facts hold codes, names of files, line numbers and amounts. */
export interface ExceptionRow {
  readonly exceptionId: bigint
  readonly kind: string
  readonly bank: string
  readonly inboundName: string | undefined
  readonly fileName: string | undefined
  readonly instructionId: string | undefined
  readonly lineNo: number | undefined
  readonly facts: unknown
  readonly state: string
  readonly openedAt: Date
  readonly batchNo: string | undefined
  /** Number of the resolution that ended it; undefined for one that is open or settled itself. */
  readonly resolutionId: bigint | undefined
  /** What settled it by itself, with the cause in words. */
  readonly note: unknown
}

/** What to list; every member narrows. */
export interface ExceptionFilter {
  readonly bank?: string | undefined
  readonly kind?: string | undefined
  readonly state?: 'open' | 'resolved' | undefined
  /** Behind this number. */
  readonly after?: bigint | undefined
  /** Only what concerns batches of this API client. */
  readonly client?: string | undefined
  readonly limit: number
}

interface ListedRow {
  exception_id: bigint
  kind: string
  bank: string
  inbound_name: string | null
  file_name: string | null
  instruction_id: string | null
  line_no: number | null
  facts: unknown
  state: string
  opened_at: Date
  batch_no: string | null
  resolution_id: bigint | null
  resolution: unknown
}

/** Exceptions in the order in which they were opened. */
export async function listExceptions(db: Queryable, filter: ExceptionFilter): Promise<ExceptionRow[]> {
  const { rows } = await db.query<ListedRow>(
    `select e.exception_id, e.kind, k.bank, n.name as inbound_name, f.name as file_name, i.instruction_id, e.line_no, e.facts,
       e.state, e.opened_at, b.batch_no, e.resolution_id, e.resolution
     from exception_item e join bank k using (bank_no) left join inbound_file n on n.inbound_id = e.inbound_id
       left join bank_file f on f.file_id = coalesce(e.file_id, n.file_id)
       left join batch b on b.batch_id = coalesce(e.batch_id, f.batch_id)
       left join instruction i on i.shard = b.shard and i.batch_id = e.batch_id and i.seq = e.seq
     where ($1::text is null or e.state = $1) and ($2::text is null or k.bank = $2) and ($3::text is null or e.kind = $3)
       and e.exception_id > $4 and ($5::text is null or b.client = $5)
     order by e.exception_id limit $6`,
    [
      ...[filter.state ?? null, filter.bank ?? null, filter.kind ?? null],
      ...[filter.after ?? 0n, filter.client ?? null, filter.limit],
    ],
  )
  return rows.map((row) => ({
    exceptionId: row.exception_id,
    kind: row.kind,
    bank: row.bank,
    inboundName: row.inbound_name ?? undefined,
    fileName: row.file_name ?? undefined,
    instructionId: row.instruction_id ?? undefined,
    lineNo: row.line_no ?? undefined,
    facts: row.facts,
    state: row.state,
    openedAt: row.opened_at,
    batchNo: row.batch_no ?? undefined,
    resolutionId: row.resolution_id ?? undefined,
    note: row.resolution ?? undefined,
  }))
}

/** Every queue, in the order in which people read them. */
export const exceptionKinds = [
  'unmapped',
  'conflicting',
  'amount-differs',
  'account-differs',
  'line-in-doubt',
  'orphan',
  'not-in-file',
  'other-bank',
  'unreadable-row',
  'orphan-return',
  'ambiguous-return',
  'second-return',
  'lump-differs',
  'quarantined-file',
  'file-refused',
  'name-taken',
  'file-in-doubt',
  'result-late',
  'acknowledgement-late',
  'queries-used-up',
  'same-name-new-content',
  'unsafe-name',
  'repeated',
  'sms-refused',
] as const satisfies readonly ExceptionKind[]
