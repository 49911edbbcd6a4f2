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
  {
    fault: 'F27',
    promise: 'a brake that was pulled while a file went up is seen before its rename',
    file: 'gateway/transfer/send-bank-file.ts',
    take: `    if (brake) throw`,
    put: `    if (brake && claim.fence < 0n) throw`,
    test: 'tests/drills/simulation-people.test.ts',
    title: 'F27: gives no file its final name under a brake whose pull has returned',
  },
  {
    fault: 'F38',
    promise: 'people are told of a taken name by whoever looks next, too',
    file: 'gateway/transfer/confirm-delivery.ts',
    take: `      if (evidence.final !== undefined) await`,
    put: `      if (evidence.final?.sizeBytes === -1) await`,
    test: 'tests/gateway/transfer/send-step-doubt.test.ts',
    title: 'F38: a final name that is taken',
  },
]
