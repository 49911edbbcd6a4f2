/**
 * The database of a command: the one that DATABASE_URL names, or the embedded one of HUIDA_FOLDER, joined where it
 * already runs. A command never makes a database and never migrates one: an old service may still be working on it.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { asFault } from '../../gateway/faults.ts'
import { isMigrated } from '../../gateway/store/migrate.ts'
import { type Db, openPool } from '../../gateway/store/pool.ts'
import { startEmbeddedPostgres } from '../embedded/embedded-postgres.ts'
import { type Config, readConfig } from '../start/config.ts'
import { CommandEnd, exit } from './output.ts'

const longestStatementMs = 30 * 60_000

/** A database that may be asked; `close` leaves it as it was found. */
export interface JoinedDatabase {
  readonly url: string
  close(): Promise<void>
}

/**
 * Gives `work` the database of this environment and hangs up afterwards. Ends the command with 1 when there is none
 * or its schema is not this program's; throws Faults for what the driver throws.
 */
export async function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const joined = await joinDatabase(readConfig(process.env))
  const options = { max: 2, applicationName: 'huida-cli', statementTimeoutMs: longestStatementMs }
  const db = openPool(joined.url, options)
  try {
    if (!(await isMigrated(db))) throw new CommandEnd(exit.fault, notMigrated)
    return await work(db)
  } catch (error) {
    throw named(error)
  } finally {
    await db.close()
    await joined.close()
  }
}

const notMigrated =
  '数据库还没有升级到本版本，请先运行 / The schema is not of this version; run first: huida migrate'

/** Drivers' errors get their code of the catalogue; what is not recognised stays whole, for whoever looks for it. */
function named(error: unknown): unknown {
  if (error instanceof CommandEnd) return error
  const fault = asFault(error)
  return fault.code === 'INTERNAL' ? error : fault
}

/** True where an embedded server was made once and can be joined or started. */
export const hasEmbeddedDatabase = (folder: string): boolean =>
  existsSync(join(folder, 'postgres', 'initialised'))

/** Joins the database of a configuration, as a service does, without migrating it. Ends the command with 1 when there is none. */
export async function joinDatabase(config: Pick<Config, 'databaseUrl' | 'folder'>): Promise<JoinedDatabase> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, close: async () => {} }
  if (!hasEmbeddedDatabase(config.folder)) throw new CommandEnd(exit.fault, noDatabase(config.folder))
  const server = await startEmbeddedPostgres({ folder: join(config.folder, 'postgres') })
  return { url: server.url, close: () => server.stop() }
}

const noDatabase = (folder: string): string =>
  `没有数据库：请设置 DATABASE_URL，或把 HUIDA_FOLDER 指向服务的目录 / There is no database in ${folder}; ` +
  'set DATABASE_URL, or HUIDA_FOLDER to the folder of the service, or make one with: huida migrate'
