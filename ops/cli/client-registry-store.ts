/** API clients as an operator sees them: names and dates, never a token or its digest. */
import type { Queryable } from '../../gateway/store/pool.ts'

/** A client of the API; `disabledAt` once its token is no longer taken. */
export interface ApiClient {
  readonly client: string
  readonly createdAt: Date
  readonly disabledAt: Date | undefined
}

/** All clients, by name. */
export async function listClients(db: Queryable): Promise<ApiClient[]> {
  const { rows } = await db.query<{ client: string; created_at: Date; disabled_at: Date | null }>(
    'select client, created_at, disabled_at from api_client order by client',
  )
  return rows.map((row) => ({
    client: row.client,
    createdAt: row.created_at,
    disabledAt: row.disabled_at ?? undefined,
  }))
}

/** Disables a client for good; gives since when, undefined when there is no such client. Twice is once. */
export async function disableClient(db: Queryable, client: string): Promise<Date | undefined> {
  const { rows } = await db.query<{ disabled_at: Date }>(
    'update api_client set disabled_at = coalesce(disabled_at, now()) where client = $1 returning disabled_at',
    [client],
  )
  return rows[0]?.disabled_at
}
