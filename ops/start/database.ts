/** The database of a process: the one that DATABASE_URL names, or an embedded one in our own folder; migrated either way. */
import { join } from 'node:path'
import { migrate } from '../../gateway/store/migrate.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { startEmbeddedPostgres } from '../embedded/embedded-postgres.ts'
import type { Config } from './config.ts'

/** A database that is ready; `close` stops it only if we started it. */
export interface Database {
  readonly url: string
  readonly embedded: boolean
  readonly applied: readonly string[]
  close(): Promise<void>
}

/** Opens and migrates. Throws Faults that name what is wrong. */
export async function openDatabase(config: Pick<Config, 'databaseUrl' | 'folder'>): Promise<Database> {
  if (config.databaseUrl !== undefined) {
    return {
      url: config.databaseUrl,
      embedded: false,
      applied: await migrated(config.databaseUrl),
      close: async () => {},
    }
  }
  const server = await startEmbeddedPostgres({ folder: join(config.folder, 'postgres') })
  try {
    return {
      url: server.url,
      embedded: true,
      applied: await migrated(server.url),
      close: () => server.stop(),
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function migrated(url: string): Promise<readonly string[]> {
  const db = openPool(url, { max: 1, applicationName: 'huida-migrate', statementTimeoutMs: 0 })
  try {
    return (await migrate(db)).applied
  } finally {
    await db.close()
  }
}
