import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldKeyOf } from '../../crypto/field-key.ts'
import { createPseudonymizer, normalizeAccount, normalizePerson, toUuid } from '../../crypto/pseudonym.ts'

const names = createPseudonymizer(fieldKeyOf(Buffer.alloc(64, 3)))
const text = (value: string) => toUuid(names.one('account', value))
const packable = fc.string({ unit: fc.constantFrom(...'0123456789X-'), minLength: 1, maxLength: 34 })
const anything = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter((value) => normalizeAccount(value) !== '')

describe('pseudonyms', () => {
  it('are equal for values that are equal once normalised, and for no others', () => {
    fc.assert(
      fc.property(fc.oneof(packable, anything), fc.oneof(packable, anything), (one, other) => {
        expect(text(one) === text(other)).toBe(normalizeAccount(one) === normalizeAccount(other))
      }),
    )
  })

  it('tell apart values that differ by a leading zero, a last place or a length', () => {
    const values = [
      '1',
      '01',
      '10',
      '100',
      '0',
      '00',
      '0000',
      '1X',
      '1-',
      '1x',
      'X',
      '-',
      '9'.repeat(30),
      '9'.repeat(31),
    ]
    expect(new Set(values.map(text)).size).toBe(values.length)
  })

  it('are the same one by one and many at once', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(packable, anything), { maxLength: 50 }), (values) => {
        const many = names.accounts(values)
        expect(many.length).toBe(values.length * 16)
        values.forEach((value, index) => {
          expect(toUuid(many, index)).toBe(text(value))
        })
      }),
    )
  })

  it('ignore full-width digits, outer blanks and the case of an ID number, but keep the case of an account', () => {
    expect(text(' 6222020012345678 ')).toBe(text('6222020012345678'))
    expect(toUuid(names.persons(['11010118900101123x']))).toBe(toUuid(names.persons(['11010118900101123X'])))
    expect(text('ab12')).not.toBe(text('AB12'))
    expect(normalizePerson(' e12345678')).toBe('E12345678')
  })

  it('of an account and of a person with the same digits are unrelated, and depend on the key', () => {
    const other = createPseudonymizer(fieldKeyOf(Buffer.alloc(64, 4)))
    const value = '110101189001011234'
    const all = [
      names.accounts([value]),
      names.persons([value]),
      other.accounts([value]),
      other.persons([value]),
    ]
    expect(new Set(all.map((pseudonym) => toUuid(pseudonym))).size).toBe(4)
  })

  it('are refused for a blank value, and the refusal does not repeat other values', () => {
    expect(() => names.accounts(['6222020012345678', ' \u3000'])).toThrow(/^value number 1 is blank/)
    expect(() => names.one('person', '')).toThrow(RangeError)
  })

  it('read as 32 hex digits, and there is none beyond the last', () => {
    expect(text('1')).toMatch(/^[0-9a-f]{32}$/)
    expect(() => toUuid(names.accounts(['1']), 1)).toThrow(RangeError)
  })
})
