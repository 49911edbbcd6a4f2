/** Links a statement's entry with the line that a person says it returns, and takes the line out of paid. */
import type { Queryable } from '../../store/pool.ts'
import type { ExceptionSubject } from './resolution.ts'

/** An entry of a statement behind an exception. `matched`: a line has it already. */
export interface ReturnedEntry {
  readonly entryId: bigint
  readonly amountFen: bigint
  readonly reasonId: number | undefined
  readonly matched: boolean
}

/** The entry that an exception of a statement was opened for. */
export async function findEntry(
  db: Queryable,
  { inboundId, lineNo, facts }: ExceptionSubject,
): Promise<ReturnedEntry | undefined> {
  const { rows } = await db.query<{
    entry_id: bigint
    amount_fen: bigint
    reason_id: number | null
    matched: boolean
  }>(
    `select e.entry_id, e.amount_fen, e.reason_id, m.entry_id is not null or l.file_id is not null as matched
     from statement_entry e left join statement_match m using (entry_id) left join statement_lump l on l.refund_entry_id = e.entry_id
     where e.inbound_id = $1 and e.line_no = $2 and e.entry_ref = $3 and e.kind in ('return', 'lump-return')`,
    [inboundId ?? null, lineNo ?? null, typeof facts['entryRef'] === 'string' ? facts['entryRef'] : ''],
  )
  const row = rows[0]
  return (
    row && {
      entryId: row.entry_id,
      amountFen: row.amount_fen,
      reasonId: row.reason_id ?? undefined,
      matched: row.matched,
    }
  )
}

/** A line that came back, and what says so. */
export interface ReturnDecided {
  readonly entryId: bigint
  readonly batchId: number
  readonly seq: number
  readonly bankNo: number
  readonly fileId: number
  readonly inboundId: number
  readonly amountFen: bigint
  readonly reasonId: number
  readonly cause: string
  readonly actor: string
  readonly at: Date
}

/** Records the link, the later fact, the state and its history; the database refuses a second entry for a line. */
export async function recordReturnDecided(tx: Queryable, of: ReturnDecided): Promise<void> {
  await tx.query(
    `insert into statement_match (entry_id, batch_id, seq, file_id, matched_by, effect, business_at)
     values ($1, $2, $3, $4, 'evidence', 'returned', $5)`,
    [of.entryId, of.batchId, of.seq, of.fileId, of.at],
  )
  await tx.query(
    `insert into later_result (batch_id, seq, inbound_id, file_id, line_no, outcome, reason_id, amount_fen, verdict)
     values ($1, $2, $3, $4, 0, 'returned', $5, $6, 'returned')`,
    [of.batchId, of.seq, of.inboundId, of.fileId, of.reasonId, of.amountFen],
  )
  await tx.query(
    `with told as (insert into instruction_event (batch_id, seq, from_state, to_state, reason_code, cause, actor, inbound_id,
         business_at)
       select $1, $2, 'paid', 'returned', reason_code, $7, $8, $5, $9 from bank_reason where reason_id = $10)
     insert into instruction_state (batch_id, seq, bank_no, state, amount_fen, reason_code, reason_class, bank_code,
       bank_text, file_id, inbound_id, since)
     select $1, $2, $3, 'returned', $6, reason_code, reason_class, bank_code, bank_text, $4, $5, $9 from bank_reason
     where reason_id = $10`,
    [
      ...[of.batchId, of.seq, of.bankNo, of.fileId, of.inboundId, of.amountFen],
      ...[of.cause, of.actor, of.at, of.reasonId],
    ],
  )
}
