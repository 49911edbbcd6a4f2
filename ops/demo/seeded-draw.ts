/**
 * Repeatable chance for made-up data: every line draws from its own stream, made of the seed and the line's index,
 * so that any line can be made without those before it. Integer arithmetic only, the same on every machine.
 */

/** Draws of one stream. */
export interface Draw {
  /** A whole number from 0 up to, not including, `limit` (at most 2^32). */
  below(limit: number): number
  /** One of a list, each as likely. Throws a RangeError for an empty list. */
  pick<T>(from: readonly T[]): T
  /** True in about `permille` of a thousand draws. */
  chance(permille: number): boolean
}

/** A 32-bit hash of a text, for seeds given as words. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return scramble(hash)
}

/** The stream of a seed and an index (a whole number below 2^53). */
export function drawOf(seed: number, index: number): Draw {
  const next = generator(seed, index)
  const below = (limit: number): number => Math.floor((next() / 0x1_0000_0000) * limit)
  return {
    below,
    pick: (from) => {
      const one = from[below(from.length)]
      if (one === undefined) throw new RangeError('nothing to draw from')
      return one
    },
    chance: (permille) => below(1000) < permille,
  }
}

/** Small fast counter generator of 32 bits; 12 rounds spread the index over its whole state. */
function generator(seed: number, index: number): () => number {
  let a = scramble(seed)
  let b = scramble(index | 0)
  let c = scramble(Math.floor(index / 0x1_0000_0000) ^ 0x9e3779b9)
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let round = 0; round < 12; round++) next()
  return next
}

function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
