/** Takes the lines of a refused file back: each gets a row of its own until it is planned again. */
import { type Money, money } from '../../../formats/values/money.ts'
import type { BankFile } from '../../dispatch/bank-file.ts'
import type { Queryable } from '../../store/pool.ts'

/** Marks a refused file as holding its lines no longer; false when it is not refused, or was marked before. */
export async function markReleased(tx: Queryable, fileId: number, at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update bank_file set released_at = $2 where file_id = $1 and state = 'refused' and released_at is null`,
    [fileId, at],
  )
  return rowCount === 1
}

/** Gives every line of the file that has neither an answer nor a state of its own the state waiting; set-wise. */
export async function releaseLines(
  tx: Queryable,
  file: BankFile,
  at: Date,
): Promise<{ count: number; amountFen: Money }> {
  const { rows } = await tx.query<{ count: bigint; fen: bigint | null }>(
    `with said as (select coalesce(facts ->> 'code', '') as code, coalesce(facts ->> 'text', '') as text,
         coalesce(facts ->> 'reason', 'FILE_REFUSED') as reason
       from bank_file_event where file_id = $1 and to_state = 'refused' order by event_no desc limit 1),
     freed as (insert into instruction_state (batch_id, seq, bank_no, state, amount_fen, reason_code, reason_class,
         bank_code, bank_text, file_id, since)
       select i.batch_id, i.seq, i.bank_no, 'waiting', i.amount_fen, coalesce(said.reason, 'FILE_REFUSED'), 'F',
         coalesce(said.code, ''), coalesce(said.text, ''), $1, $8
       from batch b join instruction i on i.shard = b.shard and i.batch_id = b.batch_id left join said on true
       where b.batch_id = $2 and i.bank_no = $3 and i.seq between $4 and $5
         and (case when $7::int[] is null then i.seq <> all ($6::int[]) else i.seq = any ($7) end)
         and not exists (select from result_item r where r.shard = b.shard and r.batch_id = i.batch_id and r.seq = i.seq)
         and not exists (select from instruction_state s where s.batch_id = i.batch_id and s.seq = i.seq)
       returning amount_fen)
     select count(*) as count, sum(amount_fen)::bigint as fen from freed`,
    [file.fileId, file.batchId, file.bankNo, file.loSeq, file.hiSeq, file.gaps, file.members ?? null, at],
  )
  return { count: Number(rows[0]?.count ?? 0n), amountFen: money(rows[0]?.fen ?? 0n) }
}
