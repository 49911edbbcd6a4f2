/**
 * Lines of one file whose outcome people decide, as a list that lives as long as the transaction; everything after it is
 * one statement over the list, so that a million lines of one code cost what one costs a million times less.
 */
import type { BankFile } from '../../dispatch/bank-file.ts'
import type { InstructionState } from '../../ledger/instruction-states.ts'
import type { Queryable } from '../../store/pool.ts'

/** Where the lines of a file lie. */
export interface LinePlaces {
  readonly shard: number
  readonly file: BankFile
}

/** Begins an empty list, forgetting that of another file. */
export async function beginDeciding(tx: Queryable): Promise<void> {
  await tx.query('drop table if exists deciding')
  await tx.query(`create temp table deciding (seq int primary key, paid boolean not null, reason_id int not null,
    amount_fen bigint, from_state text, answered boolean, moved boolean) on commit drop`)
}

/** Puts one line on the list. */
export async function decideOne(tx: Queryable, seq: number, paid: boolean, reasonId: number): Promise<void> {
  await tx.query('insert into deciding (seq, paid, reason_id) values ($1, $2, $3)', [seq, paid, reasonId])
}

/** A wording that left lines of a file unknown because its code had no meaning. */
export interface UnmappedWording {
  readonly bankCode: string
  readonly bankText: string
}

const unmappedLines = `from instruction_state s join inbound_file n on n.inbound_id = s.inbound_id
  where s.batch_id = $1 and s.file_id = $2 and s.state = 'unknown' and s.reason_code = 'UNMAPPED' and not n.late
    and s.bank_code = $3`

/** Wordings of a code that left lines of a file unknown. In files of later returns a failure is no failure. */
export async function readWordings(
  tx: Queryable,
  { batchId, fileId }: Pick<BankFile, 'batchId' | 'fileId'>,
  bankCode: string,
): Promise<UnmappedWording[]> {
  const { rows } = await tx.query<{ bank_text: string }>(
    `select distinct s.bank_text ${unmappedLines} order by s.bank_text`,
    [batchId, fileId, bankCode],
  )
  return rows.map((row) => ({ bankCode, bankText: row.bank_text }))
}

/** Puts every line on the list that one wording left unknown. */
export async function decideWording(
  tx: Queryable,
  { batchId, fileId }: Pick<BankFile, 'batchId' | 'fileId'>,
  wording: UnmappedWording,
  paid: boolean,
  reasonId: number,
): Promise<void> {
  await tx.query(
    `insert into deciding (seq, paid, reason_id) select s.seq, $5, $6 ${unmappedLines} and s.bank_text = $4`,
    [batchId, fileId, wording.bankCode, wording.bankText, paid, reasonId],
  )
}

/** Puts every line of a file on the list that has no final answer, as failed. */
export async function decideUnanswered(
  tx: Queryable,
  { shard, file }: LinePlaces,
  reasonId: number,
): Promise<void> {
  await tx.query(
    `insert into deciding (seq, paid, reason_id) select i.seq, false, $8 from instruction i
       left join instruction_state s on s.batch_id = i.batch_id and s.seq = i.seq
     where i.shard = $1 and i.batch_id = $2 and i.bank_no = $3 and i.seq between $4 and $5
       and (case when $7::int[] is null then i.seq <> all ($6::int[]) else i.seq = any ($7) end)
       and (s.seq is null or s.state = 'unknown')
       and not exists (select from result_item r where r.shard = $1 and r.batch_id = $2 and r.seq = i.seq)`,
    [shard, ...holding(file), reasonId],
  )
}

const holding = (file: BankFile): unknown[] => [
  ...[file.batchId, file.bankNo, file.loSeq, file.hiSeq],
  ...[file.gaps, file.members ?? null],
]

/** A group of lines on the list that come from one state and go to another. */
export interface DecidedGroup {
  readonly from: InstructionState
  readonly to: 'paid' | 'failed'
  readonly count: number
  readonly amountFen: bigint
}

/**
 * Looks up where the lines stand and locks what they have of their own. Instructions are looked up one by one: a list
 * that was just filled has no statistics.
 */
export async function lookUpStates(tx: Queryable, { shard, file }: LinePlaces): Promise<DecidedGroup[]> {
  await tx.query('analyze deciding')
  await tx.query(
    `select from instruction_state s join deciding d using (seq) where s.batch_id = $1 order by s.seq for update of s`,
    [file.batchId],
  )
  await tx.query(
    `update deciding d set amount_fen = i.amount_fen, answered = r.seq is not null,
       from_state = coalesce(s.state, case when r.paid then 'paid' when r.seq is null then 'in_flight' else 'failed' end),
       moved = r.seq is not null and (r.paid <> d.paid or d.paid and exists (select from sms_withheld w
         where w.batch_id = $2 and w.seq = d.seq and w.inbound_id = r.inbound_id))
     from deciding l cross join lateral (select amount_fen from instruction where shard = $1 and batch_id = $2
         and seq = l.seq and bank_no = $3 offset 0) i
       left join instruction_state s on s.batch_id = $2 and s.seq = l.seq
       left join result_item r on r.shard = $1 and r.batch_id = $2 and r.seq = l.seq
     where d.seq = l.seq`,
    [shard, file.batchId, file.bankNo],
  )
  const { rows } = await tx.query<{
    from_state: InstructionState
    paid: boolean
    count: bigint
    fen: bigint
  }>(
    `select from_state, paid, count(*) as count, sum(amount_fen)::bigint as fen from deciding group by 1, 2 order by 1, 2`,
  )
  return rows.map((row) => ({
    from: row.from_state,
    to: row.paid ? 'paid' : 'failed',
    count: Number(row.count),
    amountFen: row.fen,
  }))
}
