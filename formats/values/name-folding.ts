/**
 * Folds names so that the same name typed by two systems compares equal: compatibility forms, the many name dots,
 * and private-use code points of older code tables. For comparing only; what is sent is never folded.
 * Follows bank-formats §12.
 */
import { charset } from './charset.ts'

/** Dots between the parts of a name, as they are met in the wild. */
const nameDots = /[\u00b7\u0387\u2022\u2024\u2027\u2219\u22c5\u25cf\u2e31\u30fb\uff0e\uff65.\ufe52]/gu

/** Codes outside today's table, by their place in Unicode; the first six are private use in GB18030-2022 still. */
const otherPrivateUse = [
  ['\ue816', '\u{20087}'],
  ['\ue817', '\u{20089}'],
  ['\ue818', '\u{200cc}'],
  ['\ue831', '\u{215d7}'],
  ['\ue83b', '\u{2298f}'],
  ['\ue855', '\u{241fe}'],
  ['\ue7c7', '\u1e3f'],
] as const

/**
 * Older tables read the codes FE50 to FEA0 as U+E815 to U+E864, in order; today's table gives them real characters
 * (U+E863 is `\u4dae` now), so both readings of one code fold to the same name.
 */
function privateUseNames(): ReadonlyMap<string, string> {
  const trails = Array.from({ length: 0xa1 - 0x50 }, (_, index) => 0x50 + index).filter(
    (trail) => trail !== 0x7f,
  )
  const today = charset('gb18030').decode(Uint8Array.from(trails.flatMap((trail) => [0xfe, trail])))
  const pairs = [...today].map(
    (character, index) => [String.fromCharCode(0xe815 + index), character] as const,
  )
  return new Map<string, string>([...pairs, ...otherPrivateUse])
}

let privateUse: ReadonlyMap<string, string> | undefined

const privateUsePattern = /[\ue000-\uf8ff]/gu

/** The form in which two names are compared. Letters become capitals; spaces go; every name dot becomes `·`. */
export function foldName(name: string): string {
  privateUse ??= privateUseNames()
  const known = privateUse
  return name
    .replace(privateUsePattern, (character) => known.get(character) ?? character)
    .normalize('NFKC')
    .replace(nameDots, '·')
    .replace(/\s+/gu, '')
    .toUpperCase()
}
