/** Numbers of lease holders, and the session locks that show that they live. */
import type { Queryable } from '../store/pool.ts'

/** Class of these advisory locks; `lease_holder_is_gone` looks for the same. */
const lockClass = 4713

/** A number that no holder has. */
export async function newHolder(session: Queryable): Promise<number> {
  const { rows } = await session.query<{ holder: number }>(
    `select nextval('lease_holder_seq')::integer as holder`,
  )
  return rows[0]?.holder ?? 0
}

/** Locks a number for as long as the session lives; false when another session has it. */
export async function keepHolderLock(session: Queryable, holder: number): Promise<boolean> {
  const { rows } = await session.query<{ kept: boolean }>('select pg_try_advisory_lock($1, $2) as kept', [
    lockClass,
    holder,
  ])
  return rows[0]?.kept ?? false
}
