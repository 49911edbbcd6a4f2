/** Numbers in our JSON are plain integers, whatever JSON.parse would make of them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseIntegerJson, repeatsMember, spellsAmount } from '../../../gateway/intake/integer-json.ts'

describe('a request text', () => {
  test.each<[string, string]>([
    ['{"a":1e3}', 'NUMBER_NOT_INTEGER'],
    ['{"a":1.0}', 'NUMBER_NOT_INTEGER'],
    ['{"a":9007199254740992}', 'NUMBER_NOT_INTEGER'],
    ['{"a":[{"b":-9007199254740992}]}', 'NUMBER_NOT_INTEGER'],
    ['{"a":1E400}', 'NUMBER_NOT_INTEGER'],
    ['{"a":-0}', 'NUMBER_NOT_INTEGER'],
    ['{"a":01}', 'JSON_MALFORMED'],
    ['{"a":', 'JSON_MALFORMED'],
  ])('%s is refused', (text, code) => {
    expect(parseIntegerJson(text)).toEqual({ kind: 'refused', code })
  })

  test('with numbers inside its strings is taken', () => {
    const value = { a: '1.5 and "2e3" \\ 1.0', 'k 1.5': [9007199254740991, -9007199254740991, 0], b: '\\"' }
    expect(parseIntegerJson(JSON.stringify(value, null, 1))).toEqual({ kind: 'parsed', value })
  })

  test('of any texts and safe integers is taken as JSON.parse takes it', () => {
    const value = fc.dictionary(
      fc.string(),
      fc.oneof(
        fc.string(),
        fc.maxSafeInteger().map((n) => n || 0),
      ),
    )
    fc.assert(
      fc.property(value, (one) => {
        const text = JSON.stringify(one)
        expect(parseIntegerJson(text)).toEqual({ kind: 'parsed', value: JSON.parse(text) })
      }),
    )
  })
})

describe('a flat line', () => {
  const member = fc.tuple(
    fc.constantFrom('payeeName', 'remark', 'bank', 'amountFen'),
    fc.string({ unit: fc.constantFrom('"', ':', ' ', '\\', 'a', ',', '{', '\t') }),
  )

  test('is known to repeat a member when it does, whatever spaces, quotes and colons its texts have', () => {
    fc.assert(
      fc.property(
        fc.array(member, { maxLength: 6 }),
        fc.constantFrom(':', ' :', ': ', '\t: '),
        (members, colon) => {
          const text = `{${members.map(([key, value]) => `"${key}"${colon}${JSON.stringify(value)}`).join(',')}}`
          const parsed = Object.keys(JSON.parse(text)).length
          expect(repeatsMember(text, parsed)).toBe(parsed !== members.length)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('spells its amount in digits and nowhere else', () => {
    expect(spellsAmount('{"remark":"\\"amountFen\\":5,","amountFen":7}', 7)).toBe(true)
    expect(spellsAmount('{"remark":"\\"amountFen\\":5,","amountFen":5e0}', 5)).toBe(false)
    expect(spellsAmount('{ "amountFen" : 7 }', 7)).toBe(true)
  })
})
