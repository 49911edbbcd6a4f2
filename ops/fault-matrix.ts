/**
 * The fault matrix: everything that we know can break, and what must come of it. Tests carry these ids in their titles,
 * `tests/tidy/fault-coverage.test.ts` misses none, and `npm run faults` writes the table in ops/faults.md.
 */
import type { BothLanguages, FaultRow } from './fault-matrix/fault-row.ts'
import { groundFaults } from './fault-matrix/ground-faults.ts'
import { intakeFaults } from './fault-matrix/intake-faults.ts'
import { outcomesFaults } from './fault-matrix/outcomes-faults.ts'
import { resultsFaults } from './fault-matrix/results-faults.ts'
import { sendingFaults } from './fault-matrix/sending-faults.ts'

/** Every row, F01 to F80 in their order. */
export const faultMatrix: readonly FaultRow[] = [
  ...intakeFaults,
  ...groundFaults,
  ...sendingFaults,
  ...resultsFaults,
  ...outcomesFaults,
]

/** Rows that may lack a test or a protection, each with why; every other row has both. */
export const provenLater: ReadonlyMap<string, BothLanguages> = new Map([
  [
    'F74',
    {
      en: 'callbacks are not part of this version; clients follow the feed by its cursor',
      zh: '本版本没有回调，客户端按游标读取结果流',
    },
  ],
])
