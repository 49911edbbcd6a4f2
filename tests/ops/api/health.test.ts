/** The second listener: alive while the process is, ready only with a database that fits, banks not asked. */
import { afterEach, expect, it } from 'vitest'
import { type Db, openPool } from '../../../gateway/store/pool.ts'
import { buildHealth } from '../../../ops/api/health.ts'
import { collectMetrics } from '../../../ops/metrics/metrics.ts'
import { bareDatabase, type FreshDatabase, freshDatabase } from '../../support/postgres.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function openHealth(database: FreshDatabase, patienceMs?: number) {
  const db: Db = openPool(database.url, { max: 2 })
  const app = buildHealth({
    db,
    metrics: () => collectMetrics(db),
    ...(patienceMs !== undefined && { patienceMs }),
  })
  closers.push(
    () => database.drop(),
    () => db.close(),
    () => app.close(),
  )
  const get = (url: string) => app.inject({ method: 'GET', url })
  return { db, get }
}

it('is alive and ready with a migrated database', async () => {
  const { get } = await openHealth(await freshDatabase())
  expect((await get('/livez')).json()).toEqual({ status: 'alive' })
  expect((await get('/readyz')).json()).toEqual({ status: 'ready' })
})

it('is alive and not ready once the database is gone, and its own numbers are still there', async () => {
  const database = await freshDatabase()
  const { get } = await openHealth(database)
  expect((await get('/readyz')).statusCode).toBe(200)
  await database.drop()
  const ready = await get('/readyz')
  expect(ready.statusCode).toBe(503)
  expect(ready.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(ready.headers['retry-after']).toBe('5')
  expect((await get('/livez')).statusCode).toBe(200)
  const metrics = await get('/metrics')
  expect(metrics.statusCode).toBe(200)
  expect(metrics.body).toContain('huida_ledger_reachable 0')
  expect(metrics.body).toMatch(/huida_process_peak_resident_bytes \d+/)
})

it('is not ready while migrations are missing, or when the database has one that this program lacks', async () => {
  const bare = await openHealth(await bareDatabase())
  expect((await bare.get('/readyz')).json()).toMatchObject({ code: 'NOT_READY', fault: 'DATABASE_MISSING' })
  const newer = await openHealth(await freshDatabase())
  await newer.db.query(
    `insert into schema_migration (version, name, sha256) values (9999, '9999-later', 'none')`,
  )
  expect((await newer.get('/readyz')).json()).toMatchObject({ status: 503, fault: 'DATABASE_NEWER' })
})

it('gives up on a database that does not answer', async () => {
  const { db, get } = await openHealth(await freshDatabase(), 50)
  const holders = [await db.connect(), await db.connect()]
  expect((await get('/readyz')).json()).toMatchObject({ status: 503, fault: 'DATABASE_UNREACHABLE' })
  for (const holder of holders) holder.release()
})

it('S42: has nothing else, and nothing of the API', async () => {
  const { get } = await openHealth(await freshDatabase())
  for (const url of ['/', '/v1/batches/A', '/problems/INTERNAL']) {
    expect((await get(url)).json()).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' })
  }
})
