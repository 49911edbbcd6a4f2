/**
 * Lines that replace an earlier instruction. The earlier one is locked while its state is looked at, so that a
 * result that arrives at the same moment waits, and money in doubt is never issued again (R8).
 */
import { money } from '../../formats/values/money.ts'
import { Fault } from '../faults.ts'
import { type BankNo, type BatchId, bankNo, batchId } from '../ledger/batch.ts'
import type { InstructionState } from '../ledger/instruction-states.ts'
import { moveMoney } from '../ledger/position-store.ts'
import type { Queryable, Tx } from '../store/pool.ts'
import type { OtherBatches } from './duplicate-store.ts'
import type { FindingLevel } from './finding.ts'
import type { FindingCode } from './finding-catalogue.ts'
import type { SetCheck } from './hit-store.ts'
import type { Stage } from './stage-store.ts'

/** States out of which an instruction may be replaced. */
export const replaceableStates = ['failed', 'returned', 'correcting', 'held', 'treasury_returned'] as const

/** The smallest and largest id that is replaced; undefined when no line replaces anything. */
export async function readReplacedRange(
  tx: Queryable,
  stage: Stage,
): Promise<{ least: string; most: string } | undefined> {
  const { rows } = await tx.query<{ least: string | null; most: string | null }>(
    `select min(replaces) as least, max(replaces) as most from ${stage.lines} where batch_id = $1`,
    [stage.batchId],
  )
  const { least = null, most = null } = rows[0] ?? {}
  return least === null || most === null ? undefined : { least, most }
}

/** Finds the parents of all replacing lines among the client's accepted batches and locks their states. */
export async function linkParents(tx: Tx, stage: Stage, before: OtherBatches): Promise<void> {
  // A second try of the same transaction finds no table: it was undone with the first.
  await tx.query(
    `create temp table replacing on commit drop as
     select s.seq, s.amount_fen, s.replaces, p.batch_id as parent_batch, p.seq as parent_seq, p.bank_no as parent_bank,
       p.amount_fen as parent_fen
     from ${stage.lines} s left join (
       select instruction_id, batch_id, seq, bank_no, amount_fen from instruction
       where batch_id = any($2::int[]) and shard = any($3::int[])) p on p.instruction_id = s.replaces
     where s.batch_id = $1 and s.replaces is not null`,
    [stage.batchId, before.batchIds, before.shards],
  )
  await tx.query(
    `select from instruction_state t join replacing r on t.batch_id = r.parent_batch and t.seq = r.parent_seq
     order by t.batch_id, t.seq for update of t`,
  )
}

const linked = `replacing r left join instruction_state t on t.batch_id = r.parent_batch and t.seq = r.parent_seq
  left join reissue e on e.parent_batch_id = r.parent_batch and e.parent_seq = r.parent_seq`
/** A word of the bank about the instruction that nobody has weighed yet. */
const unweighed = `exists (select from exception_item x where x.batch_id = r.parent_batch and x.seq = r.parent_seq
  and x.state = 'open' and x.kind in ('conflicting', 'amount-differs', 'account-differs', 'line-in-doubt'))`
const replaceable = replaceableStates.map((state) => `'${state}'`).join(', ')

const check = (level: FindingLevel, code: FindingCode, hits: string): SetCheck => ({
  level,
  field: code === 'REPLACES_AMOUNT_DIFFERS' ? 'amountFen' : 'replaces',
  code,
  hits,
  values: [],
})

/** The checks of replacing lines, after `linkParents`. */
export const replacementChecks: readonly SetCheck[] = [
  check(
    'refuse',
    'REPLACES_UNKNOWN',
    `select r.seq, '{}'::jsonb as facts from replacing r where r.parent_seq is null`,
  ),
  check(
    'refuse',
    'REPLACES_TWICE',
    `select seq, jsonb_build_object('firstSeq', first_seq) as facts from (
       select seq, min(seq) over (partition by replaces) as first_seq from replacing) twice where seq > first_seq`,
  ),
  check(
    'refuse',
    'REPLACES_IN_DOUBT',
    `select r.seq, jsonb_build_object('state', coalesce(t.state, 'in the ordinary')) as facts from ${linked}
     where t.state in ('unknown', 'conflict') or e.parent_seq is null and t.state in (${replaceable}) and ${unweighed}`,
  ),
  check(
    'refuse',
    'REPLACES_NOT_OPEN',
    `select r.seq, jsonb_build_object('state', coalesce(t.state, 'in the ordinary')) as facts from ${linked}
     where r.parent_seq is not null and (e.parent_seq is not null
       or coalesce(t.state, '') not in (${replaceable}, 'unknown', 'conflict'))`,
  ),
  check(
    'warn',
    'REPLACES_AMOUNT_DIFFERS',
    `select r.seq, '{}'::jsonb as facts from replacing r where r.parent_fen <> r.amount_fen`,
  ),
]

interface ParentGroup {
  readonly batchId: BatchId
  readonly bankNo: BankNo
  readonly state: InstructionState
  readonly count: number
  readonly fen: bigint
}

/** Carries the replacements out: links, moves of money, history, and the end of the corrections they answer. */
export async function replaceParents(tx: Tx, child: BatchId, actor: string, at: Date): Promise<void> {
  await keepLocked(tx)
  const groups = await readGroups(tx)
  await tx.query(
    `insert into reissue (parent_batch_id, parent_seq, child_batch_id, child_seq)
     select parent_batch, parent_seq, $1, seq from replacing`,
    [child],
  )
  const cause = 'an instruction that replaces it was accepted'
  for (const { batchId: parent, bankNo: bank, state, count, fen } of groups) {
    const move = {
      batchId: parent,
      bankNo: bank,
      from: state,
      to: 'reissued',
      count,
      amountFen: money(fen),
    } as const
    await moveMoney(tx, { ...move, cause, actor, businessAt: at })
  }
  await tx.query(
    `insert into instruction_event (batch_id, seq, from_state, to_state, reason_code, cause, actor, business_at)
     select t.batch_id, t.seq, t.state, 'reissued', t.reason_code, $1, $2, $3
     from instruction_state t join replacing r on t.batch_id = r.parent_batch and t.seq = r.parent_seq`,
    [cause, actor, at],
  )
  await tx.query(
    `update instruction_state t set state = 'reissued', since = $1 from replacing r
     where t.batch_id = r.parent_batch and t.seq = r.parent_seq`,
    [at],
  )
  await tx.query(
    `update correction c set state = 'reissued', closed_at = $1 from replacing r
     where c.batch_id = r.parent_batch and c.seq = r.parent_seq and c.state = 'open'`,
    [at],
  )
}

/** A state that came to be after `linkParents` looked was checked and not locked; it may have moved on since. */
async function keepLocked(tx: Queryable): Promise<void> {
  const { rows } = await tx.query<{ open: boolean }>(
    `select t.state in (${replaceable}) as open from instruction_state t
       join replacing r on t.batch_id = r.parent_batch and t.seq = r.parent_seq order by t.batch_id, t.seq for update of t`,
  )
  if (rows.every(({ open }) => open)) return
  throw new Fault('DATABASE_BUSY', { reason: 'a replaced instruction moved meanwhile' })
}

async function readGroups(tx: Queryable): Promise<ParentGroup[]> {
  const { rows } = await tx.query<{
    parent_batch: number
    parent_bank: number
    state: InstructionState
    n: number
    fen: bigint
  }>(
    `select r.parent_batch, r.parent_bank, t.state, count(*)::int as n, sum(r.parent_fen)::bigint as fen
     from replacing r join instruction_state t on t.batch_id = r.parent_batch and t.seq = r.parent_seq
     group by 1, 2, 3 order by 1, 2, 3`,
  )
  return rows.map((row) => ({
    batchId: batchId(row.parent_batch),
    bankNo: bankNo(row.parent_bank),
    state: row.state,
    count: row.n,
    fen: row.fen,
  }))
}
