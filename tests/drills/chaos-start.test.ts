/** A start that breaks half-way, as chaos found it: nothing of it may live on beside the processes that are well. */
import { afterEach, expect, it } from 'vitest'
import { type ProcessStand, startStand } from '../support/process-stand.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

let stand: ProcessStand | undefined
let redis: TestRedis | undefined
afterEach(async () => {
  await stand?.close()
  await redis?.stop()
})

it('F28: a worker whose database breaks while it starts ends, and takes no wake-up from the others', async () => {
  redis = await startRedis()
  stand = await startStand()
  await stand.db.query(
    `create function breaks() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$`,
  )
  await stand.db.query(
    'create trigger breaks before insert on due_work for each statement execute function breaks()',
  )
  await expect(stand.start({ HUIDA_ROLE: 'worker', REDIS_URL: redis.url })).rejects.toThrow(
    'the service ended with 1',
  )
  await stand.db.query('drop trigger breaks on due_work')
  const worker = await stand.start({ HUIDA_ROLE: 'worker', REDIS_URL: redis.url })
  expect(await worker.stop()).toMatchObject({ code: 0 })
}, 120_000)
