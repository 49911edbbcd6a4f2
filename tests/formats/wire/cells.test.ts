import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { charset } from '../../../formats/values/charset.ts'
import {
  type CellSpans,
  cellSpans,
  cellText,
  delimitedSpans,
  fixedSpans,
  type SplitSpan,
} from '../../../formats/wire/cells.ts'
import { type LineSpan, ownLine, wholeSpan } from '../../../formats/wire/line-span.ts'
import { delimiterKinds, unitScanner, wideKinds } from '../../../formats/wire/unit-marks.ts'

const gb18030 = charset('gb18030')
const pieces = fc.constantFrom('a', '7', ' ', '王', '瑋', '€', '𠮷', '㛃', '|', '!', '\u0001', '')
const texts = fc.array(pieces, { maxLength: 12 }).map((each) => each.join(''))

const textsOf = (cells: CellSpans): string[] => Array.from(cells.from, (_, place) => cellText(cells, place))

function split(by: SplitSpan, line: LineSpan, count: number): string[] | undefined {
  const cells = cellSpans(count)
  return by(line, cells) ? textsOf(cells) : undefined
}

describe('cells of a line', () => {
  it('stand where a split at the delimiter finds them, whatever its length', () => {
    fc.assert(
      fc.property(
        texts,
        fc.constantFrom('|', '|!', '||', '王'),
        fc.integer({ min: 1, max: 4 }),
        (text, delimiter, count) => {
          const line = wholeSpan(unitScanner(delimiterKinds(delimiter))(text))
          const expected = text.split(delimiter)
          expect(split(delimitedSpans(delimiter, count, false), line, count)).toEqual(
            expected.length === count ? expected : undefined,
          )
        },
      ),
    )
  })

  it('have their widths in bytes of the charset, and no character lies across two of them', () => {
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
        (text, widths) => {
          const cells = split(
            fixedSpans(gb18030, widths),
            wholeSpan(unitScanner(wideKinds())(text)),
            widths.length,
          )
          if (cells) expect(cells.map((cell) => gb18030.byteLength(cell))).toEqual(widths)
          expect(cells?.join('') ?? text).toBe(text)
          expect(cells !== undefined).toBe(fits(text, widths))
        },
      ),
    )
  })

  it('are the same once the line has left the block that it came in', () => {
    const { block, markCount } = unitScanner(delimiterKinds('|'))('王|1\n李|22\n')
    const second: LineSpan = { block, from: 4, to: 8, firstMark: 1, endMark: markCount }
    const by = delimitedSpans('|', 2, false)
    expect(split(by, second, 2)).toEqual(['李', '22'])
    expect(split(by, ownLine(second), 2)).toEqual(['李', '22'])
  })
})

/** True for a text without control characters that can be cut at every width. */
function fits(text: string, widths: readonly number[]): boolean {
  const ends = sums(Array.from(text, (character) => gb18030.byteLength(character)))
  const cuts = sums(widths)
  return cuts.every((cut) => ends.includes(cut)) && cuts.at(-1) === ends.at(-1) && !text.includes('\u0001')
}

const sums = (sizes: readonly number[]): readonly number[] =>
  [0, ...sizes].map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 0))
