/** Numbers of brakes, read from PostgreSQL when somebody asks. */
import type { Queryable } from '../../gateway/store/pool.ts'
import type { Sample } from './metrics-store.ts'

/** 1 for every bank that nothing is sent to, by cause: its own brake, or one on everything. */
export async function listPaused(db: Queryable): Promise<Sample[]> {
  const { rows } = await db.query<{ bank: string; cause: string }>(
    `select distinct n.bank, k.cause from brake k join bank n on k.bank_no = n.bank_no or k.scope = 'everything'
     where k.lifted_at is null`,
  )
  return rows.map(({ bank, cause }) => ({ labels: { bank, cause }, value: 1 }))
}

/** Standing brakes by scope and cause. */
export async function countBrakes(db: Queryable): Promise<Sample[]> {
  const { rows } = await db.query<{ scope: string; cause: string; n: number }>(
    'select scope, cause, count(*)::int as n from brake where lifted_at is null group by scope, cause',
  )
  return rows.map(({ scope, cause, n }) => ({ labels: { scope, cause }, value: n }))
}
