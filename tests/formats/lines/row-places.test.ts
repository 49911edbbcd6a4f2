/** Answers that name rows by their place in the request. */
import { describe, expect, test } from 'vitest'
import type { FileHeader, ResultRow } from '../../../formats/bank-file.ts'
import { composed, fixtureLines, readWhole } from '../fixture-files.ts'
import { answered, bank, headerOf, problemsOf, told } from '../profile/made-up-bank.ts'

const request = `
  row: [{ item: account, maxBytes: 32 }, { item: name, maxBytes: 60 }, { item: amount }]`
const columns = '[{ item: line, bytes: 4, pad: " " }, { item: amount }, { item: code }]'
const profile = bank({
  request,
  result: `\n  style: full-list\n  lateName: TH_{date}_{sequence:NNN}.txt\n  row: ${columns}`,
})

const read = (text: string, header?: FileHeader) => readWhole(profile.resultReader(header), Buffer.from(text))
const places = (rows: readonly ResultRow[]) => rows.map(({ position, serial }) => [position, serial])

test('a place may come in any order, and its digits stay as the bank wrote them', () => {
  const { rows } = read('   3|10001|00\n0001|50000|00\n   2|123456|10\n', headerOf(profile, 3))
  expect(places(rows)).toEqual([
    [3, '3'],
    [1, '0001'],
    [2, '2'],
  ])
})

test.each(['   0', '   4', '  -1', '   x', '    ', ' 1.0'])('the place "%s" is refused', (place) => {
  expect(told(profile, `${place}|50000|00\n`, { request: headerOf(profile, 3) }).refusals).toEqual([
    'LAYOUT 行号',
  ])
})

test('without the request a place has at most nine digits', () => {
  const wide = bank({ request, result: '\n  style: full-list\n  row: [{ item: line }, { item: code }]' })
  expect(told(wide, '999999999|00\n').rows).toEqual(['999999999 paid PAID'])
  expect(told(wide, '1000000000|00\n').refusals).toEqual(['LAYOUT 行号'])
})

test('a simulated bank writes the place that it was given, else the running number', () => {
  expect(told(profile, answered(profile, ['00', '10'])).rows).toEqual([
    '1 paid PAID',
    '2 failed NAME_MISMATCH',
  ])
  const header = headerOf(profile, 2)
  const totals = { rowCount: 1, rowTotalFen: 123456n, paidCount: 0, paidTotalFen: 0n }
  const writer = profile.resultWriter(header, totals, 'late')
  const [, second] = fixtureLines(2)
  const lines = second ? [{ ...second, bankCode: '10', bankText: '', position: 2 }] : []
  expect(Buffer.concat([writer.begin(), writer.write(lines), writer.end()]).toString()).toBe(
    '   2|123456|10\n',
  )
})

test('a request without serials is read by the places of its rows', () => {
  const bytes = composed(profile, fixtureLines(3))
  const { rows } = readWhole(profile.requestReader({}), bytes, 7)
  expect(rows.map(({ seq, serial }) => [seq, serial])).toEqual([
    [1, '00000001'],
    [2, '00000002'],
    [3, '00000003'],
  ])
})

test('where a serial stands too it names the row, and the place need only be digits', () => {
  const both = bank({
    result: '\n  style: full-list\n  row: [{ item: line }, { item: serial, bytes: 8 }, { item: code }]',
  })
  const { rows, refusals } = readWhole(both.resultReader(headerOf(both, 2)), Buffer.from('77|00000002|00\n'))
  expect(refusals).toEqual([])
  expect(rows[0]).not.toHaveProperty('position')
  expect(rows[0]?.serial).toBe('00000002')
  expect(told(both, 'x|00000002|00\n').refusals).toEqual(['LAYOUT 行号'])
})

describe('a list of failures', () => {
  const failures = bank({
    request,
    result: `\n  style: failures-only
  header: [{ item: count }, { item: total }, { item: paidCount }, { item: paidTotal }]
  row: ${columns.replace('bytes: 4, pad: " "', 'maxBytes: 9')}`,
  })

  test('cannot name a place twice, however it is written', () => {
    const text = '3|183457|1|50000\n2|123456|10\n02|10001|10\n'
    expect(told(failures, text).refusals).toContain('LAYOUT line')
  })

  test('is whole when failures and successes make the request', () => {
    const text = '3|183457|1|50000\n3|10001|10\n2|123456|10\n'
    expect(told(failures, text, { request: headerOf(failures, 3) })).toEqual({
      rows: ['3 failed NAME_MISMATCH', '2 failed NAME_MISMATCH'],
      refusals: [],
    })
  })
})

test('a request must have the serial by which its answer names rows', () => {
  const result = '\n  style: full-list\n  row: [{ item: serial }, { item: code }]'
  expect(problemsOf({ request, result })).toEqual([
    expect.stringMatching(/^request\.row: lacks the column serial/),
  ])
})

test('an answer must name its rows', () => {
  const problems = problemsOf({ result: '\n  style: full-list\n  row: [{ item: account }, { item: code }]' })
  expect(problems).toEqual([expect.stringMatching(/^result\.row: lacks the column serial, or line/)])
})
