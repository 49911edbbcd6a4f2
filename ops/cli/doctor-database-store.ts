/** What `huida doctor` asks a database: its version and clock, and the settings that decide whether a commit lasts. */
import type { Queryable } from '../../gateway/store/pool.ts'

/** Facts of a server as this session sees them. */
export interface ServerFacts {
  readonly version: string
  /** As PostgreSQL numbers itself: 180004 is 18.4. */
  readonly versionNumber: number
  readonly fsync: string
  readonly fullPageWrites: string
  readonly synchronousCommit: string
  readonly now: Date
}

/** Reads the facts. */
export async function readServerFacts(db: Queryable): Promise<ServerFacts | undefined> {
  const { rows } = await db.query<ServerFacts>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as "versionNumber",
       current_setting('fsync') as fsync, current_setting('full_page_writes') as "fullPageWrites",
       current_setting('synchronous_commit') as "synchronousCommit", clock_timestamp() as now`,
  )
  return rows[0]
}

/** The beginning of the newest block of sealed personal fields, which names its key; undefined before any batch. */
export async function newestSealedHead(db: Queryable): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ head: Buffer }>(
    'select substring(sealed from 1 for 64) as head from sealed_block order by batch_id desc limit 1',
  )
  return rows[0]?.head
}
