/** The other half of the seeds; see simulation.test.ts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSession, type SimSession } from '../../ops/drills/sim/sim-session.ts'
import { brokenSeeds, seedSlices } from './seed-slices.ts'

describe('the simulation', () => {
  let session: SimSession
  beforeAll(async () => {
    session = await openSession()
  })
  afterAll(() => session.close())

  it.each(seedSlices(251, 500))(
    'F27, F31, F36, F37, F41, F53, F73: holds every invariant in the seeds $from to $to',
    { timeout: 900_000 },
    async (slice) => {
      expect(await brokenSeeds(session, slice)).toEqual([])
    },
  )
})
