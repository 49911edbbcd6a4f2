/**
 * Redis flushed, killed and away, and PostgreSQL stopped in the middle of a transaction, under the whole service: work
 * goes on by itself, every batch is paid once, and nothing that was answered with success is lost.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../gateway/store/migrate.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../ops/embedded/embedded-postgres.ts'
import { type ProcessStand, startStand } from '../support/process-stand.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { isStopped } from '../support/service-process.ts'
import { expectPaidOnce, handOver, makeBatch, open, seal, untilPaid, upload } from '../support/stand-batch.ts'

const people = 12

describe('the whole service on a Redis', () => {
  let redis: TestRedis
  let stand: ProcessStand
  let apiUrl = ''
  beforeAll(async () => {
    redis = await startRedis()
    stand = await startStand({ only: ['cmbc', 'yy-rcb'], env: { REDIS_URL: redis.url } })
    apiUrl = (await stand.start({ HUIDA_ROLE: 'api' })).apiUrl
    await stand.start({ HUIDA_ROLE: 'worker' })
  })
  afterAll(async () => {
    await stand.close()
    await redis.stop()
  })

  it('F22: that is flushed again and again while a batch is on its way loses none of it', async () => {
    const batch = makeBatch('R-22', people, ['cmbc', 'yy-rcb'])
    await redis.flushAll()
    await handOver(stand, apiUrl, batch)
    const flushing = setInterval(() => void redis.flushAll(), 300)
    await untilPaid(stand, batch).finally(() => clearInterval(flushing))
    await expectPaidOnce(stand, batch)
  })

  it('F25: that is away takes batches in and pays them without it', async () => {
    await redis.kill()
    const batch = makeBatch('R-25', people)
    await handOver(stand, apiUrl, batch)
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
  })

  it('F23: that was killed and comes back empty carries the next batch', async () => {
    const batch = makeBatch('R-23', people)
    await redis.restart()
    await handOver(stand, apiUrl, batch)
    await redis.restart()
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
  })
})

describe('PostgreSQL stopped in the middle of a transaction', () => {
  const folder = mkdtempSync(join(tmpdir(), 'huida-stopped-postgres-'))
  const options = { folder, temporary: true, settings: { shared_buffers: '32MB' } }
  let postgres: EmbeddedPostgres
  let stand: ProcessStand
  beforeAll(async () => {
    postgres = await startEmbeddedPostgres(options)
    const db = openPool(postgres.url, { max: 1 })
    await migrate(db)
    await db.close()
    stand = await startStand({ only: ['cmbc'], databaseUrl: postgres.url })
  })
  afterAll(async () => {
    await stand.close()
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** As `pg_ctl stop -m immediate`, and up again. */
  async function stopAtOnce(): Promise<void> {
    process.kill(postgres.pid, 'SIGQUIT')
    postgres = await startEmbeddedPostgres(options)
  }

  it('F28: at the seal leaves no half batch, the pool heals, and the client may try again', async () => {
    const batch = makeBatch('P-28', people)
    const service = await stand.start({ HUIDA_DRILL: 'on', HUIDA_STOP_AT: 'intake:db.commit.before#3' })
    await open(stand, service.apiUrl, batch)
    await upload(stand, service.apiUrl, batch)
    const answer = seal(stand, service.apiUrl, batch).catch(() => ({ status: 503 }))
    await stand.until('the seal stands before its commit', () => isStopped(service.pid))
    await stopAtOnce()
    service.signal('SIGCONT')
    expect((await answer).status).toBeGreaterThanOrEqual(500)
    await stand.until(
      'the seal is taken',
      async () => (await seal(stand, service.apiUrl, batch)).status === 200,
    )
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
    await service.stop()
  })

  it('F28: while a delivery is recorded sends nothing a second time', async () => {
    const batch = makeBatch('P-28-send', people)
    const service = await stand.start({ HUIDA_DRILL: 'on', HUIDA_STOP_AT: 'send:db.commit.before#3' })
    await handOver(stand, service.apiUrl, batch)
    await stand.until('the delivery stands before its commit', () => isStopped(service.pid))
    await stopAtOnce()
    service.signal('SIGCONT')
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
  })
})
