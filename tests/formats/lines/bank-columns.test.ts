/** Columns of the bank's own, times, signatures, pages, failures that are counted, shapes of texts, marks of byte order. */
import { describe, expect, test } from 'vitest'
import type { PaymentLine } from '../../../formats/bank-file.ts'
import { money } from '../../../formats/values/money.ts'
import { composed, fixtureLines, headerFor, readWhole } from '../fixture-files.ts'
import { answered, bank, problemsOf, told } from '../profile/made-up-bank.ts'

const row = '[{ item: serial, bytes: 8 }, { item: account }, { item: name, maxBytes: 60 }, { item: amount }'

describe('what is neither ours nor needed', () => {
  const profile = bank({
    request: `
  header: [{ item: time, clock: colons }, { item: signature }, { item: count }]
  row: ${row}, { item: any, value: M001, title: 商户 }, { item: any, title: 备用 }, { item: time }, { item: businessDate, date: dashes }]`,
    result: `
  style: full-list
  header: [{ item: time }, { item: signature }, { item: pageNumber }, { item: count }]
  row: [{ item: serial, bytes: 8 }, { item: any, pattern: '[A-Z][0-9]{3}|' }, { item: code }]`,
  })
  const lines = fixtureLines(1)

  test('is written as the profile says, and empty where it says nothing', () => {
    expect(composed(profile, lines).toString('latin1')).toMatch(
      /^00:00:00\|\|1\n00000001\|\d+\|.*\|50000\|M001\|\|000000\|2026-11-21\n$/u,
    )
    const header = { ...headerFor(profile, lines), time: '093005' }
    expect(profile.writer(header).begin().toString()).toBe('09:30:05||1\n')
  })

  test('is read whatever it is, unless it has a shape', () => {
    expect(told(profile, '235959|whatever|1|1\n00000001|Z999|00\n').refusals).toEqual([])
    expect(told(profile, '235959|whatever|1|1\n00000001||00\n').refusals).toEqual([])
    expect(told(profile, '235959|whatever|1|1\n00000001|z999|00\n').refusals).toEqual(['LAYOUT 银行自用'])
  })

  test('a time that is none is refused', () => {
    expect(told(profile, '240000||1|1\n00000001||00\n').refusals).toEqual(['HEADER'])
  })

  test('one file is one page', () => {
    expect(told(profile, '235959||2|1\n00000001||00\n').refusals).toEqual(['PAGE'])
  })

  test('a request with another date or time of another shape is refused', () => {
    const bytes = Buffer.from(
      composed(profile, lines).toString('latin1').replace('2026-11-21', '20261121'),
      'latin1',
    )
    expect(readWhole(profile.requestReader({}), bytes).refusals.map((each) => each.facts.column)).toEqual([
      '日期',
    ])
  })
})

describe('failures that are counted', () => {
  const profile = bank({
    result: `
  style: full-list
  lateName: TH_{date}_{sequence:NNN}.txt
  header: [{ item: count }, { item: failedCount }, { item: failedTotal, unit: yuan }]
  row: [{ item: serial, bytes: 8 }, { item: amount }, { item: code }]`,
  })

  test('are the rows that failed, not those that are open', () => {
    const bytes = answered(profile, ['00', '10', '20'])
    expect(bytes.toString().split('\n', 1)).toEqual(['3|1|1234.56'])
    expect(told(profile, bytes).refusals).toEqual([])
  })

  test.each([
    ['3|2|1234.56', ['COUNT failedCount']],
    ['3|1|1234.57', ['TOTAL failedTotal']],
  ])('%s is refused', (header, expected) => {
    const text = answered(profile, ['00', '10', '20']).toString().replace(/^.*/u, header)
    expect(told(profile, text).refusals).toEqual(expected)
  })

  test('are the returns in a file of later returns', () => {
    expect(told(profile, '1|1|500.00\n00000001|50000|10\n', { kind: 'late' })).toEqual({
      rows: ['00000001 returned NAME_MISMATCH'],
      refusals: [],
    })
  })
})

describe('the shape of a text', () => {
  const profile = bank({
    top: "settings: { bankNo: '402100000018' }",
    request: `\n  row: ${row.replace('account', "account, pattern: '62[0-9]{14,17}'")}, { item: remark, pattern: '[^0-9]*' }, { item: setting, setting: bankNo, pattern: '[0-9]{12}' }]`,
  })
  const line = (over: Partial<PaymentLine>): PaymentLine => ({
    seq: 1,
    serial: '20261121000100000001',
    payeeName: '张三',
    payeeAccount: '6217999990000000017',
    amountFen: money(1n),
    ...over,
  })

  test('is checked before anything is planned', () => {
    expect(profile.check(line({ remark: '补贴' }))).toEqual([])
    expect(profile.check(line({ payeeAccount: '9017999990000000017', remark: '2026' }))).toEqual([
      {
        field: 'payeeAccount',
        code: 'FORBIDDEN_CHARACTER',
        facts: { column: '收款账号', pattern: '62[0-9]{14,17}' },
      },
      { field: 'remark', code: 'FORBIDDEN_CHARACTER', facts: { column: '摘要', pattern: '[^0-9]*' } },
    ])
  })

  test('stops a line that nobody checked', () => {
    const bad = line({ payeeAccount: '9017999990000000017' })
    expect(() => profile.writer(headerFor(profile, [bad])).write([bad])).toThrow(
      /payeeAccount FORBIDDEN_CHARACTER/,
    )
  })

  test('is checked when an answer is read', () => {
    const text = '00000001|9017999990000000017|A|1||402100000018|00|\n'
    expect(told(profile, text).refusals).toEqual(['LAYOUT 收款账号'])
    expect(told(profile, text.replace('|90', '|62').replace('018|', '01X|')).refusals).toEqual([
      'LAYOUT 协议参数',
    ])
  })

  test('of a setting must be that of the agreement', () => {
    const header = { ...headerFor(profile, [line({})]), settings: { bankNo: 'ICBC' } }
    expect(() => profile.writer(header)).toThrow(/bankNo/)
  })
})

test('characters that the bank forbids hold the line and stop the writer', () => {
  const profile = bank({ top: "forbidden: '<>&]^-'" })
  const [line] = fixtureLines(1)
  for (const character of '<>&]^-') {
    const bad = { ...(line ?? fail()), payeeName: `张${character}三` }
    expect(profile.check(bad)).toEqual([
      {
        field: 'payeeName',
        code: 'FORBIDDEN_CHARACTER',
        facts: { codePoint: `U+00${character.charCodeAt(0).toString(16).toUpperCase()}`, position: 2 },
      },
    ])
    expect(() => profile.writer(headerFor(profile, [bad])).write([bad])).toThrow(/payeeName FORBIDDEN/)
  }
  expect(profile.check({ ...(line ?? fail()), payeeAccount: '6217-1' })).toHaveLength(1)
})

const fail = (): PaymentLine => {
  throw new Error('no line')
}

describe('a mark of byte order', () => {
  const parts = { top: 'byteOrderMark: true' }
  const profile = bank({ ...parts, charset: 'utf8' })

  test('stands before the first line that we write', () => {
    const bytes = composed(profile, fixtureLines(1))
    expect(bytes.subarray(0, 4).toString('hex')).toBe('efbbbf30')
    expect(readWhole(profile.requestReader({}), bytes, 1).refusals).toEqual([])
  })

  test('may stand before an answer or not', () => {
    const text = '00000001|1|A|1|00|\n'
    expect(told(profile, text).rows).toEqual(['00000001 paid PAID'])
    expect(told(profile, `\ufeff${text}`, { chunkBytes: 2 }).rows).toEqual(['00000001 paid PAID'])
    expect(told(profile, `\ufeff\ufeff${text}`).refusals).toEqual(['LAYOUT 流水号'])
    expect(told(bank(), `\ufeff${text}`).refusals).not.toEqual([])
  })
})

test.each([
  [
    'a mark that the charset lacks',
    { top: 'byteOrderMark: true', charset: 'gbk' },
    'byteOrderMark: gbk has no byte order mark',
  ],
  [
    'a pattern that is none',
    { request: `\n  row: ${row}, { item: remark, pattern: '(' }]` },
    'request.row.4.pattern: is not a pattern of RE2',
  ],
  [
    'a pattern that RE2 does not know',
    { request: `\n  row: ${row}, { item: remark, pattern: '(a)\\1' }]` },
    'request.row.4.pattern: is not a pattern of RE2',
  ],
  [
    'a value that its own shape refuses',
    { request: `\n  row: ${row}, { item: any, value: x, pattern: '[0-9]' }]` },
    'request.row.4: the value does not match',
  ],
  [
    'a value of what is no constant',
    { request: `\n  row: ${row}, { item: remark, value: x }]` },
    'request.row.4: a value belongs to literal or any',
  ],
  [
    'a sample that its shape refuses',
    {
      top: 'settings: { a: x }',
      request: `\n  row: ${row}, { item: setting, setting: a, pattern: '[0-9]' }]`,
    },
    'request.row.4: the sample in settings',
  ],
  [
    'a delimiter inside a literal',
    { request: `\n  row: ${row}, { item: literal, value: 'a|b' }]` },
    'request.row.4: has the delimiter in its own text',
  ],
  [
    'a page number behind the rows',
    { result: '\n  style: full-list\n  appended: [{ item: code }]\n  trailer: [{ item: pageNumber }]' },
    'result.trailer.0: this item belongs to the header',
  ],
  [
    'a number of failures in a request',
    { request: `\n  header: [{ item: failedCount }]\n  row: ${row}]` },
    'request: a request cannot have failedCount',
  ],
  [
    'a second code without its table',
    { result: '\n  style: full-list\n  appended: [{ item: code }, { item: reasonCode }]' },
    'result.row: has reasonCode, so result.reasonCodes is needed',
  ],
  [
    'an amount paid beside no amount',
    { result: '\n  style: full-list\n  row: [{ item: serial }, { item: paidAmount }]' },
    'result.row: lacks the column amount',
  ],
  [
    'a paid amount with codes of its own',
    { result: '\n  style: full-list\n  appended: [{ item: paidAmount }]' },
    'result.codes: without a code column there are three codes',
  ],
  [
    'a success of a part',
    {
      result: '\n  style: full-list\n  appended: [{ item: paidAmount }]',
      codes: '{ full: PAID, none: OTHER_SEE_TEXT, part: PAID }',
    },
    'result.codes: none and part cannot mean PAID',
  ],
  [
    'pages of lines',
    { result: '\n  style: paged\n  appended: [{ item: code }]' },
    'result.style: pages are of XML documents',
  ],
  [
    'a second code of success',
    { result: '\n  style: full-list\n  appended: [{ item: code }]\n  reasonCodes: { E: PAID }' },
    'result.reasonCodes.E: PAID is said by the result code alone',
  ],
  [
    'words of success',
    {
      result:
        '\n  style: full-list\n  appended: [{ item: code }]\n  textRules: [{ match: 成功, reason: PAID }]',
    },
    'result.textRules.0.reason: PAID is said by the result code alone',
  ],
  [
    'a side file called as the answer',
    {
      result:
        "\n  style: full-list\n  appended: [{ item: code }]\n  sideFiles: [{ name: '{name}', proves: md5 }]",
    },
    'result.sideFiles.0.name: must be made of the name of the answer',
  ],
  [
    'a table of another name',
    { result: '\n  style: full-list\n  appended: [{ item: code }]\n  codeTables: [gzlink]' },
    'result.codeTables.0: there is no code table gzlink; there are: ',
  ],
])('refuses %s', (_what, parts, expected) => {
  const problems = problemsOf(parts)
  expect(
    problems.some((each) => each.startsWith(expected)),
    problems.join('\n'),
  ).toBe(true)
})
