/** Databases for tests: each is a fresh copy of the migrated template, so that tests never meet. */
import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { openPool } from '../../gateway/store/pool.ts'

/** A database of a test's own. */
export interface FreshDatabase {
  readonly url: string
  /** Removes it, whoever is still connected. */
  drop(): Promise<void>
}

/** Makes a migrated, empty database on the server of this run. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const failure = inject('migrationFailure')
  if (failure !== '') throw new Error(failure)
  return await makeDatabase('huida_template')
}

/** Makes a database with nothing in it at all, for tests of migrations. */
export const bareDatabase = (): Promise<FreshDatabase> => makeDatabase('template0')

async function makeDatabase(template: string): Promise<FreshDatabase> {
  const serverUrl = inject('postgresUrl')
  const name = `test_${randomBytes(8).toString('hex')}`
  await onServer(serverUrl, `create database ${name} template ${template}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => onServer(serverUrl, `drop database if exists ${name} with (force)`) }
}

async function onServer(url: string, sql: string): Promise<void> {
  const db = openPool(url, { max: 1 })
  try {
    await db.query(sql)
  } finally {
    await db.close()
  }
}
