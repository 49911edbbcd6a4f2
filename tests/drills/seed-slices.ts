/** Slices of seeds for the tests of the simulation: two files run half of them each, on a core each. */
import { allFaultKinds } from '../../ops/drills/sim/fault-kinds.ts'
import type { RunEnd } from '../../ops/drills/sim/run-simulation.ts'
import type { SimSession } from '../../ops/drills/sim/sim-session.ts'

/** Every kind of fault. */
export const everything = new Set(allFaultKinds)

/** Choices of a run in which faults may happen. */
export const steps = 1000

/** Seeds of one test, both ends included. */
export interface SeedSlice {
  readonly from: number
  readonly to: number
}

const sliceSeeds = 50

/** Slices of fifty seeds. */
export const seedSlices = (first: number, last: number): SeedSlice[] =>
  Array.from({ length: Math.ceil((last - first + 1) / sliceSeeds) }, (_, at) => {
    const from = first + at * sliceSeeds
    return { from, to: Math.min(last, from + sliceSeeds - 1) }
  })

/** What went wrong in a run, with the seed that shows it again. */
export const flaws = ({ seed, violations }: RunEnd): string[] =>
  violations.map(({ invariant, what }) => `seed ${seed}: ${invariant} ${what}`)

/** What went wrong in a slice. */
export async function brokenSeeds(session: SimSession, { from, to }: SeedSlice): Promise<string[]> {
  const broken: string[] = []
  for (let seed = from; seed <= to; seed++)
    broken.push(...flaws(await session.run({ seed, steps, faults: everything })))
  return broken
}
