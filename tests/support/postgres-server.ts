/**
 * One PostgreSQL for a whole run of the tests: started once, migrated once into a template, ended at the end.
 * A run that was killed leaves its server behind; the next run ends it.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../gateway/store/migrate.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { startEmbeddedPostgres } from '../../ops/embedded/embedded-postgres.ts'
import { isMarkAlive, processMark } from '../../ops/embedded/server-process.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the server's own database, from which others are made. */
    postgresUrl: string
    /** Why the template could not be migrated; empty when it was. Tests of bare databases run all the same. */
    migrationFailure: string
  }
}

const prefix = 'huida-test-postgres-'
const small = { shared_buffers: '64MB', max_wal_size: '1GB', max_connections: '200' }

/** Starts the server before the first test; vitest ends it through what this returns. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await endForgotten()
  const folder = mkdtempSync(join(tmpdir(), prefix))
  writeFileSync(join(folder, 'run-by'), processMark(process.pid))
  const server = await startEmbeddedPostgres({ folder, temporary: true, settings: small })
  project.provide('migrationFailure', await makeTemplate(await server.createDatabase('huida_template')))
  project.provide('postgresUrl', server.url)
  return async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function makeTemplate(url: string): Promise<string> {
  const db = openPool(url, { max: 1 })
  try {
    await migrate(db)
    return ''
  } catch (error) {
    return String(error)
  } finally {
    await db.close()
  }
}

async function endForgotten(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(tmpdir(), name)
    const mark = join(folder, 'run-by')
    if (!existsSync(mark) || isMarkAlive(readFileSync(mark, 'utf8'))) continue
    const left = await startEmbeddedPostgres({ folder, settings: small }).catch(() => undefined)
    await left?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
