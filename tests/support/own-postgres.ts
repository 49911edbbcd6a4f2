/** A PostgreSQL server of a test's own, whose data can be put back to what they were, and promoted as a standby's copy is. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { migrate } from '../../gateway/store/migrate.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../ops/embedded/embedded-postgres.ts'
import { makeServerFolder } from './server-folder.ts'

/** The server; its address stays the same whatever becomes of its data. */
export interface OwnPostgres {
  /** A migrated, empty database. */
  readonly url: string
  /** Stops, copies the data, and goes on. */
  backUp(): Promise<void>
  /** Stops, puts the copy back in place of the data, and goes on with it: as it was, or as a standby that was promoted. */
  restore(how: 'as-it-was' | 'promoted'): Promise<void>
  close(): Promise<void>
}

const small = { shared_buffers: '32MB', max_wal_size: '256MB', max_connections: '40' }
/** Recovery that finds no more log than it has: it ends at once, on a timeline of its own. */
const noArchive = { restore_command: 'false' }

/** Starts the server. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = makeServerFolder()
  const data = join(folder, 'data')
  const copy = join(folder, 'copy')
  const start = (settings = {}): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ folder, temporary: true, settings: { ...small, ...settings } })
  let server = await start()
  const url = server.url
  await migrated(url)
  return {
    url,
    async backUp() {
      await server.stop()
      rmSync(copy, { recursive: true, force: true })
      execFileSync('cp', ['-a', data, copy])
      server = await start()
    },
    async restore(how) {
      await server.stop()
      rmSync(data, { recursive: true })
      execFileSync('cp', ['-a', copy, data])
      if (how === 'promoted')
        execFileSync('cp', ['-p', join(data, 'PG_VERSION'), join(data, 'recovery.signal')])
      server = await start(how === 'promoted' ? noArchive : {})
      await promoted(url)
    },
    async close() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function migrated(url: string): Promise<void> {
  const db = openPool(url, { max: 1 })
  await migrate(db).finally(() => db.close())
}

async function promoted(url: string): Promise<void> {
  const db = openPool(url, { max: 1 })
  try {
    for (;;) {
      const { rows } = await db.query<{ standby: boolean }>('select pg_is_in_recovery() as standby')
      if (rows[0]?.standby === false) return
    }
  } finally {
    await db.close()
  }
}
