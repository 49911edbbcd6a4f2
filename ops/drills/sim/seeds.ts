/** Seeds that once showed a flaw of the gateway. Each is run again for ever. */
import type { FaultKind } from './fault-kinds.ts'

/** One seed and what it showed. A course depends on everything, so a seed may come to show something else. */
export interface FoundSeed {
  readonly seed: number
  readonly showed: string
  /** The kinds of fault under which it showed it; every kind unless told. */
  readonly faults?: readonly FaultKind[]
}

/** All of them. */
export const foundSeeds: readonly FoundSeed[] = [
  { seed: 1, showed: 'an answer may be read between the two looks of a confirmation' },
  { seed: 3, showed: 'only the part of the last sending was removed before the next one' },
  { seed: 11, showed: 'a sleeping worker and its successor both asked for the same messages' },
  {
    seed: 24,
    faults: ['late', 'stall'],
    showed: 'a part that a late rename could still publish lay in its reach when the file was sent again',
  },
  {
    seed: 112,
    faults: ['late', 'stall'],
    showed: 'a part that a late rename could still publish lay in its reach when the file was sent again',
  },
]
