/** Guards that chaos leans on: leases of the dead, and a Redis that forgets. */
import type { Protection } from '../protection.ts'

const dueWork = 'gateway/ledger/due-work-store.ts'
const holderTest = 'tests/gateway/ledger/lease-holder.test.ts'

/** One guard an entry. */
export const protections: readonly Protection[] = [
  {
    fault: 'F27',
    promise: 'work of a killed process is taken over at once',
    file: dueWork,
    take: `or (holder_until = leased_until and lease_holder_is_gone(holder))`,
    put: `or false`,
    test: holderTest,
    title: 'F27: whose process was killed loses its work at once',
  },
  {
    fault: 'F31',
    promise: 'work of a living process is not taken over before its lease runs out',
    file: dueWork,
    take: `or (holder_until = leased_until and lease_holder_is_gone(holder))`,
    put: `or holder_until = leased_until`,
    test: holderTest,
    title: 'F31: that takes over from a living one is not there',
  },
  {
    fault: 'F33',
    promise: 'a claim of an older version, which knows of no holders, stands by its time',
    file: dueWork,
    take: `holder_until = leased_until and lease_holder_is_gone`,
    put: `lease_holder_is_gone`,
    test: holderTest,
    title: 'F33: is not believed of a claim that an older version made over it',
  },
  {
    fault: 'F28',
    promise: 'a process whose database came back keeps the number under which it holds its work',
    file: 'gateway/ledger/lease-holder.ts',
    take: `if (state.holder === undefined || !(await isRegained(state, session, state.holder))) {`,
    put: `if (state.holder === undefined || regainTries > 0) {`,
    test: holderTest,
    title: 'F28: whose server came back keeps its number',
  },
  {
    fault: 'F22',
    promise:
      'a wake-up that Redis forgot while it ran is not taken for an outage, which would hide the next one',
    file: 'schedulers/bull-driver.ts',
    take: `|| isForgotten(error)) return`,
    put: `|| (isForgotten(error) && false)) return`,
    test: 'tests/schedulers/bull-driver.test.ts',
    title: 'F22: a wake-up that Redis forgot while it ran is no outage',
  },
  {
    fault: 'F03',
    promise: 'the platform of the drills repeats a call without an answer under the same key',
    file: 'ops/demo/persevering-call.ts',
    take: `return { kind: 'failed', error: failure, again: true, afterMs: 0 }`,
    put: `return { kind: 'failed', error: failure, again: false, afterMs: 0 }`,
    test: 'tests/drills/chaos-client.test.ts',
    title: 'F01 F03: repeats a call whose answer was lost',
  },
  {
    fault: 'F28',
    promise: 'a worker that broke while it started leaves nothing behind that eats wake-ups',
    file: 'ops/start/work.ts',
    take: `    await stop()\n    throw error`,
    put: `    throw error`,
    test: 'tests/drills/chaos-start.test.ts',
    title: 'F28: a worker whose database breaks while it starts ends',
  },
  {
    fault: 'F27',
    promise: 'jobs that killed processes left in the queue keep no wake-up of the same work waiting',
    file: 'schedulers/bull-driver.ts',
    take: `namesOf(key, state.running.has(key))`,
    put: `namesOf(key, true)`,
    test: 'tests/schedulers/bull-driver.test.ts',
    title: 'F27: leaves it even when several processes died',
  },
]
