/** Finds one instruction and tells its whole way: batch, bank, file, upload, answer, what followed, what replaces it. */
import { type Money, money } from '../../formats/values/money.ts'
import type { Queryable } from '../store/pool.ts'
import { isHandedOver } from './handed-over.ts'
import { lineSerial } from './line-serial.ts'

/** One thing that happened to an instruction, in business time. */
export interface LineageEvent {
  readonly at: Date
  readonly what: string
  readonly cause: string
}

/** Everything that is known of an instruction, without personal data. */
export interface Lineage {
  readonly client: string
  readonly instructionId: string
  readonly batchNo: string
  /** Line at intake, from 1. */
  readonly seq: number
  readonly bank: string
  readonly amountFen: Money
  readonly state: string
  readonly reason:
    | { readonly code: string; readonly class: string; readonly bankCode: string; readonly bankText: string }
    | undefined
  readonly file:
    | {
        readonly fileId: number
        readonly name: string
        readonly state: string
        readonly serial: string
        readonly sentAt: Date | undefined
      }
    | undefined
  readonly answer: { readonly inboundId: number; readonly name: string; readonly lineNo: number } | undefined
  readonly replaces: string | undefined
  readonly replacedBy: string | undefined
  readonly events: readonly LineageEvent[]
}

interface LineageRow {
  client: string
  instruction_id: string
  batch_no: string
  batch_id: number
  batch_state: string
  seq: number
  bank: string
  amount_fen: bigint
  replaces: string | null
  state: string | null
  reason_code: string | null
  reason_class: string | null
  bank_code: string | null
  bank_text: string | null
  file_id: number | null
  file_name: string | null
  file_state: string | null
  sent_at: Date | null
  paid: boolean | null
  line_no: number | null
  inbound_id: number | null
  inbound_name: string | null
  replaced_by: string | null
}

/** The way of one instruction; undefined when there is none of that id (for that client, when one is given). */
export async function findLineage(
  db: Queryable,
  instructionId: string,
  client?: string,
): Promise<Lineage | undefined> {
  const { rows } = await db.query<LineageRow>(
    `select b.client, i.instruction_id, b.batch_no, b.batch_id, b.state as batch_state, i.seq, k.bank, i.amount_fen, i.replaces,
       s.state, coalesce(s.reason_code, e.reason_code) as reason_code, coalesce(s.reason_class, e.reason_class) as reason_class,
       coalesce(s.bank_code, e.bank_code) as bank_code, coalesce(s.bank_text, e.bank_text) as bank_text,
       f.file_id, f.name as file_name, f.state as file_state, f.sent_at, r.paid, r.line_no, r.inbound_id, n.name as inbound_name,
       (select c.instruction_id from reissue x join batch cb on cb.batch_id = x.child_batch_id
          join instruction c on c.shard = cb.shard and c.batch_id = x.child_batch_id and c.seq = x.child_seq
        where x.parent_batch_id = i.batch_id and x.parent_seq = i.seq) as replaced_by
     from instruction i join batch b using (batch_id) join bank k using (bank_no)
       left join instruction_state s on s.batch_id = i.batch_id and s.seq = i.seq
       left join result_item r on r.shard = i.shard and r.batch_id = i.batch_id and r.seq = i.seq
       left join bank_reason e on e.reason_id = r.reason_id
       left join inbound_file n on n.inbound_id = r.inbound_id
       left join lateral (select * from bank_file f where f.batch_id = i.batch_id and f.bank_no = i.bank_no
           and f.released_at is null and case when f.members is null
             then i.seq between f.lo_seq and f.hi_seq and i.seq <> all (f.gaps) else i.seq = any (f.members) end
         order by f.file_id desc limit 1) f on true
     where i.instruction_id = $1 and ($2::text is null or b.client = $2) order by b.batch_id desc limit 1`,
    [instructionId, client ?? null],
  )
  return rows[0] && toLineage(rows[0], await findEvents(db, rows[0]))
}

async function findEvents(db: Queryable, row: LineageRow): Promise<LineageEvent[]> {
  const { rows } = await db.query<{ at: Date; what: string; cause: string }>(
    `select business_at as at, 'bank_file ' || to_state as what, cause from bank_file_event where file_id = $3
     union all select collected_at, 'inbound_file collected', name from inbound_file where inbound_id = $4
     union all select business_at, 'instruction ' || to_state, cause from instruction_event where batch_id = $1 and seq = $2
     union all select requested_at, 'sms ' || state, request_id from sms_request
       where inbound_id = $4 and $2 between lo_seq and hi_seq and requested_at is not null
     order by at, what`,
    [row.batch_id, row.seq, row.file_id, row.inbound_id],
  )
  return rows
}

function toLineage(row: LineageRow, events: readonly LineageEvent[]): Lineage {
  return {
    client: row.client,
    instructionId: row.instruction_id,
    batchNo: row.batch_no,
    seq: row.seq,
    bank: row.bank,
    amountFen: money(row.amount_fen),
    state: foldState(row),
    reason:
      row.reason_code === null
        ? undefined
        : {
            code: row.reason_code,
            class: row.reason_class ?? '-',
            bankCode: row.bank_code ?? '',
            bankText: row.bank_text ?? '',
          },
    file:
      row.file_id === null
        ? undefined
        : {
            fileId: row.file_id,
            name: row.file_name ?? '',
            state: row.file_state ?? '',
            serial: lineSerial(row.file_id, row.seq),
            sentAt: row.sent_at ?? undefined,
          },
    answer:
      row.inbound_id === null
        ? undefined
        : { inboundId: row.inbound_id, name: row.inbound_name ?? '', lineNo: row.line_no ?? 0 },
    replaces: row.replaces ?? undefined,
    replacedBy: row.replaced_by ?? undefined,
    events,
  }
}

/** The fold of DESIGN §7: a state of its own, else the result, else the file's, else the batch's. */
function foldState(row: LineageRow): string {
  if (row.state !== null) return row.state
  if (row.paid !== null) return row.paid ? 'paid' : 'failed'
  if (row.file_state !== null && isHandedOver(row.file_state)) return 'in_flight'
  return row.batch_state === 'accepted' ? 'waiting' : `batch ${row.batch_state}`
}
