/** The shipped profiles of XML documents against bytes that something other than our writer made. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  composed,
  fixture,
  fixtureLines,
  headerFor,
  readNamed,
  readWhole,
  shipped,
} from '../fixture-files.ts'

const requests = [
  ['icbc-payper', 'five-people/PAYPER_4301000001_20261121_001.xml'],
  ['treasury-8207', 'five-people/8207_431224_20261121_001.xml'],
] as const

const icbc = 'QPAYPER_4301000001_20261121_001.xml'
const treasury = '8207R_431224_20261121_001.xml'

describe.each(requests)('%s', (id, path) => {
  const profile = shipped(id)
  const lines = fixtureLines(5)

  test('writes the request byte for byte, under its name', () => {
    expect(profile.fileName(headerFor(profile, lines))).toBe(path.split('/')[1])
    expect(composed(profile, lines).toString('hex')).toBe(fixture(`${id}/${path}`).toString('hex'))
  })

  test.each([1, 7, 64, 100_000])('reads the request back in chunks of %i bytes', (chunkBytes) => {
    const read = readWhole(
      profile.requestReader(profile.sampleSettings),
      fixture(`${id}/${path}`),
      chunkBytes,
    )
    expect(read.refusals).toEqual([])
    expect(read.rows).toEqual(lines.map(({ payeeIdNumber: _none, ...line }) => line))
  })
})

/** What an answer says: place, outcome, canonical reason, class, and the codes as the bank gave them. */
const told = (id: string, path: string): readonly string[] =>
  readNamed(shipped(id), `${id}/${path}`).rows.map(
    ({ position, outcome, reason }) =>
      `${position} ${outcome} ${reason.code} ${reason.class} ${reason.bankCode}`,
  )

describe('icbc-payper', () => {
  const rows = [
    '1 paid PAID - 7',
    '2 failed NAME_MISMATCH C 6/0000531',
    '3 failed ACCOUNT_CLOSED C 6/0000532',
    '4 open APPROVAL Q 3',
    '5 unknown OUTCOME_UNKNOWN Q 95',
  ]

  test('an answer says what became of every row, by its place, in any order', () => {
    expect(told('icbc-payper', `five-people/${icbc}`)).toEqual(rows)
    expect([...told('icbc-payper', `rows-in-another-order/${icbc}`)].sort()).toEqual(rows)
  })

  test('every Result has its meaning, and one that is not listed is unknown', () => {
    expect(
      told('icbc-payper', `every-result/${icbc}`).map((each) => each.replace(/^\d+ (\w+) (\w+) . /u, '$1 ')),
    ).toEqual([
      'open 0',
      'open 1',
      'open 2',
      'open 3',
      'open 4',
      'unknown 5',
      'failed 6',
      'paid 7',
      'failed 8',
      'open 9',
      'open 10',
      'failed 11',
      'open 20',
      'open 86',
      'unknown 95',
      'unknown 98',
      'unknown 7A',
    ])
  })

  test('words beside a Result take certainty away, never add it', () => {
    expect(told('icbc-payper', `words-of-doubt-beside-success/${icbc}`)).toEqual([
      '1 unknown OUTCOME_UNKNOWN Q 7',
      '2 unknown OUTCOME_UNKNOWN Q 6/0000999',
    ])
  })

  test('a query that failed settles nobody', () => {
    const read = readNamed(shipped('icbc-payper'), `icbc-payper/query-that-failed/${icbc}`)
    expect(read.rows).toEqual([])
    expect(read.summary).toEqual({ rowCount: 0, rowTotalFen: 0n, fileNumber: '202611210001' })
  })

  test('big batches travel zipped', () => {
    const profile = shipped('icbc-payper')
    const [person] = fixtureLines(1)
    if (!person) throw new Error('the fixtures have no people')
    const lines = Array.from({ length: 301 }, (_, index) => ({
      ...person,
      seq: index + 1,
      serial: `202611210001${`${index + 1}`.padStart(8, '0')}`,
    }))
    const bytes = composed(profile, lines)
    expect(bytes.toString('latin1')).toMatch(/<zipFlag>1<\/zipFlag><zip>H4sI[^<]+<\/zip><\/in>/u)
    const read = readWhole(profile.requestReader(profile.sampleSettings), bytes, 1000)
    expect(read.refusals).toEqual([])
    expect(read.rows.map((row) => row.serial)).toEqual(lines.map((line) => line.serial))
  })
})

describe('treasury-8207', () => {
  const rows = [
    '1 paid PAID - full',
    '2 failed NAME_MISMATCH C none',
    '3 failed ACCOUNT_FROZEN H none',
    '4 paid PAID - full',
    '5 failed DECEASED T none',
  ]

  test('what was paid of a detail is its outcome, and its words the reason', () => {
    expect(told('treasury-8207', `five-people/${treasury}`)).toEqual(rows)
    expect([...told('treasury-8207', `rows-in-another-order/${treasury}`)].sort()).toEqual(rows)
    expect(told('treasury-8207', `failure-without-words/${treasury}`)[1]).toBe(
      '2 failed OTHER_SEE_TEXT H none',
    )
  })

  test('an answer to another voucher is refused', () => {
    const profile = shipped('treasury-8207')
    const header = { ...headerFor(profile, fixtureLines(5)), fileNumber: '202611210009' }
    const { refusals } = readWhole(
      profile.resultReader(header),
      fixture(`treasury-8207/five-people/${treasury}`),
    )
    expect(refusals.map((each) => [each.code, each.facts.what])).toEqual([['NOT_THIS_FILE', 'fileNumber']])
  })

  test('a simulated bank that pays a part of a detail states a part', () => {
    const profile = shipped('treasury-8207')
    const lines = fixtureLines(3).map((line, index) => ({
      ...line,
      bankCode: ['full', 'none', 'part'][index] ?? '',
      bankText: '',
    }))
    const totals = { rowCount: 3, rowTotalFen: 183457n, paidCount: 1, paidTotalFen: 50000n }
    const writer = profile.resultWriter(headerFor(profile, lines), totals, 'answer')
    const bytes = Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
    const read = readWhole(profile.resultReader(headerFor(profile, lines)), bytes)
    expect(read.rows.map((row) => `${row.outcome} ${row.reason.bankCode}`)).toEqual([
      'paid full',
      'failed none',
      'unknown part',
    ])
  })
})

/** Malformed files by the first reason for which they are refused. */
const reasons: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'icbc-payper': {
    LAYOUT: [
      'amount-in-yuan',
      'amount-missing',
      'open-tag-missing',
      'place-beyond-any',
      'place-is-zero',
      'result-missing',
      'result-twice',
      'status-after-the-rows',
      'status-missing',
    ],
    HEADER: ['another-bank-code', 'another-transaction', 'html-error-page'],
    XML: ['billion-laughs', 'deep-nesting', 'external-entity', 'processing-instruction', 'text-between-rows'],
    CHARSET: ['byte-order-mark-of-utf8', 'declared-as-utf8', 'utf8-instead-of-gbk'],
    TRUNCATED: ['cut-after-a-row', 'cut-in-mid-character'],
    EMPTY: ['empty'],
    TRAILING_BYTES: ['two-documents'],
  },
  'treasury-8207': {
    LAYOUT: [
      'amount-in-fen',
      'amount-with-thousands',
      'paid-amount-empty',
      'paid-amount-missing',
      'paid-amount-negative',
      'place-with-letters',
      'two-lists',
      'voucher-number-missing',
    ],
    HEADER: ['another-voucher', 'date-that-is-none', 'html-error-page', 'refund-notice-instead'],
    XML: ['document-type'],
    CHARSET: ['utf8-instead-of-gbk'],
    TRUNCATED: ['cut-after-a-row', 'cut-in-mid-character'],
    EMPTY: ['empty'],
    TOTAL: [
      'one-row-missing',
      'paid-in-part-and-counted',
      'paid-total-too-high',
      'row-doubled',
      'success-for-a-higher-amount',
      'total-off-by-one-fen',
    ],
  },
}

describe.each(requests)('%s, malformed', (id) => {
  const names = readdirSync(new URL(`../../fixtures/${id}/malformed/`, import.meta.url)).sort()
  const listed = Object.entries(reasons[id] ?? {}).flatMap(([code, stems]) =>
    stems.map((stem) => [`${stem}.xml`, code] as const),
  )

  test('every file is listed', () => {
    expect(listed.map(([name]) => name).sort()).toEqual(names)
  })

  test.each(listed)('%s is refused as %s', (name, code) => {
    const read = readWhole(shipped(id).resultReader(), fixture(`${id}/malformed/${name}`))
    expect(read.summary).toBeUndefined()
    expect(read.refusals[0]?.code).toBe(code)
  })
})
