/** Plans of chaos come from their seed alone, and hold what was wished. */
import { describe, expect, it } from 'vitest'
import { planChaos } from '../../ops/drills/chaos/plan-chaos.ts'

const killsIn = (plan: ReturnType<typeof planChaos>): number =>
  plan.filter(({ kind }) => kind === 'kill-api' || kind === 'kill-worker').length

describe('a plan of chaos', () => {
  it('is the same for the same seed and another for another', () => {
    expect(planChaos({ seed: 7, kills: 20 })).toEqual(planChaos({ seed: 7, kills: 20 }))
    expect(planChaos({ seed: 8, kills: 20 })).not.toEqual(planChaos({ seed: 7, kills: 20 }))
  })

  it('holds exactly the kills that were wished, and every other kind at least once', () => {
    const plan = planChaos({ seed: 3, kills: 200 })
    expect(killsIn(plan)).toBe(200)
    expect(new Set(plan.map(({ kind }) => kind)).size).toBe(11)
    expect(plan.filter(({ kind }) => kind === 'restart-postgres')).toHaveLength(4)
    expect(killsIn(planChaos({ seed: 3, kills: 0 }))).toBe(0)
  })

  it('leaves out what is not there', () => {
    const plan = planChaos({ seed: 3, kills: 8, without: ['flush-redis', 'kill-redis'] })
    expect(plan.filter(({ kind }) => kind.endsWith('redis'))).toEqual([])
    expect(killsIn(plan)).toBe(8)
  })

  it('pauses within its bounds', () => {
    for (const { afterMs } of planChaos({ seed: 5, kills: 100, pauseMs: [10, 12] }))
      expect([10, 11, 12]).toContain(afterMs)
  })

  it('refuses a number of kills that is none', () => {
    for (const kills of [-1, 1.5, Number.NaN]) expect(() => planChaos({ seed: 1, kills })).toThrow(RangeError)
  })
})
