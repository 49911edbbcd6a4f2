/** A byte that is flipped, dropped or doubled on the way never makes a payment look paid. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResultRow } from '../../../formats/bank-file.ts'
import { fixture, readWhole, shipped } from '../fixture-files.ts'

const answers = [
  ['rural-fixed', 'rural-fixed/seven-people/DF_ORG001_20261121_001.RES'],
  ['cmbc-batch', 'cmbc-batch/five-people/res_20261121_001.txt'],
  ['spdb-ubp', 'spdb-ubp/five-people/UBR_COM001_9800_20261121_01.txt'],
  ['ccb-batch', 'ccb-batch/seven-people/CCB_CUST0001_20261121_001_FAIL.txt'],
] as const

const damage = fc.record({
  kind: fc.constantFrom('flip', 'drop', 'double', 'cut'),
  at: fc.nat(),
  bit: fc.nat({ max: 7 }),
  chunkBytes: fc.integer({ min: 1, max: 500 }),
})

function damaged(bytes: Buffer, kind: string, at: number, bit: number): Buffer {
  const before = bytes.subarray(0, at)
  const byte = bytes.subarray(at, at + 1)
  switch (kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.of((byte[0] ?? 0) ^ (1 << bit)), bytes.subarray(at + 1)])
    case 'drop':
      return Buffer.concat([before, bytes.subarray(at + 1)])
    case 'double':
      return Buffer.concat([before, byte, bytes.subarray(at)])
    default:
      return before
  }
}

const paidRows = (rows: readonly ResultRow[]): number => rows.filter((row) => row.outcome === 'paid').length

describe.each(answers)('%s', (id, path) => {
  const profile = shipped(id)
  const bytes = fixture(path)
  const sound = readWhole(profile.resultReader(), bytes)

  test('one damaged byte is refused, or pays nobody more and not a fen more', () => {
    fc.assert(
      fc.property(damage, ({ kind, at, bit, chunkBytes }) => {
        const read = readWhole(
          profile.resultReader(),
          damaged(bytes, kind, at % bytes.length, bit),
          chunkBytes,
        )
        if (!read.summary) return
        expect(read.rows).toHaveLength(sound.rows.length)
        expect(paidRows(read.rows)).toBeLessThanOrEqual(paidRows(sound.rows))
        expect(read.summary.rowTotalFen).toBe(sound.summary?.rowTotalFen)
        expect(read.summary.paidCount).toBe(sound.summary?.paidCount)
        expect(read.summary.paidTotalFen).toBe(sound.summary?.paidTotalFen)
      }),
      { numRuns: 3000 },
    )
  })

  test('a file that is cut anywhere is refused', () => {
    for (let length = 0; length < bytes.length; length++) {
      if (readWhole(profile.resultReader(), bytes.subarray(0, length)).summary)
        expect.fail(`cut at ${length} was read`)
    }
  })
})
