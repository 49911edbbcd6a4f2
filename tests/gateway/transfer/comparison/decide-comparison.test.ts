/** What the bank's side proves of one file after a restore, and what it leaves open. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BankSideOfFile,
  type DoubtfulFile,
  decideComparison,
} from '../../../../gateway/transfer/comparison/decide-comparison.ts'

const noticedAt = new Date('2026-11-20T03:00:00Z')
const folder = { noticedAt, settleMinutes: undefined }
const api = { noticedAt, settleMinutes: 15 }
const minutes = (n: number): Date => new Date(noticedAt.getTime() + n * 60_000)
const file: DoubtfulFile = {
  fileId: 7,
  name: 'req_20261120_007.txt.p7m',
  state: 'sealed',
  sealedBytes: 1000,
  sealedSha256: 'ab',
  sealedBefore: true,
  notBefore: minutes(-60),
}
const nothing: BankSideOfFile = { denials: [] }

describe('a file of which a restored database says that it waits', () => {
  it.each([
    ['lies there with our bytes', { lying: { sizeBytes: 1000, sha256: 'ab' } }, {}, 'delivered'],
    ['lies there in its size and is too large to read', { lying: { sizeBytes: 1000 } }, {}, 'delivered'],
    ['lies there with other bytes of its size', { lying: { sizeBytes: 1000, sha256: 'cd' } }, {}, 'unclear'],
    ['lies there in another size', { lying: { sizeBytes: 999 } }, {}, 'unclear'],
    [
      'lies there, and was sealed again since',
      { lying: { sizeBytes: 999 } },
      { sealedBefore: false },
      'delivered',
    ],
    ['was answered', { answer: 'ans_20261120_007.txt' }, {}, 'delivered'],
    ['lies there and is being made', { lying: { sizeBytes: 1 } }, { sealedBytes: undefined }, 'waits'],
    ['was answered and is being made', { answer: 'a' }, { sealedBytes: undefined }, 'waits'],
    ['is nowhere to be seen', {}, {}, 'unclear'],
    ['was not to be sent before', {}, { notBefore: minutes(1) }, 'untouched'],
    [
      'was not to be sent before and lies there',
      { lying: { sizeBytes: 1000, sha256: 'ab' } },
      { notBefore: minutes(1) },
      'delivered',
    ],
  ] as const)('%s', (_what, side, over, kind) => {
    expect(decideComparison({ ...file, ...over }, { ...nothing, ...side }, folder).kind).toBe(kind)
  })

  it('at an API bank is absent after two denials a settle time apart, the first one after another', () => {
    const kinds = (...denials: number[]): string =>
      decideComparison(file, { denials: denials.map(minutes) }, api).kind
    expect(kinds()).toBe('unclear')
    expect(kinds(1)).toBe('waits')
    expect(kinds(1, 16)).toBe('waits')
    expect(kinds(15, 29)).toBe('waits')
    expect(kinds(15, 30)).toBe('absent')
  })

  it('is never taken for absent because a folder is empty', () => {
    const states = fc.constantFrom<DoubtfulFile['state']>(
      'planned',
      'composed',
      'sealed',
      'sending',
      'unconfirmed',
    )
    fc.assert(
      fc.property(states, fc.boolean(), fc.nat(), (state, sealedBefore, sealedBytes) => {
        const one = { ...file, state, sealedBefore, sealedBytes }
        expect(decideComparison(one, nothing, folder).kind).toBe('unclear')
      }),
    )
  })
})
