/** The other half of the seeds; see simulation.test.ts. */
import { describe, expect, it } from 'vitest'
import { brokenSeeds, seedHalves } from './seed-slices.ts'

describe('the simulation', () => {
  it.each(seedHalves.second)(
    'F27, F31, F36, F37, F41, F53, F73: holds every invariant in the seeds $from to $to',
    { timeout: 900_000 },
    async (slice) => {
      expect(await brokenSeeds(slice)).toEqual([])
    },
  )
})
