/** The whole gateway over a simulated world: many seeds, every invariant, and the same course for the same seed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failingWays, runEveryCall } from '../../ops/drills/sim/every-call.ts'
import { foundSeeds } from '../../ops/drills/sim/seeds.ts'
import { openSession, type SimSession } from '../../ops/drills/sim/sim-session.ts'
import { brokenSeeds, everything, flaws, seedHalves, steps } from './seed-slices.ts'

describe('the simulation', () => {
  let session: SimSession
  beforeAll(async () => {
    session = await openSession()
  })
  afterAll(() => session.close())

  it('goes the same way for the same seed, and another way for another one', async () => {
    const first = await session.run({ seed: 7, steps, faults: everything })
    const other = await session.run({ seed: 8, steps, faults: everything })
    const again = await session.run({ seed: 7, steps, faults: everything })
    expect(again.digest).toBe(first.digest)
    expect(again.faults).toEqual(first.faults)
    expect(other.digest).not.toBe(first.digest)
  })

  it.each(foundSeeds)('F27: seed $seed, which showed that $showed, holds now', async ({ seed, faults }) => {
    const allowed = faults ? new Set(faults) : everything
    expect(flaws(await session.run({ seed, steps, faults: allowed }))).toEqual([])
  })

  it.each(seedHalves.first)(
    'F27, F31, F36, F37, F41, F53, F73: holds every invariant in the seeds $from to $to',
    { timeout: 900_000 },
    async (slice) => {
      expect(await brokenSeeds(slice)).toEqual([])
    },
  )

  it('F27: comes to the same ledger whichever call fails', { timeout: 900_000 }, async () => {
    // Every call in every way takes minutes: `huida sim --every-call`.
    const end = await runEveryCall(session, { ways: failingWays, stride: 29 })
    expect(end.failures).toEqual([])
    expect(end.calls).toBeGreaterThan(300)
  })
})
