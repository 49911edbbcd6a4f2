/** The shipped profiles against fixture bytes that another encoder wrote. */
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
  ['rural-fixed', 'seven-people', 'DF_ORG001_20261121_001.txt', 7],
  ['cmbc-batch', 'five-people', 'req_20261121_001.txt', 5],
  ['spdb-ubp', 'five-people', 'UBD_COM001_9800_20261121_01.txt', 5],
  ['ccb-batch', 'seven-people', 'CCB_CUST0001_20261121_001.txt', 7],
] as const

describe.each(requests)('%s', (id, folder, name, count) => {
  const profile = shipped(id)
  const lines = fixtureLines(count)

  test('takes every fixture line', () => {
    expect(lines.flatMap((line) => profile.check(line))).toEqual([])
  })

  test('writes the request byte for byte, under its name', () => {
    expect(profile.fileName(headerFor(profile, lines))).toBe(name)
    expect(composed(profile, lines).toString('hex')).toBe(fixture(`${id}/${folder}/${name}`).toString('hex'))
  })

  test('reads the request back, in chunks of any size', () => {
    for (const chunkBytes of [1, 7, 64, 100_000]) {
      const bytes = fixture(`${id}/${folder}/${name}`)
      const read = readWhole(profile.requestReader(profile.sampleSettings), bytes, chunkBytes)
      expect(read.refusals).toEqual([])
      expect(read.summary?.rowCount).toBe(count)
      expect(read.rows.map((row) => row.payeeName)).toEqual(lines.map((line) => line.payeeName))
      expect(read.rows.map((row) => row.seq)).toEqual(lines.map((line) => line.seq))
    }
  })

  test('knows its own names', () => {
    const header = headerFor(profile, lines)
    expect(profile.matchRequestName(name)).toEqual({ businessDate: '20261121', sequence: 1 })
    expect(profile.matchResultName(name)).toBeUndefined()
    for (const kind of profile.answerKinds) {
      const known = profile.matchResultName(profile.resultName(header, kind))
      expect(known).toEqual({ businessDate: '20261121', sequence: 1, kind })
    }
    expect(profile.matchResultName(`../${profile.resultName(header, 'answer')}`)).toBeUndefined()
  })
})

const outcomes = (id: string, path: string) =>
  readNamed(shipped(id), `${id}/${path}`).rows.map(
    (row) => `${row.serial.slice(-2)} ${row.outcome} ${row.reason.code} ${row.reason.class}`,
  )

test('rural-fixed: a full list says what became of every line', () => {
  expect(outcomes('rural-fixed', 'seven-people/DF_ORG001_20261121_001.RES')).toEqual([
    '01 paid PAID -',
    '02 failed NAME_MISMATCH C',
    '03 failed ACCOUNT_FROZEN H',
    '04 failed LIMIT_PERIOD R',
    '05 open OUTCOME_UNKNOWN Q',
    '06 unknown UNMAPPED Q',
    '07 failed DECEASED T',
  ])
})

test('rural-fixed: a file of later returns gives the inner reason', () => {
  const expected = ['01 returned ACCOUNT_CLOSED C', '03 returned NAME_MISMATCH C']
  expect(outcomes('rural-fixed', 'seven-people/TH_ORG001_20261121_001.RES')).toEqual(expected)
})

test('cmbc-batch: answers and later returns', () => {
  expect(outcomes('cmbc-batch', 'five-people/res_20261121_001.txt')).toEqual([
    '01 paid PAID -',
    '02 failed NAME_MISMATCH C',
    '03 failed ACCOUNT_FROZEN H',
    '04 failed LIMIT_PERIOD R',
    '05 open OUTCOME_UNKNOWN Q',
  ])
  const returns = readNamed(shipped('cmbc-batch'), 'cmbc-batch/five-people/ret_20261121_001.txt')
  expect(returns.rows.map((row) => row.outcome)).toEqual(['returned', 'returned'])
  expect(returns.summary).toEqual({ rowCount: 2, rowTotalFen: 60001n })
})

test('spdb-ubp: the flag is inverted, and its note names the reason', () => {
  expect(outcomes('spdb-ubp', 'five-people/UBR_COM001_9800_20261121_01.txt')).toEqual([
    '01 paid PAID -',
    '02 failed NAME_MISMATCH C',
    '03 failed ACCOUNT_FROZEN H',
    '04 open OUTCOME_UNKNOWN Q',
    '05 returned DECEASED T',
  ])
  expect(outcomes('spdb-ubp', 'five-people/UBT_COM001_9800_20261121_01.txt')).toEqual([
    '01 returned ACCOUNT_CLOSED C',
  ])
})

test('ccb-batch: a list of failures states the successes that make it whole', () => {
  const profile = shipped('ccb-batch')
  const read = readNamed(profile, 'ccb-batch/seven-people/CCB_CUST0001_20261121_001_FAIL.txt')
  expect(read.rows).toHaveLength(5)
  expect(read.rows.some((row) => row.outcome === 'paid')).toBe(false)
  expect(read.summary).toMatchObject({ rowCount: 5, paidCount: 2, paidTotalFen: 50100n })
  const late = readNamed(profile, 'ccb-batch/seven-people/CCB_CUST0001_20261121_001_RETURN.txt')
  expect(late.rows.map((row) => row.outcome)).toEqual(['returned'])
  expect(late.summary?.paidCount).toBeUndefined()
})

test('raw code and raw text stay as the bank wrote them', () => {
  const rows = readNamed(shipped('rural-fixed'), 'rural-fixed/seven-people/DF_ORG001_20261121_001.RES').rows
  expect(rows[5]?.reason).toEqual({ code: 'UNMAPPED', class: 'Q', bankCode: '9X9Z', bankText: '见柜面通知' })
})
