import { describe, expect, it } from 'vitest'
import { envelopeSentences } from '../../crypto/envelope-sentences.ts'

describe('the sentence of a refused envelope', () => {
  it('is there in both languages, and is another one for every code', () => {
    const all = Object.values(envelopeSentences)
    expect(new Set(all.map(({ zh }) => zh)).size).toBe(all.length)
    expect(new Set(all.map(({ en }) => en)).size).toBe(all.length)
    for (const { zh, en } of all) {
      expect(zh).toMatch(/\p{Script=Han}/u)
      expect(en).toMatch(/^[A-Z][ -~]+[a-z]$/)
    }
  })
})
