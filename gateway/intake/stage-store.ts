/**
 * Where the lines of an open batch lie: a small batch shares staging tables, a big one has bare tables of its own,
 * which are indexed and attached as partitions once it is accepted, and dropped when it is refused.
 */
import type { BatchId } from '../ledger/batch.ts'
import type { Queryable, Tx } from '../store/pool.ts'

/** Tables of one batch. Names are made of our own numbers only. */
export interface Stage {
  readonly batchId: BatchId
  readonly shard: number
  readonly own: boolean
  /** Lines before acceptance. */
  readonly lines: string
  readonly blocks: string
  readonly results: string
}

/** The tables of a batch by its shard. */
export function stageOf({ batchId, shard }: { readonly batchId: BatchId; readonly shard: number }): Stage {
  const own = shard !== 0
  return {
    batchId,
    shard,
    own,
    lines: own ? `instruction_b${shard}` : 'staged_instruction',
    blocks: own ? `sealed_block_b${shard}` : 'sealed_block_small',
    results: own ? `result_item_b${shard}` : 'result_item_small',
  }
}

/** Makes the bare tables of a big batch. */
export async function createOwnTables(tx: Queryable, stage: Stage): Promise<void> {
  if (!stage.own) return
  for (const [table, parent] of tablesOf(stage)) {
    await tx.query(`create table ${table} (like ${parent} including storage including defaults)`)
  }
}

const tablesOf = (stage: Stage): [string, string][] => [
  [stage.lines, 'instruction'],
  [stage.blocks, 'sealed_block'],
  [stage.results, 'result_item'],
]

/** Removes every line of the batch, own tables included. */
export async function dropStage(tx: Queryable, stage: Stage): Promise<void> {
  if (stage.own) {
    for (const [table] of tablesOf(stage)) await tx.query(`drop table ${table}`)
    return
  }
  await tx.query('delete from staged_instruction where batch_id = $1', [stage.batchId])
  await tx.query('delete from sealed_block_small where batch_id = $1', [stage.batchId])
}

/** Removes the lines from a seq on: those of the last part, which is being replaced. */
export async function deleteLinesFrom(tx: Queryable, stage: Stage, firstSeq: number): Promise<void> {
  await tx.query(`delete from ${stage.lines} where batch_id = $1 and seq >= $2`, [stage.batchId, firstSeq])
  await tx.query(`delete from ${stage.blocks} where batch_id = $1 and first_seq >= $2`, [
    stage.batchId,
    firstSeq,
  ])
}

/** Gathers statistics of a big batch's bare table, or its joins are planned blindly. */
export async function analyzeStage(tx: Queryable, stage: Stage): Promise<void> {
  if (stage.own) await tx.query(`analyze ${stage.lines}`)
}

/** Tries the unique index on instruction ids of a big batch; false when an id stands twice. */
export async function indexOwnIds(tx: Tx, stage: Stage): Promise<boolean> {
  await tx.query('savepoint own_ids')
  try {
    await tx.query(`create unique index ${stage.lines}_id on ${stage.lines} (instruction_id, batch_id)`)
    await tx.query('release savepoint own_ids')
    return true
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    await tx.query('rollback to savepoint own_ids')
    return false
  }
}

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505'

/** Moves a small batch into the shared partition, or attaches a big one's tables without a scan. */
export async function enterLedger(tx: Queryable, stage: Stage): Promise<void> {
  if (stage.own) return attachOwnTables(tx, stage)
  await tx.query(
    `insert into instruction_small select * from staged_instruction where batch_id = $1 order by seq`,
    [stage.batchId],
  )
  await tx.query('delete from staged_instruction where batch_id = $1', [stage.batchId])
}

async function attachOwnTables(tx: Queryable, stage: Stage): Promise<void> {
  await tx.query(`alter table ${stage.lines} add primary key (batch_id, seq)`)
  await tx.query(`alter table ${stage.blocks} add primary key (batch_id, bank_no, first_seq)`)
  await tx.query(`alter table ${stage.results} add primary key (batch_id, seq)`)
  for (const [table, parent] of tablesOf(stage)) {
    // With the CHECK in place the attach believes it instead of reading the table.
    await tx.query(`alter table ${table} add constraint ${table}_shard check (shard = ${stage.shard})`)
    await tx.query(`alter table ${parent} attach partition ${table} for values in (${stage.shard})`)
  }
}
