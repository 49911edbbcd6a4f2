/** What a bank says of the whole file, and answers of the day that a final one replaces. */
import { describe, expect, test } from 'vitest'
import { readWhole } from '../fixture-files.ts'
import { answered, bank, headerOf, problemsOf, told } from '../profile/made-up-bank.ts'

const codes = '{ "00": PAID, "10": NAME_MISMATCH, "20": { reason: OUTCOME_UNKNOWN, outcome: open } }'
const columns = '[{ item: fileCode }, { item: fileText }, { item: count }, { item: total }]'
const fileCodes = '{ S: final, W: in-progress, X: { refused: FILE_TOTALS }, Y: { refused: FILE_SIGNATURE } }'

const result = (style: string, more = ''): string => `
  style: ${style}
  header: ${columns}
  fileCodes: ${fileCodes}
  appended: [{ item: code }, { item: text, maxBytes: 60 }]${more}`

const profile = bank({ result: result('full-list'), codes })
const rows = `00000001|1|A|50000|00|\n00000002|1|B|50000|10|\n`

describe('the status of a file', () => {
  test('that is finished leaves its rows as they are', () => {
    expect(told(profile, `S||2|100000\n${rows}`).rows).toEqual([
      '00000001 paid PAID',
      '00000002 failed NAME_MISMATCH',
    ])
  })

  test('that is not finished leaves every row open, with its reason', () => {
    expect(told(profile, `W||2|100000\n${rows}`).rows).toEqual([
      '00000001 open PAID',
      '00000002 open NAME_MISMATCH',
    ])
  })

  test('that nobody listed makes every row unknown, and keeps what the bank said', () => {
    const read = readWhole(profile.resultReader(), Buffer.from(`Z||2|100000\n${rows}`))
    expect(read.rows.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['unknown', { code: 'UNMAPPED', class: 'Q', bankCode: '00', bankText: '' }],
      ['unknown', { code: 'UNMAPPED', class: 'Q', bankCode: '10', bankText: '' }],
    ])
  })

  test.each(['Z', 'W'])('%s still has its totals checked', (status) => {
    expect(told(profile, `${status}||3|100000\n${rows}`).refusals).toEqual(['COUNT count'])
  })

  test('that refuses the file gives reason, code and text, and no row', () => {
    const read = readWhole(profile.resultReader(), Buffer.from(`X|totals differ|9|9\n${rows}`), 5)
    expect(read.rows).toEqual([])
    expect(read.refusals).toEqual([
      { code: 'BANK_REFUSED', lineNo: 1, facts: { reason: 'FILE_TOTALS', code: 'X', text: 'totals differ' } },
    ])
  })

  test('that refuses the file does so whatever else its header says', () => {
    expect(told(profile, 'X|no|none|none\n').refusals).toEqual(['BANK_REFUSED'])
  })

  test('a simulated bank writes answers that are finished', () => {
    const bytes = answered(profile, ['00', '10', '20'])
    expect(told(profile, bytes, { request: headerOf(profile, 3) }).refusals).toEqual([])
  })

  test('every refusal of a simulated bank is read as what it is', () => {
    const reasons = profile.refusalAnswers.map(({ reason, content }) => {
      const { refusals } = readWhole(profile.resultReader(headerOf(profile, 3)), content)
      return [reason, refusals.map((each) => each.facts.reason)]
    })
    expect(reasons).toEqual([
      ['FILE_TOTALS', ['FILE_TOTALS']],
      ['FILE_SIGNATURE', ['FILE_SIGNATURE']],
    ])
  })

  test('a list of failures that is not finished is refused, since it would leave open rows out', () => {
    const header =
      '[{ item: fileCode }, { item: count }, { item: total }, { item: paidCount }, { item: paidTotal }]'
    const failures = bank({ result: result('failures-only').replace(columns, header), codes })
    const body = (status: string): string => `${status}|2|100000|1|50000\n00000002|1|B|50000|10|\n`
    expect(told(failures, body('S')).refusals).toEqual([])
    expect(told(failures, body('W')).refusals).toEqual(['HEADER fileCode'])
    expect(told(failures, body('Z')).refusals).toEqual(['HEADER fileCode'])
  })
})

describe('answers of the day', () => {
  const daily = bank({
    result: `
  style: intermediate-final
  lateName: TH_{date}_{sequence:NNN}.txt
  intermediate: { name: "MID_{date}_{sequence:NNN}.txt", final: [failed] }
  header: [{ item: count }, { item: total }, { item: paidCount }, { item: paidTotal }]
  appended: [{ item: code }, { item: text, maxBytes: 60 }]`,
    codes,
  })

  test('are told by their names', () => {
    const header = headerOf(daily, 3)
    expect(daily.answerKinds).toEqual(['answer', 'intermediate', 'late'])
    for (const kind of daily.answerKinds)
      expect(daily.matchResultName(daily.resultName(header, kind))?.kind).toBe(kind)
  })

  test('leave open what may still change, with the reason that the bank gave', () => {
    const bytes = answered(daily, ['00', '10', '20', '99'])
    expect(told(daily, bytes, { kind: 'intermediate' }).rows).toEqual([
      '00000001 open PAID',
      '00000002 failed NAME_MISMATCH',
      '00000003 open OUTCOME_UNKNOWN',
      '00000004 open UNMAPPED',
    ])
    expect(told(daily, bytes).rows[0]).toBe('00000001 paid PAID')
  })

  test('state no successes of the request', () => {
    const read = readWhole(daily.resultReader(undefined, 'intermediate'), answered(daily, ['00', '10']))
    expect(read.summary).toEqual({ rowCount: 2, rowTotalFen: 173456n })
  })

  test('have their own totals checked', () => {
    const bytes = Buffer.from(answered(daily, ['00', '10']).toString('latin1').replace('2|', '3|'), 'latin1')
    expect(told(daily, bytes, { kind: 'intermediate' }).refusals).toEqual(['COUNT count'])
  })
})

describe('refuses of a profile', () => {
  test.each([
    [
      'a status without its meaning',
      { result: result('full-list').replace(`fileCodes: ${fileCodes}`, '') },
      'result.header: has fileCode, so result.fileCodes is needed',
    ],
    [
      'meanings without a status',
      { result: result('full-list').replace(`header: ${columns}`, '') },
      'result.fileCodes: needs the column fileCode',
    ],
    [
      'statuses that never end',
      { result: result('full-list').replace('S: final, ', '') },
      'result.fileCodes: no status means final',
    ],
    [
      'a refusal for a reason of rows',
      { result: result('full-list').replace('FILE_TOTALS', 'DORMANT') },
      'result.fileCodes.X: must be a reason of class F',
    ],
    [
      'a status behind the rows',
      { result: result('full-list', '\n  trailer: [{ item: fileCode }]') },
      'result.trailer.0: this item belongs to the header',
    ],
    [
      'answers of the day without a name',
      { result: result('intermediate-final') },
      'result.style: needs the name of answers of the day',
    ],
    [
      'answers of the day that list failures only',
      { result: result('failures-only', '\n  intermediate: { name: "MID_{date}_{sequence}.txt" }') },
      'result.style: a list of failures has no answers of the day',
    ],
  ])('%s', (_what, parts, expected) => {
    const problems = problemsOf({ codes, ...parts })
    expect(
      problems.some((each) => each.startsWith(expected)),
      problems.join('\n'),
    ).toBe(true)
  })
})
