/** Whatever the check lets through is written, fits its layout, and comes back as it was. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PaymentLine } from '../../../formats/bank-file.ts'
import { money } from '../../../formats/values/money.ts'
import { composed, headerFor, readWhole, shipped } from '../fixture-files.ts'

const goodCharacters = [...'张李王赵珅瑋䶮玚亅倈·ḿ龴阿依古丽买提Aa（）0?']
const nameCharacters = [...goodCharacters, ...'㛃𬭎𠅤• |※\t', '\ue863', '\ud840']

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
    { arbitrary: fc.stringMatching(/^\d{12,32}$/), weight: 6 },
    { arbitrary: fc.string({ maxLength: 34 }), weight: 1 },
  ),
  payeeIdNumber: fc.stringMatching(/^\d{17}[\dX]$/),
  amountFen: fc.bigInt({ min: -1n, max: 12_000_000_000n }).map(money),
  remark: fc
    .array(fc.constantFrom(...'耕地地力保护补贴2026年珅'), { maxLength: 22 })
    .map((parts) => parts.join('')),
})

const placed = (lines: readonly Omit<PaymentLine, 'seq' | 'serial'>[]): readonly PaymentLine[] =>
  lines.map((each, index) => ({
    ...each,
    seq: index + 1,
    serial: `202611210001${`${index + 1}`.padStart(8, '0')}`,
  }))

describe.each(['rural-fixed', 'cmbc-batch', 'spdb-ubp', 'ccb-batch'])('%s', (id) => {
  const profile = shipped(id)

  test('a line that passes the check comes back whole', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 300 }),
        (raw, chunkBytes) => {
          const lines = placed(raw.filter((each) => profile.check(each).length === 0))
          fc.pre(lines.length > 0)
          const read = readWhole(
            profile.requestReader(profile.sampleSettings),
            composed(profile, lines),
            chunkBytes,
          )
          expect(read.refusals).toEqual([])
          expect(
            read.rows.map(({ payeeName, payeeAccount, amountFen, seq, remark }) => [
              payeeName,
              payeeAccount,
              amountFen,
              seq,
              remark ?? '',
            ]),
          ).toEqual(
            lines.map(({ payeeName, payeeAccount, amountFen, seq, remark }) => [
              payeeName,
              payeeAccount,
              amountFen,
              seq,
              remark,
            ]),
          )
        },
      ),
      { numRuns: 400 },
    )
  })

  test('a line that the check refuses is never written', () => {
    fc.assert(
      fc.property(line, (each) => {
        const problems = profile.check(each)
        fc.pre(problems.length > 0 && problems.some((problem) => problem.code !== 'TOO_LARGE'))
        const writer = profile.writer(headerFor(profile, placed([each])))
        expect(() => writer.write(placed([each]))).toThrow(/line 1 cannot be written/)
      }),
      { numRuns: 400 },
    )
  })

  test('an answer of any outcomes comes back with the same outcomes', () => {
    const codes = profile.codes
    const choice = fc.array(fc.constantFrom(...codes), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(choice, fc.boolean(), (chosen, late) => {
        const lines = placed(
          chosen.map((_, index) => ({
            payeeName: '王䶮',
            payeeAccount: '6217999990000000033',
            amountFen: money(BigInt(index + 1)),
          })),
        )
        const answered = lines.map((each, index) => ({
          ...each,
          bankCode: chosen[index]?.code ?? '',
          bankText: '',
        }))
        const paid = answered.filter((_, index) => chosen[index]?.outcome === 'paid')
        const header = headerFor(profile, lines)
        const sum = (some: readonly PaymentLine[]): bigint =>
          some.reduce((total, each) => total + each.amountFen, 0n)
        const totals = {
          rowCount: lines.length,
          rowTotalFen: header.totalFen,
          paidCount: paid.length,
          paidTotalFen: sum(paid),
        }
        const writer = profile.resultWriter(header, totals, late ? 'late' : 'answer')
        const bytes = Buffer.concat([writer.begin(), writer.write(answered), writer.end()])
        const read = readWhole(profile.resultReader(header, late ? 'late' : 'answer'), bytes, 17)
        expect(read.refusals).toEqual([])
        const expected = chosen.map(({ outcome }) => (late && outcome === 'failed' ? 'returned' : outcome))
        const listed =
          profile.resultStyle === 'failures-only' && !late
            ? expected.filter((each) => each !== 'paid')
            : expected
        expect(read.rows.map((row) => row.outcome)).toEqual(listed)
      }),
      { numRuns: 200 },
    )
  })
})

test('a header whose totals are not those of its lines stops the file', () => {
  const profile = shipped('rural-fixed')
  const lines = placed([{ payeeName: '张三', payeeAccount: '6217999990000000017', amountFen: money(1n) }])
  const writer = profile.writer({ ...headerFor(profile, lines), totalFen: money(2n) })
  writer.begin()
  writer.write(lines)
  expect(() => writer.end()).toThrow(/its header says/)
})

test('F47: a sequence that has outgrown its digits stops the file instead of wrapping its name', () => {
  const profile = shipped('spdb-ubp')
  expect(() => profile.fileName({ ...headerFor(profile, []), sequence: 100 })).toThrow(RangeError)
})
