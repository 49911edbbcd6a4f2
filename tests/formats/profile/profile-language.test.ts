/** What the profile language can say beyond the shipped profiles, and what it refuses to a clerk by line. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { loadCatalog, parseProfile } from '../../../formats/profile/load-catalog.ts'
import { charset } from '../../../formats/values/charset.ts'
import { money } from '../../../formats/values/money.ts'
import { composed, fixtureLines, headerFor, readWhole } from '../fixture-files.ts'

const shippedText = (id: string): string =>
  readFileSync(new URL(`../../../formats/catalog/${id}.yaml`, import.meta.url), 'utf8')

const odd = `
id: odd-bank
version: 2
title: 样样不同的银行
source: made for this test
fidelity: invented
charset: utf8
newline: lf
finalNewline: false
layout: delimited
delimiter: '||'
limits: { maxRows: 10, maxAmountFen: 99999999, maxTotalFen: 500000000 }
settings: { org: A1 }
request:
  name: 'P{settings.org}_{date}_{sequence}.csv'
  columnNames: true
  row:
    - { item: serial, title: 序号 }
    - { item: account, bytes: 24, pad: '*', side: left }
    - { item: name, prefix: '"', suffix: '"' }
    - { item: amount, unit: yuan, allow: [thousands, yuan-sign, bare-point] }
    - { item: remark, maxBytes: 7, overflow: truncate }
    - { item: setting, setting: org }
  trailer:
    - { item: literal, value: END }
    - { item: businessDate, date: slashes }
    - { item: total, unit: yuan }
sideFiles:
  - { name: '{name}.md5', order: before, content: "{md5}  {name}\\n" }
  - { name: '{stem}.{sequence:NNNN}.ok', order: after, content: '{date} {count} {totalFen} {sizeBytes} {sha256} {settings.org}' }
result:
  style: full-list
  name: 'R-{date}-{sequence}.csv'
  lateName: 'L-{date}-{sequence}.csv'
  columnNames: true
  appended: [ { item: code } ]
  codes: { '': { reason: OTHER_SEE_TEXT, byText: true }, OK: PAID }
`

function parsed(text: string, fileName = 'odd-bank.yaml'): CompiledProfile {
  const result = parseProfile(text, fileName)
  if (result.kind === 'refused') throw new Error(JSON.stringify(result.problems))
  return result.profile
}

describe('a bank that does everything differently', () => {
  const profile = parsed(odd)
  const lines = fixtureLines(2)
  const header = headerFor(profile, lines)

  test('column names, prefixes, pads on the left, cut remarks and a trailer without newline', () => {
    expect(charset('utf8').decode(composed(profile, lines))).toBe(
      [
        '序号||收款账号||收款户名||金额||摘要||协议参数',
        '20261121000100000001||*****6217999990000000017||"张三"||500.00||耕地||A1',
        '20261121000100000002||*****6217999990000000025||"李珅"||1234.56||耕地||A1',
        'END||2026/11/21||1734.56',
      ].join('\n'),
    )
  })

  test('comes back, and a newline too much is refused', () => {
    const bytes = composed(profile, lines)
    expect(
      readWhole(profile.requestReader(header.settings), bytes, 5).rows.map((row) => row.payeeName),
    ).toEqual(['张三', '李珅'])
    const longer = readWhole(
      profile.requestReader(header.settings),
      Buffer.concat([bytes, Buffer.from('\n')]),
    )
    expect(longer.refusals.map((refusal) => refusal.code)).toContain('TRAILING_BYTES')
  })

  test('another agreement is told by its setting', () => {
    const { refusals } = readWhole(profile.requestReader({ org: 'B2' }), composed(profile, lines))
    expect(refusals.map((refusal) => refusal.facts.column)).toEqual(['协议参数', '协议参数'])
  })

  test.each([
    ['1,734.56', 173456n],
    ['1734.56元', 173456n],
    ['.56', 56n],
    ['17,34.56', undefined],
    ['01734.56', undefined],
    ['1734.5', undefined],
    ['-1.00', undefined],
    ['1e3', undefined],
  ])('the amount %s is %s fen where the column allows the style', (amount, fen) => {
    const rows = `序号||收款账号||收款户名||金额||摘要||协议参数||结果代码\n1||*****6217999990000000017||"张三"||${amount}||||A1||OK`
    const reader = profile.resultReader()
    const read = readWhole(reader, Buffer.from(`${rows}`))
    expect(read.rows[0]?.amountFen).toBe(fen)
    expect(read.summary === undefined).toBe(fen === undefined)
  })

  test('side files are named and filled from the data file', () => {
    const data = { name: 'PA1_20261121_1.csv', md5: 'aa', sha256: 'bb', sizeBytes: 12 }
    expect(
      profile.sideFiles(header, data).map((side) => [side.name, side.content.toString(), side.order]),
    ).toEqual([
      ['PA1_20261121_1.csv.md5', 'aa  PA1_20261121_1.csv\n', 'before'],
      ['PA1_20261121_1.0001.ok', '20261121 2 173456 12 bb A1', 'after'],
    ])
  })

  test('says its limits and its codes', () => {
    expect(profile.limits).toEqual({
      maxRows: 10,
      maxAmountFen: 99999999n,
      maxTotalFen: 500000000n,
      maxFilesPerDay: Number.POSITIVE_INFINITY,
    })
    expect(profile.codes).toContainEqual({ code: 'OK', reason: 'PAID', outcome: 'paid', byText: false })
    expect(profile.check({ payeeName: '张三', payeeAccount: '1', amountFen: money(100000000n) })).toEqual([
      { field: 'amountFen', code: 'TOO_LARGE', facts: { limitFen: '99999999' } },
    ])
  })
})

describe('old Mac line ends', () => {
  const profile = parsed(
    odd.replace('newline: lf', 'newline: cr').replace('finalNewline: false', 'finalNewline: true'),
  )

  test('are written and read', () => {
    const bytes = composed(profile, fixtureLines(2))
    expect(bytes.includes(0x0a)).toBe(false)
    expect(readWhole(profile.requestReader({ org: 'A1' }), bytes, 3).rows).toHaveLength(2)
  })
})

const problems = (text: string, fileName = 'odd-bank.yaml'): readonly string[] => {
  const result = parseProfile(text, fileName)
  return result.kind === 'ok'
    ? []
    : result.problems.map((each) => `${each.line} ${each.path}: ${each.messageEn}`)
}

describe('refuses to a clerk, by line', () => {
  test.each([
    [
      'a misspelt entry',
      odd.replace('finalNewline', 'finalNewLine'),
      '9 finalNewLine: unknown entry "finalNewLine"',
    ],
    ['a missing entry', odd.replace('charset: utf8\n', ''), '1 charset: must be one of: gb18030, gbk, utf8'],
    [
      'an unknown charset',
      odd.replace('charset: utf8', 'charset: big5'),
      '7 charset: must be one of: gb18030, gbk, utf8',
    ],
    [
      'a number that is none',
      odd.replace('maxRows: 10', 'maxRows: ten'),
      '12 limits.maxRows: must be a positive whole number',
    ],
    [
      'an unknown reason',
      odd.replace('OK: PAID', 'OK: PAYED'),
      '37 result.codes.OK: there is no reason PAYED',
    ],
    ['no code of success', odd.replace('OK: PAID', 'OK: DORMANT'), '37 result.codes: no code means PAID'],
    [
      'certainty that a reason lacks',
      odd.replace('OTHER_SEE_TEXT, byText: true', 'OUTCOME_UNKNOWN, outcome: paid'),
      '37 result.codes.: this reason cannot become paid',
    ],
    [
      'a name without its date',
      odd.replace("'R-{date}-{sequence}.csv'", "'R-{sequence}.csv'"),
      '33 result.name: lacks {date}',
    ],
    [
      'names that cannot be told apart',
      odd.replace("'L-{date}", "'R-{date}"),
      '33 result.name: cannot be told from another name template',
    ],
    [
      'an undeclared setting',
      odd.replace('setting: org', 'setting: unit'),
      '23 request.row.5: the setting is not declared in settings',
    ],
    [
      'an item of rows in a trailer',
      odd.replace('item: total,', 'item: amount,'),
      '27 request.trailer.2: this item belongs to rows',
    ],
    [
      'a name that may be cut',
      odd.replace(`prefix: '"'`, 'overflow: truncate'),
      '20 request.row.2: only a remark may be cut short',
    ],
    [
      'an amount that outgrows its column',
      odd.replace('unit: yuan, allow', 'maxBytes: 8, unit: yuan, allow'),
      '21 request.row.3: the greatest amount does not fit its column',
    ],
    [
      'a doubled key',
      odd.replace('version: 2', 'version: 2\nversion: 3'),
      '4 : not valid YAML: Map keys must be unique',
    ],
    ['no YAML', 'id: [', '1 : not valid YAML'],
    ['an empty file', '', '1 : is missing, or is not a group of entries'],
  ])('%s', (_what, text, expected) => {
    expect(
      problems(text).some((each) => each.startsWith(expected)),
      problems(text).join('\n'),
    ).toBe(true)
  })

  test('every problem speaks Chinese too', () => {
    const result = parseProfile('id: Bad Id\nversion: x', 'bad.yaml')
    expect(
      result.kind === 'refused' && result.problems.every((each) => /\p{Script=Han}/u.test(each.messageZh)),
    ).toBe(true)
  })

  test('a profile under another file name', () => {
    expect(problems(odd, 'other.yaml')).toEqual(['2 id: the file must be called odd-bank.yaml'])
  })

  test('a failures-only answer that does not state its successes', () => {
    const text = shippedText('ccb-batch').replace(/ {4}- \{ item: paidCount \}\n/u, '')
    expect(problems(text, 'ccb-batch.yaml').join()).toContain('lacks the column paidCount')
  })

  test('a fixed layout whose column has no width', () => {
    const text = shippedText('rural-fixed').replace('{ item: name, bytes: 60 }', '{ item: name }')
    expect(problems(text, 'rural-fixed.yaml').join()).toContain('every column of a fixed layout needs bytes')
  })
})

test('the shipped catalog holds', () => {
  expect([...loadCatalog().keys()]).toEqual(
    expect.arrayContaining(['ccb-batch', 'cmbc-batch', 'rural-fixed', 'spdb-ubp']),
  )
})

test('a folder with one bad profile is not loaded at all', () => {
  expect(() => loadCatalog(new URL('../../fixtures/profiles/one-bad', import.meta.url).pathname)).toThrow(
    /bad\.yaml:1 /,
  )
})
