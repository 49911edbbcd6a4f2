/** Whatever the check lets through is written, fits its layout, and comes back as it was. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PaymentLine } from '../../../formats/bank-file.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { money } from '../../../formats/values/money.ts'
import { composed, fixtureLines, headerFor, readWhole, shipped } from '../fixture-files.ts'
import { everyProfile, toyCipher } from './catalog-fixtures.ts'
import { answerBytes, answered, placed, plainFile, plainLine, someCodes } from './composed-answers.ts'

const goodCharacters = [...'张李王赵珅瑋䶮玚亅倈·ḿ龴阿依古丽买提Aa（）0?']
const nameCharacters = [...goodCharacters, ...'㛃𬭎𠅤•<>&"\' |※\t', '\ue863', '\ud840']

const nameOf = (characters: readonly string[]) =>
  fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 18 }).map((parts) => parts.join(''))

const line = fc.record({
  payeeName: fc.oneof(
    nameOf(goodCharacters),
    nameOf(goodCharacters),
    nameOf(nameCharacters),
    fc.constant(''),
  ),
  payeeAccount: fc.oneof(
    { arbitrary: fc.stringMatching(/^\d{12,22}$/), weight: 6 },
    { arbitrary: fc.string({ maxLength: 34 }), weight: 1 },
  ),
  payeeIdNumber: fc.stringMatching(/^\d{17}[\dX]$/),
  amountFen: fc.bigInt({ min: -1n, max: 12_000_000_000n }).map(money),
  remark: fc
    .array(fc.constantFrom(...'耕地地力保护补贴2026年珅'), { maxLength: 22 })
    .map((parts) => parts.join('')),
})

/** Fields of a line that a layout has no column for do not come back. */
function carriedFields(profile: CompiledProfile): readonly (keyof PaymentLine)[] {
  const read = readWhole(profile.requestReader(profile.sampleSettings), composed(profile, fixtureLines(1)))
    .rows[0]
  const optional = ['remark', 'payeeIdNumber'] as const
  return ['payeeName', 'payeeAccount', 'amountFen', 'seq', ...optional.filter((each) => read?.[each])]
}

describe.each(everyProfile)('%s', (_id, profile) => {
  const fields = carriedFields(profile)
  const kept = (each: PaymentLine) => fields.map((field) => each[field] ?? '')
  const request = (chunkBytes: number, bytes: Buffer) =>
    readWhole(profile.requestReader(profile.sampleSettings), bytes, chunkBytes)

  test('a line that passes the check comes back whole', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 300 }),
        (raw, chunkBytes) => {
          const lines = placed(raw.filter((each) => profile.check(each).length === 0))
          fc.pre(lines.length > 0)
          const bytes = composed(profile, lines)
          const read = request(chunkBytes, bytes)
          expect(read.refusals).toEqual([])
          expect(read.rows.map(kept)).toEqual(lines.map(kept))
          if (profile.wrap) expect(request(chunkBytes, profile.wrap(bytes))).toEqual(read)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a line that the check refuses is never written', () => {
    fc.assert(
      fc.property(line, (each) => {
        const problems = profile.check(each)
        fc.pre(problems.length > 0 && problems.some((problem) => problem.code !== 'TOO_LARGE'))
        const writer = profile.writer(headerFor(profile, placed([each])))
        writer.begin()
        expect(() => writer.write(placed([each]))).toThrow(/line 1 cannot be written/)
      }),
      { numRuns: 300 },
    )
  })

  test.each(profile.answerKinds)(
    '%s: an answer of any outcomes comes back with the same outcomes',
    (kind) => {
      fc.assert(
        fc.property(someCodes(profile), (chosen) => {
          const { lines, header } = plainFile(profile, chosen.length)
          const bytes = answerBytes(profile, kind, header, answered(chosen, lines))
          const read = readWhole(profile.resultReader(header, kind), bytes, 17)
          expect(read.refusals).toEqual([])
          const listed = chosen
            .map(({ outcome }) => (kind === 'late' && outcome === 'failed' ? 'returned' : outcome))
            .filter((each) => kind !== 'answer' || profile.resultStyle !== 'failures-only' || each !== 'paid')
          const said = read.rows.map((row) => row.outcome)
          if (kind !== 'intermediate') expect(said).toEqual(listed)
          else for (const [index, each] of said.entries()) expect(['open', listed[index]]).toContain(each)
        }),
        { numRuns: 200 },
      )
    },
  )

  if (profile.encryptedItems.length > 0)
    test('encrypted columns hide their text and give it back', () => {
      const lines = fixtureLines(5)
      const writer = profile.writer(headerFor(profile, lines), toyCipher)
      const bytes = Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
      expect(lines.filter((each) => bytes.includes(each.payeeAccount))).toEqual([])
      const read = readWhole(profile.requestReader(profile.sampleSettings, toyCipher), bytes, 5)
      expect(read.rows.map(kept)).toEqual(lines.map(kept))
      const other = { ...toyCipher, open: () => undefined }
      const { refusals } = readWhole(profile.requestReader(profile.sampleSettings, other), bytes)
      expect(refusals.map((refusal) => refusal.code)).toEqual(lines.map(() => 'LAYOUT'))
    })

  test('an agreement may add a code, and never a success by any other name', () => {
    const added = profile.withCodes({ ZZ: 'NAME_MISMATCH' })
    expect(added.codes.find((each) => each.code === 'ZZ')?.outcome).toBe('failed')
    expect(profile.codes.some((each) => each.code === 'ZZ')).toBe(false)
    expect(() => profile.withCodes({ ZZ: 'SUCCESS' })).toThrow(/SUCCESS/)
  })
})

test('a header whose totals are not those of its lines stops the file', () => {
  const profile = shipped('rural-fixed')
  const lines = placed([plainLine(money(1n))])
  const writer = profile.writer({ ...headerFor(profile, lines), totalFen: money(2n) })
  writer.begin()
  writer.write(lines)
  expect(() => writer.end()).toThrow(/its header says/)
})

test('F47: a sequence that has outgrown its digits stops the file instead of wrapping its name', () => {
  const profile = shipped('spdb-ubp')
  expect(() => profile.fileName({ ...headerFor(profile, []), sequence: 100 })).toThrow(RangeError)
})
