/**
 * Counts how many texts were seen before, among millions, at eight bytes a text.
 * Texts are compared by 64 bits of SHA-256: five million texts collide with a chance of one in a million.
 */
import { createHash } from 'node:crypto'

/** Collects texts and tells in the end how many were repeats. */
export interface RepeatCounter {
  add(text: string): void
  /** Texts added minus distinct texts. */
  repeats(): number
}

/** Starts an empty counter. */
export function createRepeatCounter(): RepeatCounter {
  let digests = new BigUint64Array(1024)
  let count = 0
  return {
    add: (text) => {
      if (count === digests.length) {
        const larger = new BigUint64Array(digests.length * 2)
        larger.set(digests)
        digests = larger
      }
      digests[count++] = createHash('sha256').update(text).digest().readBigUInt64LE(0)
    },
    repeats: () => {
      const sorted = digests.slice(0, count).sort()
      let repeats = 0
      for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) repeats++
      return repeats
    },
  }
}
