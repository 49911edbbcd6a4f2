/** The sweep's manners: one line an outage, never two sweeps at once, an end that is an end. */
import { expect, it } from 'vitest'
import { startSweep } from '../../schedulers/sweep.ts'
import { until } from './recorder.ts'

it('tells an outage once, keeps sweeping, and tells the recovery', async () => {
  const told: string[] = []
  let asked = 0
  const sweep = startSweep({
    findDue: async () => {
      if (++asked <= 4) throw new Error('PostgreSQL is away')
      return [{ step: 'plan', subject: '1' }]
    },
    wake: ({ subject }) => void told.push(`woken ${subject}`),
    everyMs: 5,
    onOutage: (error) => told.push(String(error)),
    onRecovery: (failed) => told.push(`back after ${failed}`),
  })
  await until('it woke', () => told.includes('woken 1'))
  await sweep.stop()
  expect(told.slice(0, 3)).toEqual(['Error: PostgreSQL is away', 'woken 1', 'back after 4'])
})

it('shares a sweep that is in progress and ends after it', async () => {
  let atOnce = 0
  let most = 0
  let woken = 0
  const sweep = startSweep({
    findDue: async () => {
      most = Math.max(most, ++atOnce)
      await new Promise((resolve) => setImmediate(resolve))
      atOnce--
      return [{ step: 'plan', subject: '1' }]
    },
    wake: () => void woken++,
    everyMs: 3_600_000,
  })
  const answers = await Promise.all([sweep.once(), sweep.once(), sweep.once()])
  await sweep.stop()
  expect([answers, most, woken]).toEqual([[true, true, true], 1, 1])
})
