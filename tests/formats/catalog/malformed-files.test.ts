/** Answers that must be refused whole, each fixture named after what is wrong with it. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fixture, fixtureLines, headerFor, readWhole, shipped } from '../fixture-files.ts'

const expected: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'rural-fixed': {
    'amount-changed.RES': ['TOTAL', 'TOTAL'],
    'bad-bytes-in-a-name.RES': ['CHARSET'],
    'bytes-after-the-trailer.RES': ['TRAILING_BYTES'],
    'cut-in-mid-character.RES': ['TRUNCATED', 'TRAILER_MISSING', 'COUNT', 'TOTAL'],
    'empty.RES': ['EMPTY'],
    'endless-line.RES': ['LINE_TOO_LONG'],
    'final-newline-missing.RES': ['TRUNCATED', 'TRAILER_MISSING'],
    'header-of-another-date.RES': ['HEADER'],
    'html-error-page.RES': ['HEADER', 'TRAILER_MISSING'],
    'lf-instead-of-crlf.RES': ['LAYOUT', 'HEADER', ...Array<string>(8).fill('LAYOUT'), 'TRAILER_MISSING'],
    'line-after-the-trailer.RES': ['TRAILING_BYTES'],
    'name-one-byte-short.RES': ['LAYOUT'],
    'nul-padded.RES': ['TRAILING_BYTES'],
    'row-doubled.RES': ['COUNT', 'TOTAL', 'COUNT', 'TOTAL'],
    'row-missing.RES': ['COUNT', 'TOTAL', 'COUNT', 'TOTAL'],
    'total-off-by-one-fen.RES': ['TOTAL'],
    'trailer-missing.RES': ['TRAILER_MISSING'],
    'utf8-instead-of-gb18030.RES': ['LAYOUT', 'CHARSET', 'LAYOUT', 'CHARSET', 'LAYOUT', 'CHARSET', 'LAYOUT'],
  },
  'cmbc-batch': {
    'amount-in-yuan.txt': ['LAYOUT'],
    'amount-with-thousands.txt': ['LAYOUT'],
    'column-missing.txt': ['LAYOUT'],
    'end-line-missing.txt': ['SENTINEL_MISSING'],
    'end-line-too-short.txt': ['SENTINEL_MISSING', 'LAYOUT', 'COUNT'],
    'paid-count-too-high.txt': ['COUNT'],
    'paid-total-too-high.txt': ['TOTAL'],
    'refused-by-the-bank.txt': ['BANK_REFUSED'],
    'rows-after-the-end-line.txt': ['TRAILING_BYTES'],
    'serial-with-letters.txt': ['LAYOUT'],
  },
  'ccb-batch': {
    'amount-with-bare-point.txt': ['LAYOUT'],
    'amount-with-yuan-sign.txt': ['LAYOUT'],
    'failure-left-out.txt': ['COUNT', 'TOTAL'],
    'failure-named-twice.txt': ['LAYOUT'],
    'successes-do-not-tie-out.txt': ['COUNT'],
  },
}

describe.each(Object.entries(expected))('%s', (id, files) => {
  const profile = shipped(id)

  test('every malformed fixture is expected here', () => {
    const folder = new URL(`../../fixtures/${id}/malformed/`, import.meta.url)
    expect(readdirSync(folder).sort()).toEqual(Object.keys(files).sort())
  })

  test.each(Object.entries(files))('refuses %s and says why, whatever the chunks', (name, codes) => {
    const bytes = fixture(`${id}/malformed/${name}`)
    const whole = readWhole(profile.resultReader(), bytes)
    expect(whole.refusals.map((refusal) => refusal.code)).toEqual(codes)
    for (const chunkBytes of [1, 13, 1000]) {
      expect(readWhole(profile.resultReader(), bytes, chunkBytes).refusals).toEqual(whole.refusals)
    }
  })
})

test('no reason repeats a name, an account or an ID number', () => {
  const people = fixtureLines(7).flatMap((line) => [
    line.payeeName,
    line.payeeAccount,
    line.payeeIdNumber ?? '',
  ])
  for (const [id, files] of Object.entries(expected)) {
    for (const name of Object.keys(files)) {
      const { refusals } = readWhole(shipped(id).resultReader(), fixture(`${id}/malformed/${name}`))
      expect(people.filter((text) => JSON.stringify(refusals).includes(text))).toEqual([])
    }
  }
})

describe('an answer to another file', () => {
  const profile = shipped('rural-fixed')
  const bytes = fixture('rural-fixed/seven-people/DF_ORG001_20261121_001.RES')
  const header = headerFor(profile, fixtureLines(7))

  test('is refused with every difference', () => {
    const other = { ...header, businessDate: '20261122', sequence: 2, fileNumber: '202611220002' }
    const { refusals } = readWhole(profile.resultReader(other), bytes)
    expect(refusals.map((refusal) => refusal.facts.what)).toEqual(['businessDate', 'sequence', 'fileNumber'])
    expect(new Set(refusals.map((refusal) => refusal.code))).toEqual(new Set(['NOT_THIS_FILE']))
  })

  test('is told from the answer to this one', () => {
    expect(readWhole(profile.resultReader(header), bytes).refusals).toEqual([])
  })

  test('a list of failures must count the whole request', () => {
    const ccb = shipped('ccb-batch')
    const failures = fixture('ccb-batch/seven-people/CCB_CUST0001_20261121_001_FAIL.txt')
    const { refusals } = readWhole(ccb.resultReader(headerFor(ccb, fixtureLines(6))), failures)
    expect(refusals.map((refusal) => `${refusal.code} ${refusal.facts.what}`)).toEqual([
      'NOT_THIS_FILE count',
      'NOT_THIS_FILE total',
    ])
  })
})

test('a file of a thousand bad lines names the first hundred', () => {
  const bytes = Buffer.concat([Buffer.from('P|1|1|0|0\r\n'), Buffer.from('x\r\n'.repeat(1000))])
  expect(readWhole(shipped('cmbc-batch').resultReader(), bytes).refusals).toHaveLength(100)
})
