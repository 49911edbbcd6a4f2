/** Guards that the simulation leans on: what it sees when they are gone is a bank that pays somebody twice. */
import type { Protection } from '../protection.ts'

const test = 'tests/drills/simulation.test.ts'
const title = 'F27, F31, F36, F37, F41, F53, F73: holds every invariant in the seeds 1 to 50'

/** One guard an entry. */
export const protections: readonly Protection[] = [
  {
    fault: 'F41',
    promise: 'an empty folder proves nothing once the final name was asked for',
    file: 'gateway/transfer/decide-delivery.ts',
    take: `  return { kind: 'unclear', why: 'neither name is left at the bank' }`,
    put: `  return { kind: 'not-delivered', why: 'neither name is left at the bank' }`,
    test,
    title,
  },
]
