/**
 * A byte that is flipped, dropped or doubled on the way never makes a payment look paid. A file that states its
 * totals is refused or differs in one row's text; one that states none differs in one row at most.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResultRow } from '../../../formats/bank-file.ts'
import { fixture } from '../fixture-files.ts'
import { everyCaseFile, readAnswer } from './catalog-fixtures.ts'

const damage = fc.record({
  kind: fc.constantFrom('flip', 'drop', 'double'),
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
    default:
      return Buffer.concat([before, byte, bytes.subarray(at)])
  }
}

const paidRows = (rows: readonly ResultRow[]): number => rows.filter((row) => row.outcome === 'paid').length

/** Layouts without totals may end at any row; one without a last newline may lose the end of its last text. */
const cannotTell: Readonly<Record<string, 'rows' | 'text'>> = { 'cib-batch': 'rows', 'unionpay-acp': 'text' }

const identity = ({ serial, account, name, amountFen, reason }: ResultRow): readonly unknown[] => [
  serial,
  account,
  name,
  amountFen,
  reason.bankCode,
]

const rowText = (row: ResultRow | undefined): string =>
  JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? `${value}` : value))

const differing = (before: readonly ResultRow[], after: readonly ResultRow[]): number =>
  before.filter((row, index) => rowText(row) !== rowText(after[index])).length

/** A list of failures proves no amount of a success that it lists nevertheless; its line's own amount does. */
const unpaidFen = (rows: readonly ResultRow[]): bigint =>
  rows.reduce((sum, row) => (row.outcome === 'paid' ? sum : sum + (row.amountFen ?? 0n)), 0n)

/** A damaged status of the whole file takes the certainty of every row away. */
const nothingDecided = (rows: readonly ResultRow[]): boolean =>
  rows.every((row) => row.outcome === 'open' || row.outcome === 'unknown')

const answers = everyCaseFile.flatMap((file) =>
  file.kind === 'request' || file.profile.layout === 'xml' ? [] : [[file.path, file] as const],
)

describe.each(answers)('%s', (path, file) => {
  const bytes = fixture(path)
  const sound = readAnswer(file)
  const statesPaid = sound.summary?.paidCount !== undefined

  test('one damaged byte is refused, or changes one row and pays nobody more', () => {
    fc.assert(
      fc.property(damage, ({ kind, at, bit, chunkBytes }) => {
        const read = readAnswer(file, damaged(bytes, kind, at % bytes.length, bit), chunkBytes)
        if (!read.summary) return
        expect(read.rows).toHaveLength(sound.rows.length)
        if (nothingDecided(read.rows)) return
        expect(differing(sound.rows, read.rows)).toBeLessThanOrEqual(1)
        if (!statesPaid) return
        expect(paidRows(read.rows)).toBeLessThanOrEqual(paidRows(sound.rows))
        expect(unpaidFen(read.rows)).toBe(unpaidFen(sound.rows))
        expect(read.summary.paidCount).toBe(sound.summary?.paidCount)
        expect(read.summary.paidTotalFen).toBe(sound.summary?.paidTotalFen)
      }),
      { numRuns: 1000 },
    )
  })

  test('a file that is cut anywhere is refused, unless nothing in its layout could tell', () => {
    for (let length = 0; length < bytes.length; length++) {
      const cut = readAnswer(file, bytes.subarray(0, length))
      if (!cut.summary) continue
      expect(Object.keys(cannotTell), `cut at ${length}`).toContain(file.profile.id)
      expect(cut.rows.map(identity)).toEqual(sound.rows.slice(0, cut.rows.length).map(identity))
      if (cannotTell[file.profile.id] === 'text') expect(cut.rows).toHaveLength(sound.rows.length)
    }
  })
})
