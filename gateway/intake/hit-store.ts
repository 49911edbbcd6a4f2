/** Writes what set-based checks find: exact counts come back, at most 1,000 findings of a code are kept. */

import type { BatchId } from '../ledger/batch.ts'
import type { Queryable } from '../store/pool.ts'
import { emptyTally, type FindingLevel, findingCap, type LevelTally, type Tally } from './finding.ts'
import type { FindingCode } from './finding-catalogue.ts'

/** A check as SQL: `hits` selects (seq, facts jsonb), with parameters from $1 on. */
export interface SetCheck {
  readonly level: FindingLevel
  readonly field: string
  readonly code: FindingCode
  readonly hits: string
  readonly values: readonly unknown[]
}

/** Runs a check, keeps its findings beside those of the lines, and gives its tally. */
export async function recordHits(tx: Queryable, id: BatchId, check: SetCheck): Promise<Tally> {
  const [batch, level, field, code] = [1, 2, 3, 4].map((place) => `$${check.values.length + place}`)
  const { rows } = await tx.query<{ hits: number; lines: number }>(
    `with hits as materialized (${check.hits}), kept as (
       insert into line_finding (batch_id, part, seq, level, field, code, facts)
       select ${batch}::int, (select max(part) from batch_part p where p.batch_id = ${batch}::int and p.first_seq <= h.seq),
         h.seq, ${level}, ${field}, ${code}, h.facts
       from hits h order by h.seq limit ${findingCap})
     select count(*)::int as hits, count(distinct seq)::int as lines from hits`,
    [...check.values, id, check.level, check.field, check.code],
  )
  const found = rows[0]
  if (!found || found.hits === 0) return emptyTally
  const tally: LevelTally = { lines: found.lines, byCode: { [check.code]: found.hits } }
  return { ...emptyTally, [check.level]: tally }
}
