/**
 * Brings a database to the shape that this program needs: numbered SQL files, each applied once in its own
 * transaction, under one lock so that several processes may start together. What was applied is never edited.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { asFault, Fault } from '../faults.ts'
import type { Db, Queryable, Tx } from './pool.ts'

/** One SQL file `NNNN-name.sql`. */
interface Migration {
  readonly version: number
  readonly name: string
  readonly sha256: string
  readonly sql: string
}

const shippedFolder = fileURLToPath(new URL('./migrations/', import.meta.url))
// Any number will do, as long as every version of the program takes the same one.
const lockKey = 4_841_964_001

/**
 * Applies what is missing, in order, and names it. Waits up to 5 minutes for another process that migrates.
 * Throws DATABASE_NEWER when the database has a migration that this program lacks, and MIGRATION_CHANGED when an
 * applied file, or the order, is no longer what it was.
 */
export async function migrate(db: Db, folder = shippedFolder): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(folder)
  const session = await db.connect()
  try {
    await session.query("set statement_timeout = 0; set lock_timeout = '5min'")
    await session.query('select pg_advisory_lock($1)', [lockKey])
    await session.query("set lock_timeout = '30s'")
    const missing = await findMissing(session, migrations)
    for (const migration of missing) await apply(session, migration)
    return { applied: missing.map((migration) => migration.name) }
  } finally {
    // The session's settings and its lock end with its connection.
    session.drop(new Error('the migration session is over'))
    session.release()
  }
}

/** True when every migration of this program has been applied; for readiness. Throws as `migrate` does. */
export async function isMigrated(db: Queryable, folder = shippedFolder): Promise<boolean> {
  const table = await db.query<{ name: string | null }>(
    "select to_regclass('schema_migration')::text as name",
  )
  if (!table.rows[0]?.name) return false
  return (await compare(db, await readMigrations(folder))).length === 0
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  const migrations = await Promise.all(files.map((file) => readMigration(folder, file)))
  const twice = migrations.find((migration, at) => migrations[at - 1]?.version === migration.version)
  if (twice) throw new Fault('INTERNAL', { reason: 'two migrations have one number', file: twice.name })
  return migrations
}

async function readMigration(folder: string, file: string): Promise<Migration> {
  const match = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file)
  if (!match) throw new Fault('INTERNAL', { reason: 'a migration is named NNNN-name.sql', file })
  const sql = await readFile(`${folder}/${file}`, 'utf8')
  const sha256 = createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex')
  return { version: Number(match[1]), name: file.slice(0, -'.sql'.length), sha256, sql }
}

async function findMissing(session: Tx, migrations: readonly Migration[]): Promise<Migration[]> {
  await session.query(`create table if not exists schema_migration (
    version integer primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now()
  )`)
  return await compare(session, migrations)
}

async function compare(db: Queryable, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await db.query<{ version: number; name: string; sha256: string }>(
    'select version, name, sha256 from schema_migration order by version',
  )
  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]))
  for (const row of rows) {
    const ours = byVersion.get(row.version)
    if (!ours) throw new Fault('DATABASE_NEWER', { migration: row.name })
    if (ours.sha256 !== row.sha256) throw new Fault('MIGRATION_CHANGED', { migration: row.name })
  }
  const highest = rows.at(-1)?.version ?? 0
  const missing = migrations.filter((migration) => !rows.some((row) => row.version === migration.version))
  const late = missing.find((migration) => migration.version < highest)
  if (late) throw new Fault('MIGRATION_CHANGED', { migration: late.name, after: highest })
  return missing
}

async function apply(session: Tx, migration: Migration): Promise<void> {
  await session.query('begin')
  try {
    await session.query(migration.sql)
    await session.query('insert into schema_migration (version, name, sha256) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.sha256,
    ])
    await session.query('commit')
  } catch (error) {
    await session.query('rollback').catch((lost: Error) => session.drop(lost))
    if (asFault(error).code === 'DATABASE_UNREACHABLE') throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault(
      'MIGRATION_FAILED',
      { migration: migration.name, line: lineOf(migration, error), reason },
      error,
    )
  }
}

/** The line of the file that the server points at, from 1; undefined when it points nowhere. */
function lineOf(migration: Migration, error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('position' in error)) return undefined
  return migration.sql.slice(0, Number(error.position)).split('\n').length
}
