/** What people and strangers bring into the simulation, kind by kind, among the faults that make it hard for the gateway. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultKind } from '../../ops/drills/sim/fault-kinds.ts'
import { openSession, type SimSession } from '../../ops/drills/sim/sim-session.ts'
import { flaws, steps } from './seed-slices.ts'

const seeds = 8

describe('the simulation', () => {
  let session: SimSession
  beforeAll(async () => {
    session = await openSession()
  })
  afterAll(() => session.close())

  /** Runs a few seeds with some kinds only; gives how often the first one happened. */
  async function holdsWith(...kinds: [FaultKind, ...FaultKind[]]): Promise<number> {
    let happened = 0
    for (let seed = 1; seed <= seeds; seed++) {
      const end = await session.run({ seed, steps, faults: new Set(kinds) })
      expect(flaws(end)).toEqual([])
      happened += end.faults.get(kinds[0]) ?? 0
    }
    return happened
  }

  it('F38: tells people of every final name that was taken, overwrites none and sends on afterwards', async () => {
    expect(await holdsWith('taken', 'crash', 'commit', 'line')).toBeGreaterThan(0)
  })

  it('F27: gives no file its final name under a brake whose pull has returned', async () => {
    expect(await holdsWith('brake', 'crash', 'commit', 'stall')).toBeGreaterThan(0)
  })

  it('F63, F76: ends by evidence what answers left open, and sends nothing back while it is in doubt', async () => {
    expect(await holdsWith('resolution', 'answers', 'refusal', 'late', 'commit')).toBeGreaterThan(0)
  })
})
