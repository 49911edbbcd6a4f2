/**
 * What holds for every bank: any text that it takes comes back to the code point, the order of an answer's rows
 * means nothing, and a row that is named twice is refused or seen twice.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResultRow } from '../../../formats/bank-file.ts'
import { money } from '../../../formats/values/money.ts'
import { composed, readWhole } from '../fixture-files.ts'
import { everyProfile } from './catalog-fixtures.ts'
import { answerBytes, answered, placed, plainFile, plainLine, someCodes } from './composed-answers.ts'

/** First and last code points of the blocks that names come from, and of those that they must not. */
const blocks = [
  [0x21, 0x7e],
  [0xa0, 0xff],
  [0x2010, 0x2040],
  [0x2e80, 0x2fdf],
  [0x3000, 0x303f],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xe000, 0xe864],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe6f],
  [0xff01, 0xff60],
  [0x20000, 0x2a6df],
  [0x2b740, 0x2ebe0],
  [0x30000, 0x31350],
] as const

const anyName = fc
  .array(
    fc.constantFrom(...blocks).chain(([min, max]) => fc.integer({ min, max })),
    { minLength: 1, maxLength: 15 },
  )
  .map((codePoints) => String.fromCodePoint(...codePoints))

const anyLine = fc.record({
  payeeName: anyName,
  payeeAccount: fc.stringMatching(/^\d{16,19}$/),
  payeeIdNumber: fc.stringMatching(/^\d{17}[\dX]$/),
  amountFen: fc.bigInt({ min: 1n, max: 9_999_999_999n }).map(money),
})

/** What an answer says of each line, whatever its order and whatever the line of the file it stands on. */
const said = (rows: readonly ResultRow[]): readonly string[] =>
  rows
    .map(
      ({ serial, account, name, amountFen, outcome, reason }) =>
        `${serial} ${account} ${name} ${amountFen} ${outcome} ${reason.code} ${reason.bankCode}`,
    )
    .sort()

describe.each(everyProfile)('%s', (_id, profile) => {
  test('a name of any characters is held, or comes back to the code point', () => {
    let written = 0
    fc.assert(
      fc.property(anyLine, (each) => {
        if (profile.check(each).length > 0) return
        written++
        const lines = placed([each])
        const { rows, refusals } = readWhole(
          profile.requestReader(profile.sampleSettings),
          composed(profile, lines),
          3,
        )
        expect(refusals).toEqual([])
        expect(rows[0]?.payeeName).toBe(each.payeeName)
      }),
      { numRuns: 1500 },
    )
    expect(written).toBeGreaterThan(0)
  })

  test('the order of rows does not matter to what is said of each', () => {
    const shuffled = someCodes(profile).chain((codes) =>
      fc.tuple(
        fc.constant(codes),
        fc.shuffledSubarray([...codes.keys()], { minLength: codes.length, maxLength: codes.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([codes, order]) => {
        const { lines, header } = plainFile(profile, codes.length)
        const rows = answered(codes, lines)
        const others = order.flatMap((index) => rows[index] ?? [])
        const read = (of: typeof rows) =>
          readWhole(profile.resultReader(header), answerBytes(profile, 'answer', header, of))
        expect(read(others).refusals).toEqual([])
        expect(said(read(others).rows)).toEqual(said(read(rows).rows))
      }),
      { numRuns: 150 },
    )
  })

  test('a row that is named twice is refused, or comes out twice', () => {
    fc.assert(
      fc.property(someCodes(profile), fc.nat(), (codes, which) => {
        const { lines, header } = plainFile(profile, codes.length)
        const rows = answered(codes, lines)
        const twice = rows[which % rows.length]
        fc.pre(twice !== undefined)
        const doubled = twice ? [...rows, twice] : rows
        const read = readWhole(profile.resultReader(header), answerBytes(profile, 'answer', header, doubled))
        if (read.refusals.length > 0) return
        const once = readWhole(profile.resultReader(header), answerBytes(profile, 'answer', header, rows))
        const listed =
          profile.resultStyle === 'failures-only' && codes[which % codes.length]?.outcome === 'paid'
        expect(read.rows.length).toBe(once.rows.length + (listed ? 0 : 1))
      }),
      { numRuns: 150 },
    )
  })

  test('a file that is written twice has the same bytes', () => {
    const lines = placed([plainLine(money(1n)), plainLine(money(9_999_999_999n))])
    expect(composed(profile, lines)).toEqual(composed(profile, lines))
  })
})
