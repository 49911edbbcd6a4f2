/** Migrations: applied once, in order, by one process at a time, and never on a database that is ahead of us. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isMigrated, migrate } from '../../../gateway/store/migrate.ts'
import { type Db, openPool } from '../../../gateway/store/pool.ts'
import { bareDatabase, type FreshDatabase } from '../../support/postgres.ts'

let database: FreshDatabase
let db: Db
let folder: string

beforeEach(async () => {
  database = await bareDatabase()
  db = openPool(database.url, { max: 4 })
  folder = mkdtempSync(join(tmpdir(), 'huida-test-migrations-'))
  write('0001-batch.sql', 'CREATE TABLE batch (id int); INSERT INTO batch VALUES (1);')
  write('0002-region.sql', "ALTER TABLE batch ADD region text NOT NULL DEFAULT '赣';")
})

afterEach(async () => {
  await db.close()
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

const write = (name: string, sql: string): void => writeFileSync(join(folder, name), sql)

it('applies what is missing, in order, and nothing a second time', async () => {
  expect(await isMigrated(db, folder)).toBe(false)
  expect(await migrate(db, folder)).toEqual({ applied: ['0001-batch', '0002-region'] })
  expect(await migrate(db, folder)).toEqual({ applied: [] })
  write('0003-more.sql', 'CREATE TABLE more (id int)')
  expect(await isMigrated(db, folder)).toBe(false)
  expect(await migrate(db, folder)).toEqual({ applied: ['0003-more'] })
  expect(await isMigrated(db, folder)).toBe(true)
  expect((await db.query('SELECT * FROM batch')).rows).toEqual([{ id: 1, region: '赣' }])
})

it('applies everything once when several processes start together', async () => {
  const pools = Array.from({ length: 4 }, () => openPool(database.url, { max: 1 }))
  const done = await Promise.all(pools.map((pool) => migrate(pool, folder)))
  expect(done.flatMap(({ applied }) => applied).sort()).toEqual(['0001-batch', '0002-region'])
  await Promise.all(pools.map((pool) => pool.close()))
})

it('leaves nothing of a migration that fails, and says where it failed', async () => {
  write('0003-broken.sql', 'CREATE TABLE half (id int);\n\nCREATE TABEL other (id int);')
  await expect(migrate(db, folder)).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    facts: { migration: '0003-broken', line: 3 },
  })
  expect(
    (await db.query("SELECT to_regclass('half') AS half, to_regclass('batch') IS NOT NULL AS batch")).rows,
  ).toEqual([{ half: null, batch: true }])
})

it('refuses a database that is newer than the program', async () => {
  await migrate(db, folder)
  rmSync(join(folder, '0002-region.sql'))
  await expect(migrate(db, folder)).rejects.toMatchObject({
    code: 'DATABASE_NEWER',
    facts: { migration: '0002-region' },
  })
  await expect(isMigrated(db, folder)).rejects.toMatchObject({ code: 'DATABASE_NEWER' })
})

it('refuses an applied file that was edited, and one that was slipped in before it', async () => {
  write('0005-late.sql', 'SELECT 1')
  await migrate(db, folder)
  write('0003-slipped.sql', 'SELECT 1')
  await expect(migrate(db, folder)).rejects.toMatchObject({
    code: 'MIGRATION_CHANGED',
    facts: { migration: '0003-slipped' },
  })
  rmSync(join(folder, '0003-slipped.sql'))
  write('0005-late.sql', 'SELECT 2')
  await expect(migrate(db, folder)).rejects.toMatchObject({
    code: 'MIGRATION_CHANGED',
    facts: { migration: '0005-late' },
  })
})

it('refuses a file without a number, and two with one number', async () => {
  write('0002-other.sql', 'SELECT 1')
  await expect(migrate(db, folder)).rejects.toThrow(/two migrations have one number/)
  write('later.sql', 'SELECT 1')
  await expect(migrate(db, folder)).rejects.toThrow(/NNNN-name/)
})

it('takes the shipped migrations on a bare database', async () => {
  const { applied } = await migrate(db)
  expect(applied.length).toBeGreaterThan(0)
  expect(await isMigrated(db)).toBe(true)
})
