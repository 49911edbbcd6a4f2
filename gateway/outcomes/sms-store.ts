/** SMS requests: which paid lines each covers, and what became of it. */
import type { BankNo, Batch } from '../ledger/batch.ts'
import type { Queryable, Tx } from '../store/pool.ts'

/** One request to the provider: paid lines of one answer between two seqs. */
export interface SmsRequest {
  readonly requestId: string
  readonly loSeq: number
  readonly hiSeq: number
  readonly state: 'planned' | 'sending' | 'unconfirmed'
  /** Calls that were begun; whoever records how one ended must still be at the last of them. */
  readonly tries: number
  /** When the last call was begun, or its end was left open. */
  readonly requestedAt: Date | undefined
}

/** An answer whose paid lines get notices. */
export interface NoticeSource {
  readonly inboundId: number
  readonly batchId: number
  readonly bankNo: BankNo
  readonly fileId: number
  /** Range of the file that was answered. */
  readonly loSeq: number
  readonly hiSeq: number
}

/** The batch and bank that an answer belongs to. */
export async function findNoticeSource(db: Queryable, inboundId: number): Promise<NoticeSource | undefined> {
  const { rows } = await db.query<{
    batch_id: number
    bank_no: BankNo
    file_id: number
    lo_seq: number
    hi_seq: number
  }>(
    'select f.batch_id, f.bank_no, f.file_id, f.lo_seq, f.hi_seq from inbound_file i join bank_file f using (file_id) where i.inbound_id = $1',
    [inboundId],
  )
  return (
    rows[0] && {
      inboundId,
      batchId: rows[0].batch_id,
      bankNo: rows[0].bank_no,
      fileId: rows[0].file_id,
      loSeq: rows[0].lo_seq,
      hiSeq: rows[0].hi_seq,
    }
  )
}

/**
 * Cuts the paid lines of an answer into requests, once: the same cut whenever it is asked for. Lines that are contradicted
 * are withheld; whoever decides that they are paid after all has them notified. The file is locked, so that such a
 * decision comes before the cut or sees it.
 */
export async function planRequests(
  tx: Tx,
  batch: Batch,
  source: NoticeSource,
  maxMessages: number,
): Promise<void> {
  await tx.query('select from bank_file where file_id = $1 for share', [source.fileId])
  await tx.query(
    `insert into sms_withheld (inbound_id, batch_id, seq) select $3, $2, s.seq from instruction_state s
       join result_item r on r.shard = $1 and r.batch_id = $2 and r.seq = s.seq and r.inbound_id = $3 and r.paid
     where s.batch_id = $2 and s.state = 'conflict' and s.seq between $4 and $5
       and not exists (select from sms_request where inbound_id = $3) on conflict do nothing`,
    [batch.shard, batch.batchId, source.inboundId, source.loSeq, source.hiSeq],
  )
  await tx.query(
    `insert into sms_request (request_id, batch_id, bank_no, inbound_id, lo_seq, hi_seq, paid_count)
     select 'huida-' || $3 || '-' || min(seq), $2, $4, $3, min(seq), max(seq), count(*)
     from (select seq, (row_number() over (order by seq) - 1) / $5 as part from result_item
       where shard = $1 and batch_id = $2 and inbound_id = $3 and paid and seq between $6 and $7
         and not exists (select from sms_withheld w where w.inbound_id = $3 and w.seq = result_item.seq)) as parts
     where not exists (select from sms_request where inbound_id = $3)
     group by part on conflict do nothing`,
    [batch.shard, batch.batchId, source.inboundId, source.bankNo, maxMessages, source.loSeq, source.hiSeq],
  )
}

/** Requests of an answer that are not finished, in order. */
export async function openRequests(db: Queryable, inboundId: number, limit: number): Promise<SmsRequest[]> {
  const { rows } = await db.query<{
    request_id: string
    lo_seq: number
    hi_seq: number
    state: SmsRequest['state']
    tries: number
    requested_at: Date | null
  }>(
    `select request_id, lo_seq, hi_seq, state, tries, requested_at from sms_request
     where inbound_id = $1 and state in ('planned', 'sending', 'unconfirmed') order by lo_seq limit $2`,
    [inboundId, limit],
  )
  return rows.map((row) => ({
    requestId: row.request_id,
    loSeq: row.lo_seq,
    hiSeq: row.hi_seq,
    state: row.state,
    tries: row.tries,
    requestedAt: row.requested_at ?? undefined,
  }))
}

/** Seqs between two that the answer paid. */
export async function paidSeqs(
  db: Queryable,
  batch: Batch,
  inboundId: number,
  loSeq: number,
  hiSeq: number,
): Promise<ReadonlySet<number>> {
  const { rows } = await db.query<{ seq: number }>(
    `select seq from result_item where shard = $1 and batch_id = $2 and inbound_id = $3 and paid and seq between $4 and $5
       and not exists (select from sms_withheld w where w.inbound_id = $3 and w.seq = result_item.seq)`,
    [batch.shard, batch.batchId, inboundId, loSeq, hiSeq],
  )
  return new Set(rows.map((row) => row.seq))
}

/** Begins a call, before it is made; undefined when the request stands elsewhere by now. */
export async function beginRequest(
  db: Queryable,
  request: SmsRequest,
  messageCount: number,
  at: Date,
): Promise<SmsRequest | undefined> {
  const { rowCount } = await db.query(
    `update sms_request set state = 'sending', requested_at = $3, message_count = $4, tries = tries + 1
     where request_id = $1 and state = 'planned' and tries = $2`,
    [request.requestId, request.tries, at, messageCount],
  )
  if (rowCount === 0) return undefined
  return { ...request, state: 'sending', tries: request.tries + 1, requestedAt: at }
}

/** Moves a request on from where it was seen; false when somebody else has moved it or begun another call meanwhile. */
export async function moveRequest(
  db: Queryable,
  { requestId, state, tries }: SmsRequest,
  to: 'planned' | 'unconfirmed' | 'accepted' | 'refused',
  at: Date,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update sms_request set state = $4, requested_at = $5 where request_id = $1 and state = $2 and tries = $3`,
    [requestId, state, tries, to, at],
  )
  return rowCount === 1
}
