/**
 * The demo as a newcomer runs it, in real processes on compiled code: embedded and alone, then on an external database
 * and Redis with two workers of which one is killed half-way. One seed, one ledger (F27, F67, law 1).
 */
import { afterAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { runDemo } from '../support/demo-run.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

const reportSchema = z.object({
  banks: z.record(z.string(), z.unknown()),
  total: z.looseObject({ accepted: z.object({ count: z.number() }) }),
  laws: z.record(z.string(), z.boolean()),
})

let redis: TestRedis | undefined
afterAll(async () => redis?.stop())

const words = ['--people', '1200', '--seed', '5']

describe('the demo', () => {
  it('F23 F27: ends with the same ledger embedded, and with Redis and a worker killed with SIGKILL', async () => {
    redis = await startRedis()
    const [alone, together] = await Promise.all([
      runDemo(reportSchema, words),
      runDemo(reportSchema, [...words, '--kill-worker'], {
        databaseUrl: inject('postgresUrl'),
        redisUrl: redis.url,
      }),
    ])
    expect(Object.values(alone.laws).every((holds) => holds)).toBe(true)
    expect(Object.keys(alone.banks)).toEqual(['ccb', 'cmbc', 'spdb', 'yy-rcb'])
    expect(alone.total.accepted.count).toBeGreaterThan(1200)
    expect(together).toMatchObject({ banks: alone.banks, total: alone.total, laws: alone.laws })
  }, 400_000)
})
