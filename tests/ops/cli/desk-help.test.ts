/** The help of the desk commands: examples first, and golden texts, so that a change of an option is seen. */
import { expect, test } from 'vitest'
import { expectHelp, runHuida } from './command-run.ts'

test.each([
  ['profile', 'list'],
  ['profile', 'check'],
  ['profile', 'preview'],
  ['profile', 'codes'],
  ['file', 'check'],
  ['file', 'compose'],
  ['file', 'answer'],
  ['file', 'read'],
  ['demo'],
  ['soak'],
])('%s %s', (...words) => expectHelp(...words.filter((word) => word !== undefined)))

test('an option that takes no such word is a mistake of the caller', async () => {
  const wrong = [
    ['profile', 'check', 'x.yaml', '--lang', 'fr'],
    ['file', 'read', '--profile', 'rural-fixed', '--in', 'x', '--kind', 'maybe'],
    ['file', 'read', '--profile', 't1-marker', '--in', 'x', '--field-cipher', 'aes'],
    ['file', 'compose', '--profile', 'rural-fixed', '--time', '25:00:00'],
  ]
  for (const words of wrong) expect((await runHuida(words)).code).toBe(2)
})
