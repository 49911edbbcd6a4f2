/** Contents that travel compressed and in Base64 inside a message, and plain ones beside them. */
import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { composed, fixtureLines, readWhole } from '../fixture-files.ts'
import { answered, bank, headerOf, problemsOf, told } from '../profile/made-up-bank.ts'

const wrapped = (steps: string, maxPlainBytes = 10_000) =>
  bank({ top: `wrapping: { steps: ${steps}, maxPlainBytes: ${maxPlainBytes} }` })

const profile = wrapped('[zlib, base64]')
const answer = answered(profile, ['00', '10', '20'])
const rows = ['00000001 paid PAID', '00000002 failed NAME_MISMATCH', '00000003 open OUTCOME_UNKNOWN']
const base64 = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('base64'))

describe.each(['[zlib, base64]', '[gzip, base64]', '[zlib]', '[gzip]', '[base64]'])('%s', (steps) => {
  const one = wrapped(steps)
  const content = one.wrap?.(answer) ?? Buffer.alloc(0)

  test('is read as the plain content is, in chunks of any size', () => {
    for (const chunkBytes of [1, 3, 1000]) {
      expect(told(one, content, { chunkBytes })).toEqual({ rows, refusals: [] })
      expect(told(one, answer, { chunkBytes })).toEqual({ rows, refusals: [] })
    }
  })

  test('gives the same bytes every time', () => {
    const digest = (bytes: Buffer | undefined): string =>
      createHash('sha256')
        .update(bytes ?? '')
        .digest('hex')
    expect(digest(one.wrap?.(answer))).toBe(digest(content))
  })

  test('is refused wherever it is cut', () => {
    for (let length = 3; length < content.length; length++) {
      const { rows: out, refusals } = told(one, content.subarray(0, length))
      expect([refusals.length > 0, steps === '[base64]' || out.length === 0], `cut at ${length}`).toEqual([
        true,
        true,
      ])
    }
  })
})

test('requests are wrapped and read as answers are', () => {
  const request = profile.wrap?.(composed(profile, fixtureLines(2))) ?? Buffer.alloc(0)
  expect(readWhole(profile.requestReader({}), request, 5).rows).toHaveLength(2)
})

test('line breaks inside Base64 are passed over', () => {
  const text = base64(deflateSync(answer)).toString().replace(/.{40}/gu, '$&\r\n')
  expect(told(profile, `${text}\n`).rows).toEqual(rows)
})

test.each([
  [
    'Base64 with a letter too many',
    Buffer.concat([base64(deflateSync(answer)), Buffer.from('AAA')]),
    'WRAPPING',
  ],
  [
    'Base64 with another letter in it',
    Buffer.from(
      base64(deflateSync(answer))
        .toString()
        .replace(/^(.{20})./u, '$1*'),
    ),
    'WRAPPING',
  ],
  [
    'compressed data with bytes behind it',
    base64(Buffer.concat([deflateSync(answer), Buffer.from('more')])),
    'WRAPPING',
  ],
  ['compressed data that was cut', base64(deflateSync(answer).subarray(0, -5)), 'WRAPPING'],
  [
    'compressed data whose check is wrong',
    base64(Buffer.concat([deflateSync(answer).subarray(0, -1), Buffer.of(1)])),
    'WRAPPING',
  ],
  ['a bomb', base64(deflateSync(Buffer.alloc(50_000_000, 0x30))), 'TOO_LARGE'],
  ['more than is allowed, though it is Base64 alone', Buffer.alloc(20_000, 0x41), 'TOO_LARGE'],
  ['nothing', Buffer.alloc(0), 'EMPTY'],
])('%s is refused', (_what, content, code) => {
  for (const chunkBytes of [7, 100_000]) {
    const read = told(profile, content, { chunkBytes })
    expect(read.rows).toEqual([])
    expect(read.refusals[0]).toBe(code)
  }
})

test('a bomb costs no memory beyond its cap', () => {
  const bomb = base64(deflateSync(Buffer.alloc(400_000_000)))
  const small = wrapped('[zlib, base64]', 1_000_000)
  const before = process.memoryUsage().rss
  expect(told(small, bomb).refusals).toEqual(['TOO_LARGE'])
  expect(process.memoryUsage().rss - before).toBeLessThan(64_000_000)
})

test('a plain file may be longer than what is wrapped may grow to', () => {
  const small = wrapped('[zlib, base64]', 50)
  expect(told(small, answer, { chunkBytes: 4 })).toEqual({ rows, refusals: [] })
})

test('a first line that refuses the file is read though it could be Base64', () => {
  const refusing = bank({
    top: 'wrapping: { steps: [zlib, base64], maxPlainBytes: 1000 }',
    result: '\n  style: full-list\n  appended: [{ item: code }]\n  fileRefusals: { FAILED: FILE_TOTALS }',
  })
  expect(told(refusing, 'FAILED\n').refusals).toEqual(['BANK_REFUSED'])
})

test('no bytes whatever make the reader throw, or pay anybody', () => {
  const header = headerOf(profile, 3)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, packed) => {
      const content = packed ? base64(deflateSync(noise)) : Buffer.concat([Buffer.from('eJ'), noise])
      expect(told(profile, content, { request: header }).rows).toEqual([])
    }),
    { numRuns: 500 },
  )
})

describe('refuses of a profile', () => {
  test.each([
    [
      'Base64 before compression',
      '{ steps: [base64, zlib], maxPlainBytes: 9 }',
      'wrapping.steps: compresses at most once',
    ],
    [
      'compression twice',
      '{ steps: [zlib, gzip], maxPlainBytes: 9 }',
      'wrapping.steps: compresses at most once',
    ],
    ['no steps', '{ steps: [], maxPlainBytes: 9 }', 'wrapping.steps: '],
  ])('%s', (_what, wrapping, expected) => {
    const problems = problemsOf({ top: `wrapping: ${wrapping}` })
    expect(
      problems.some((each) => each.startsWith(expected)),
      problems.join('\n'),
    ).toBe(true)
  })

  test('a layout whose plain files could look wrapped', () => {
    const top = 'wrapping: { steps: [zlib, base64], maxPlainBytes: 9 }'
    const problems = problemsOf({ top, layout: "layout: delimited\ndelimiter: '/'" })
    expect(problems).toEqual([expect.stringMatching(/^wrapping: is of delimited layouts whose delimiter/)])
  })
})
