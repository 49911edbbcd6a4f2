/** Answers that are cut and written in another way than requests, later returns of other columns, rows that fit a file. */
import { describe, expect, test } from 'vitest'
import { charset } from '../../../formats/values/charset.ts'
import { composed, fixtureLines, headerFor, readWhole } from '../fixture-files.ts'
import { answered, bank, problemsOf, told } from '../profile/made-up-bank.ts'

describe('an answer of another style', () => {
  const profile = bank({
    request: `
  row: [{ item: serial, bytes: 8 }, { item: account, bytes: 32 }, { item: name, bytes: 60 }, { item: amount, bytes: 12 }]`,
    layout: 'layout: fixed',
    result: `
  style: full-list
  lateName: TH_{date}_{sequence:NNN}.txt
  charset: utf8
  newline: crlf
  finalNewline: false
  layout: delimited
  delimiter: '~~'
  row: [{ item: serial, bytes: 8 }, { item: name, maxBytes: 90 }, { item: code }]
  lateRow: [{ item: serial, bytes: 8 }, { item: code }, { item: text }]`,
  })

  test('is written so', () => {
    expect(answered(profile, ['00', '10']).toString()).toBe('00000001~~张三~~00\r\n00000002~~李珅~~10')
    expect(composed(profile, fixtureLines(1)).toString('latin1').slice(-13)).toBe('000000050000\n')
  })

  test('is read so, in chunks of any size', () => {
    for (const chunkBytes of [1, 4, 100]) {
      const read = told(profile, answered(profile, ['00', '10']), { chunkBytes })
      expect(read).toEqual({ rows: ['00000001 paid PAID', '00000002 failed NAME_MISMATCH'], refusals: [] })
    }
  })

  test('is refused in the charset of the request', () => {
    const bytes = charset('gb18030').encode('00000001~~张三~~00')
    expect(told(profile, bytes).refusals).toEqual(['TRUNCATED'])
  })

  test('has later returns of their own columns', () => {
    expect(told(profile, '00000002~~10~~账户已销户', { kind: 'late' }).rows).toEqual([
      '00000002 returned NAME_MISMATCH',
    ])
    expect(told(profile, '00000002~~10~~账户已销户').rows).toEqual(['00000002 unknown UNMAPPED'])
    expect(answered(profile, ['10'], 'late').toString()).toBe('00000001~~10~~')
  })
})

test('a kind of file that the profile does not name is never written', () => {
  const profile = bank()
  const totals = { rowCount: 0, rowTotalFen: 0n, paidCount: 0, paidTotalFen: 0n }
  expect(() => profile.resultWriter(headerFor(profile, []), totals, 'late')).toThrow(/no late files/)
  expect(() => profile.resultWriter(headerFor(profile, []), totals, 'intermediate')).toThrow(
    /no intermediate/,
  )
})

describe('rows that fit the greatest file', () => {
  const fixed = (maxBytes: number): string =>
    `{ maxRows: 1000, maxAmountFen: 99999999, maxBytes: ${maxBytes} }`
  const parts = {
    layout: 'layout: fixed',
    request: `
  header: [{ item: count, bytes: 9 }]
  row: [{ item: serial, bytes: 8 }, { item: account, bytes: 32 }, { item: name, bytes: 47 }, { item: amount, bytes: 12 }]
  sentinel: '#########'`,
    result: '\n  style: full-list\n  appended: [{ item: code, bytes: 2 }]',
  }

  test.each([
    [120, 1],
    [219, 1],
    [220, 2],
    [10_000_000, 1000],
  ])('%i bytes hold %i rows', (maxBytes, rows) => {
    expect(bank({ ...parts, limits: fixed(maxBytes) }).limits.maxRows).toBe(rows)
  })

  test('a file of so many rows is not greater, whatever they say', () => {
    const profile = bank({ limits: fixed(400) })
    const lines = fixtureLines(7).slice(0, profile.limits.maxRows)
    expect(profile.limits.maxRows).toBeGreaterThan(1)
    expect(composed(profile, lines).length).toBeLessThanOrEqual(400)
  })

  test('a file that holds no row is refused of the profile', () => {
    expect(problemsOf({ ...parts, limits: fixed(119) })).toEqual([
      'limits.maxBytes: is too small for a single row',
    ])
  })
})

test('a literal that ends in the pad of its column comes back', () => {
  const profile = bank({
    layout: 'layout: fixed',
    request: `
  row: [{ item: serial, bytes: 8 }, { item: account, bytes: 32 }, { item: name, bytes: 60 }, { item: amount, bytes: 12 }, { item: literal, value: ' - ', bytes: 5 }]`,
    result: '\n  style: full-list\n  appended: [{ item: code, bytes: 2 }]',
  })
  expect(readWhole(profile.requestReader({}), composed(profile, fixtureLines(2))).refusals).toEqual([])
})

test('a long text in utf8 stops the file as any other does', () => {
  const profile = bank({
    charset: 'utf8',
    request: `
  row: [{ item: serial, bytes: 8 }, { item: account, maxBytes: 32 }, { item: amount }, { item: name, maxBytes: 9 }]`,
  })
  const [line] = fixtureLines(1)
  const lines = line ? [{ ...line, payeeName: '张'.repeat(900) }] : []
  expect(() => profile.writer(headerFor(profile, lines)).write(lines)).toThrow(/payeeName TOO_LONG/)
})

test.each([
  [
    'a list of failures without amounts',
    {
      result:
        '\n  style: failures-only\n  header: [{ item: count }, { item: total }, { item: paidCount }, { item: paidTotal }]\n  row: [{ item: serial }, { item: code }]',
    },
    'result.row: lacks the column amount',
  ],
  [
    'a width that an answer of fixed layout lacks',
    { result: '\n  style: full-list\n  layout: fixed\n  row: [{ item: serial, bytes: 8 }, { item: code }]' },
    'result.row.1: every column of a fixed layout needs bytes',
  ],
  [
    'a delimiter of a fixed answer',
    {
      result:
        "\n  style: full-list\n  layout: fixed\n  delimiter: ','\n  row: [{ item: serial, bytes: 8 }, { item: code, bytes: 2 }]",
    },
    'result.delimiter: a fixed layout has no delimiter',
  ],
  [
    'a delimited answer to a fixed request without its delimiter',
    {
      layout: 'layout: fixed',
      request:
        '\n  row: [{ item: serial, bytes: 8 }, { item: account, bytes: 32 }, { item: name, bytes: 60 }, { item: amount, bytes: 12 }]',
      result: '\n  style: full-list\n  layout: delimited\n  row: [{ item: serial }, { item: code }]',
    },
    'result.layout: a delimited layout needs a delimiter',
  ],
  [
    'later returns that no name has',
    {
      result:
        '\n  style: full-list\n  appended: [{ item: code }]\n  lateRow: [{ item: serial }, { item: code }]',
    },
    'result.lateRow: needs lateName',
  ],
  [
    'later returns that name no row',
    {
      result:
        '\n  style: full-list\n  lateName: TH_{date}_{sequence}.txt\n  appended: [{ item: code }]\n  lateRow: [{ item: account }, { item: code }]',
    },
    'result.lateRow: lacks the column serial, or line',
  ],
  [
    'two ways of writing a row',
    {
      result: '\n  style: full-list\n  appended: [{ item: code }]\n  row: [{ item: serial }, { item: code }]',
    },
    'result: needs either row or appended or overlay',
  ],
  [
    'a delimiter that amounts have',
    { layout: "layout: delimited\ndelimiter: '.'" },
    'delimiter: a delimiter has no digits or points',
  ],
])('refuses %s', (_what, parts, expected) => {
  const problems = problemsOf(parts)
  expect(
    problems.some((each) => each.startsWith(expected)),
    problems.join('\n'),
  ).toBe(true)
})
