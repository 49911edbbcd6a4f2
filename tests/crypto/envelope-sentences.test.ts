/** What people read of a refused envelope: every code has a sentence of its own in both languages. */
import { describe, expect, it } from 'vitest'
import { envelopeSentences } from '../../crypto/envelope-sentences.ts'
import { stepProblems } from '../../crypto/envelope-steps.ts'

describe('refusals of envelopes', () => {
  it.each(Object.entries(envelopeSentences))(
    '%s has a sentence in Chinese and in English',
    (_code, { zh, en }) => {
      expect(zh).toMatch(/[一-鿿]{4}/)
      expect(en).toMatch(/^[A-Z][^一-鿿]{10,}$/)
    },
  )

  it('no two codes read the same', () => {
    const said = Object.values(envelopeSentences)
    expect(new Set(said.map(({ zh }) => zh)).size).toBe(said.length)
    expect(new Set(said.map(({ en }) => en)).size).toBe(said.length)
  })
})

describe('orders of steps', () => {
  it.each([
    ['cms', ['sign', 'encrypt']],
    ['cms', ['encrypt', 'sign']],
    ['cms', ['gzip', 'sign', 'encrypt', 'base64']],
    ['cms', ['sign', 'zlib', 'encrypt']],
    ['cms', ['encrypt']],
    ['gm', ['gzip', 'sign', 'encrypt']],
    ['gm', ['sign']],
    ['pgp', ['sign', 'encrypt', 'base64']],
    ['none', ['gzip', 'base64']],
    ['none', []],
  ] as const)('%s takes %j', (scheme, steps) => {
    expect(stepProblems(scheme, steps)).toEqual([])
  })

  it.each([
    ['cms', ['sign', 'encrypt', 'gzip'], 'compress first'],
    ['cms', ['base64', 'gzip', 'sign'], 'compress first'],
    ['cms', ['sign', 'sign'], 'each step stands once'],
    ['cms', ['gzip', 'zlib', 'sign'], 'compressed once'],
    ['cms', ['gzip'], 'that is scheme none'],
    ['cms', [], 'that is scheme none'],
    ['gm', ['encrypt'], 'must sign'],
    ['pgp', ['encrypt', 'sign'], 'side by side'],
    ['gm', ['sign', 'gzip', 'encrypt'], 'side by side'],
    ['none', ['sign'], 'neither signs nor encrypts'],
  ] as const)('%s refuses %j with a sentence in both languages', (scheme, steps, sentence) => {
    const problems = stepProblems(scheme, steps)
    expect(problems.map(({ en }) => en).join('; ')).toContain(sentence)
    for (const { zh } of problems) expect(zh).toMatch(/[一-鿿]/)
  })
})
