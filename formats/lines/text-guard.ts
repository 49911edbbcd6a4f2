/** Quick tests of the texts that go into every row. A loop over the units takes a fraction of the time of a pattern. */
import type { TextTest } from './cell-writer.ts'
import { accountPattern } from './line-check.ts'

const harmless = 1
const doubtful = 2

/**
 * The same answers as `forbidden`, which is asked only for texts with a unit that could be part of something forbidden.
 * A unit is harmless when it is none by itself, no half of a character and not part of the delimiter.
 */
export function textGuard(forbidden: RegExp, delimiter: string): TextTest {
  const verdicts = new Uint8Array(0x10000)
  const judge = (unit: number): number => {
    const character = String.fromCharCode(unit)
    const surrogate = (unit & 0xf800) === 0xd800
    const verdict =
      surrogate || delimiter.includes(character) || forbidden.test(character) ? doubtful : harmless
    verdicts[unit] = verdict
    return verdict
  }
  return {
    test: (text) => {
      for (let index = 0; index < text.length; index++) {
        const unit = text.charCodeAt(index)
        if ((verdicts[unit] || judge(unit)) !== harmless) return forbidden.test(text)
      }
      return false
    },
  }
}

/** Units of account numbers, as `accountPattern` has them: 1 for each of them. */
export const accountUnits: Uint8Array = Uint8Array.from({ length: 0x80 }, (_, unit) =>
  accountPattern.test(String.fromCharCode(unit)) ? 1 : 0,
)

/** True for an account number. */
export function isAccountText(text: string): boolean {
  for (let index = 0; index < text.length; index++)
    if (accountUnits[text.charCodeAt(index)] !== 1) return false
  return text !== ''
}

/** True for a text of nothing but digits. */
export function isDigitText(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x30 || unit > 0x39) return false
  }
  return text !== ''
}
