import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forbiddenText } from '../../../formats/lines/cell-writer.ts'
import { newPlaces } from '../../../formats/lines/new-places.ts'
import { textGuard } from '../../../formats/lines/text-guard.ts'

const pieces = fc.constantFrom(
  '王',
  'a',
  '0',
  ' ',
  '\u3000',
  '|',
  '!',
  '<',
  '\u200b',
  '\ufffd',
  '\ue000',
  '𠮷',
  '\u{e0001}',
)
const texts = fc.array(pieces, { maxLength: 8 }).map((each) => each.join(''))

describe('the quick test of a text', () => {
  it('forbids exactly what the pattern forbids', () => {
    fc.assert(
      fc.property(
        fc.array(texts, { maxLength: 6 }),
        fc.constantFrom('', '|', '|!'),
        fc.constantFrom('', '<>&'),
        (all, delimiter, characters) => {
          const pattern = forbiddenText(delimiter, characters)
          const guard = textGuard(pattern, delimiter)
          expect(all.map(guard.test)).toEqual(all.map((text) => pattern.test(text)))
        },
      ),
    )
  })
})

describe('places that were not given before', () => {
  it('are told apart however far they lie from each other', () => {
    const places = fc.array(
      fc.oneof(fc.nat(40), fc.nat(999_999_999), fc.constantFrom(32_767, 32_768, 32_776)),
    )
    fc.assert(
      fc.property(places, (given) => {
        const isNew = newPlaces()
        expect(given.map(isNew)).toEqual(given.map((place, index) => given.indexOf(place) === index))
      }),
    )
  })
})
