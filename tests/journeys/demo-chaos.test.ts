/**
 * The demo under chaos, in real processes on compiled code: processes of the gateway and of the banks are killed and
 * frozen, lines are cut, stalled, slowed and lose answers, Redis is flushed and killed, PostgreSQL crashes. The ledger
 * is that of the undisturbed run, and every law holds (reliability.md §3.6, L3).
 */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { runDemo } from '../support/demo-run.ts'

const reportSchema = z.object({
  laws: z.record(z.string(), z.boolean()),
  digests: z.object({ undisturbed: z.string(), chaos: z.string() }),
  chaos: z.object({
    counts: z.record(z.string(), z.number()),
    planned: z.number(),
    restarts: z.number(),
    troubles: z.array(z.string()),
  }),
})

const words = ['--chaos', '--people', '300', '--seed', '17', '--kills', '6']

describe('the demo under chaos', () => {
  it('F22 F23 F27 F28 F31 F36 F37 F44: ends with the ledger of the undisturbed run', async () => {
    const { laws, digests, chaos } = await runDemo(reportSchema, words)
    expect(digests.chaos).toBe(digests.undisturbed)
    expect(Object.entries(laws).filter(([, holds]) => !holds)).toEqual([])
    expect(chaos.troubles).toEqual([])
    const done = Object.values(chaos.counts).reduce((sum, count) => sum + count, 0)
    expect(done).toBeGreaterThan(5)
    expect(chaos.restarts).toBeGreaterThan(0)
  }, 900_000)
})
