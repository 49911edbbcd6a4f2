/** Remembers whole numbers by the million: a bit for each, in pages that are made when they are first needed. */

const pageBits = 2 ** 15

/** Makes the test for a number, from 0, that was not given before. */
export function newPlaces(): (place: number) => boolean {
  const pages = new Map<number, Uint8Array>()
  const pageOf = (place: number): Uint8Array => {
    const number = Math.floor(place / pageBits)
    const known = pages.get(number)
    if (known) return known
    const made = new Uint8Array(pageBits / 8)
    pages.set(number, made)
    return made
  }
  return (place) => {
    const page = pageOf(place)
    const index = (place % pageBits) >> 3
    const before = page[index] ?? 0
    const after = before | (1 << (place & 7))
    page[index] = after
    return after !== before
  }
}
