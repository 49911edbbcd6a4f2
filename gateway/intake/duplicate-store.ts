/**
 * The duplicate guard (P7) and the one-person-one-card checks (P9) as set-based SQL over pseudonyms: inside the
 * batch, and against what was accepted before. Sealing takes locks first, so that two batches cannot pass each other.
 */
import type { Queryable, Tx } from '../store/pool.ts'
import type { FindingLevel } from './finding.ts'
import type { SetCheck } from './hit-store.ts'
import type { IntakeBatch } from './open-store.ts'
import type { Stage } from './stage-store.ts'

/** Accepted batches that a check looks into, as parallel lists for pruning. */
export interface OtherBatches {
  readonly batchIds: readonly number[]
  readonly shards: readonly number[]
}

/** Seals of one client, and of one programme and period, go one after the other; always in this order. */
export async function lockGuards(tx: Tx, client: string, batch: IntakeBatch): Promise<void> {
  const lock = 'select pg_advisory_xact_lock(hashtextextended($1, 4841))'
  await tx.query(lock, [`intake-client ${client}`])
  await tx.query(lock, [`intake-payments ${batch.programmeCode} ${batch.period}`])
}

/** The smallest and largest instruction id of the lines; undefined when there are none. */
export async function readIdRange(
  tx: Queryable,
  stage: Stage,
): Promise<{ least: string; most: string } | undefined> {
  const { rows } = await tx.query<{ least: string | null; most: string | null }>(
    `select min(instruction_id) as least, max(instruction_id) as most from ${stage.lines} where batch_id = $1`,
    [stage.batchId],
  )
  const { least = null, most = null } = rows[0] ?? {}
  return least === null || most === null ? undefined : { least, most }
}

/** The client's accepted batches whose instruction ids may meet a range. */
export const findOverlapping = (
  tx: Queryable,
  client: string,
  range: { least: string; most: string },
): Promise<OtherBatches> =>
  others(tx, 'client = $1 and max_instruction_id >= $2 and min_instruction_id <= $3', [
    client,
    range.least,
    range.most,
  ])

/** Accepted batches of the same programme and period, whoever handed them in. */
export const findSiblings = (tx: Queryable, batch: IntakeBatch): Promise<OtherBatches> =>
  others(tx, 'programme_code = $1 and period = $2', [batch.programmeCode, batch.period])

async function others(tx: Queryable, condition: string, values: readonly unknown[]): Promise<OtherBatches> {
  const { rows } = await tx.query<{ batch_id: number; shard: number }>(
    `select batch_id, shard from batch where state = 'accepted' and ${condition}`,
    values,
  )
  return { batchIds: rows.map((row) => row.batch_id), shards: [...new Set(rows.map((row) => row.shard))] }
}

/** Ids that stand twice in the batch; the later line is named. */
export const repeatedIds = (stage: Stage): SetCheck => ({
  level: 'refuse',
  field: 'instructionId',
  code: 'DUPLICATE_INSTRUCTION_ID',
  hits: `select seq, jsonb_build_object('firstSeq', first_seq) as facts from (
      select seq, min(seq) over (partition by instruction_id) as first_seq from ${stage.lines}
      where batch_id = $1 and instruction_id in (
        select instruction_id from ${stage.lines} where batch_id = $1 group by instruction_id having count(*) > 1)
    ) twice where seq > first_seq`,
  values: [stage.batchId],
})

/** Ids that an accepted batch of the client has used. */
export const usedIds = (stage: Stage, before: OtherBatches): SetCheck => ({
  level: 'refuse',
  field: 'instructionId',
  code: 'DUPLICATE_INSTRUCTION_ID',
  hits: `select s.seq, jsonb_build_object('batchNo', b.batch_no, 'otherSeq', i.seq) as facts
    from ${stage.lines} s join instruction i on i.instruction_id = s.instruction_id
    join batch b on b.batch_id = i.batch_id
    where s.batch_id = $1 and i.batch_id = any($2::int[]) and i.shard = any($3::int[])`,
  values: [stage.batchId, before.batchIds, before.shards],
})

const notOverridden = `not exists (select from duplicate_override o
  where o.batch_id = s.batch_id and o.instruction_id = s.instruction_id)`

/** Equal payments inside the batch; the later line is named unless somebody recorded that it is meant. */
export const repeatedPayments = (stage: Stage, level: FindingLevel): SetCheck => ({
  level,
  field: 'payeeAccount',
  code: 'DUPLICATE_PAYMENT',
  hits: `select s.seq, jsonb_build_object('firstSeq', s.first_seq) as facts from (
      select seq, batch_id, instruction_id, min(seq) over (partition by account_ref, amount_fen) as first_seq
      from ${stage.lines} where batch_id = $1 and account_ref in (
        select account_ref from ${stage.lines} where batch_id = $1 group by account_ref having count(*) > 1)
    ) s where s.seq > s.first_seq and ${notOverridden}`,
  values: [stage.batchId],
})

/**
 * Payments equal to one of an accepted batch of the same programme and period. A payment that was replaced or went
 * back to the treasury does not count, nor does the one that this line itself replaces.
 */
export const madePayments = (
  stage: Stage,
  level: FindingLevel,
  client: string,
  before: OtherBatches,
): SetCheck => ({
  level,
  field: 'payeeAccount',
  code: 'DUPLICATE_PAYMENT',
  hits: `select distinct on (s.seq) s.seq, case when b.client = $4
        then jsonb_build_object('batchNo', b.batch_no, 'otherSeq', i.seq)
        else jsonb_build_object('otherClient', 'yes') end as facts
    from ${stage.lines} s
    join instruction i on i.account_ref = s.account_ref and i.amount_fen = s.amount_fen
    join batch b on b.batch_id = i.batch_id
    where s.batch_id = $1 and i.batch_id = any($2::int[]) and i.shard = any($3::int[]) and ${notOverridden}
      and not (s.replaces is not null and s.replaces = i.instruction_id and b.client = $4)
      and not exists (select from instruction_state t where t.batch_id = i.batch_id and t.seq = i.seq
        and t.state in ('reissued', 'treasury_returned'))
    order by s.seq, i.batch_id, i.seq`,
  values: [stage.batchId, before.batchIds, before.shards, client],
})

/** Lines of accounts that stand for several people. */
export const sharedAccounts = (stage: Stage, level: FindingLevel): SetCheck => ({
  level,
  field: 'payeeAccount',
  code: 'ONE_ACCOUNT_SEVERAL_PEOPLE',
  hits: severalFor(stage, 'account_ref', 'person_ref', 'people'),
  values: [stage.batchId],
})

/** Lines of people who have several accounts. */
export const scatteredPeople = (stage: Stage, level: FindingLevel): SetCheck => ({
  level,
  field: 'payeeIdNumber',
  code: 'ONE_PERSON_SEVERAL_ACCOUNTS',
  hits: severalFor(stage, 'person_ref', 'account_ref', 'accounts'),
  values: [stage.batchId],
})

const severalFor = (stage: Stage, one: string, several: string, word: string): string => `
  select s.seq, jsonb_build_object('${word}', m.n, 'firstSeq', m.first_seq) as facts
  from (select ${one}, count(*) as n, min(first_seq) as first_seq from (
      select ${one}, ${several}, min(seq) as first_seq from ${stage.lines}
      where batch_id = $1 and person_ref is not null and ${one} in (
        select ${one} from ${stage.lines} where batch_id = $1 and person_ref is not null
        group by ${one} having count(*) > 1)
      group by ${one}, ${several}) pairs
    group by ${one} having count(*) > 1) m
  join ${stage.lines} s on s.${one} = m.${one} and s.batch_id = $1 and s.person_ref is not null`

/** Overrides that name no line of the batch, as a count. */
export async function countStrayOverrides(tx: Queryable, stage: Stage): Promise<number> {
  const { rows } = await tx.query<{ stray: number }>(
    `select count(*)::int as stray from duplicate_override o where o.batch_id = $1 and not exists (
       select from ${stage.lines} s where s.batch_id = $1 and s.instruction_id = o.instruction_id)`,
    [stage.batchId],
  )
  return rows[0]?.stray ?? 0
}
