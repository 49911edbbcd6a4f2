/** One PostgreSQL for a whole run of the tests: started once, migrated once into a template, ended at the end. */
import { rmSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../gateway/store/migrate.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { startEmbeddedPostgres } from '../../ops/embedded/embedded-postgres.ts'
import { endForgottenServers, makeServerFolder } from './server-folder.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the server's own database, from which others are made. */
    postgresUrl: string
    /** Why the template could not be migrated; empty when it was. Tests of bare databases run all the same. */
    migrationFailure: string
  }
}

const small = { shared_buffers: '64MB', max_wal_size: '1GB', max_connections: '200' }

/** Starts the server before the first test; vitest ends it through what this returns. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await endForgottenServers()
  const folder = makeServerFolder()
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
