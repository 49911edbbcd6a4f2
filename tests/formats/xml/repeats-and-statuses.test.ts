/** Elements that may stand several times, several statuses of one file, answers that list some rows, pages without numbers. */
import { describe, expect, test } from 'vitest'
import { fixtureLines, headerFor, readWhole } from '../fixture-files.ts'
import {
  answered,
  answerOf,
  compiled,
  complaints,
  readAnswer,
  refusals,
  textOf,
  told,
} from './xml-profiles.ts'

const request = `
limits: { maxRows: 1000, maxAmountFen: 99999999 }
request:
  name: 'Q_{date}_{sequence}.xml'
  rows: a/r
  document: <a><at>{dateTime}</at><n>{count}</n><r><i>{serial}</i><c>{account}</c><m>{name}</m><v>{amount}</v></r></a>
  places: { dateTime: { date: dashes, clock: colons } }
`

/** Reports of a part of the rows, with two statuses of the whole, either of which may be absent. */
const reportXml = `
id: report-xml
version: 1
title: 分批报告的银行
source: made for this test
fidelity: invented
charset: utf8
layout: xml
${request}
result:
  style: full-list
  partial: true
  name: 'A_{date}_{sequence}.xml'
  rows: a/p/r
  document: |
    <a>
      <id>{any:B1}</id>
      <g><s>{fileCode?}</s><w>{fileText*}</w></g>
      <p>
        <s>{fileCode?}</s><n>{count?}</n><t>{total?}</t>
        <r><i>{serial}</i><v>{amount}</v><s>{code}</s><x><y><k>{reasonCode*}</k><l>{reasonCode*}</l></y><w>{text*}</w></x></r>
      </p>
    </a>
  codes: { S: PAID, F: { reason: OTHER_SEE_TEXT, byText: true } }
  reasonCodes: { AC04: ACCOUNT_CLOSED, BE01: NAME_MISMATCH, AB05: OUTCOME_UNKNOWN }
  fileCodes: { OK: final, '': final, RUN: in-progress, NO: { refused: FILE_REFUSED } }
`

const pagedXml = `
id: unnumbered-xml
version: 1
title: 页上没有页号的银行
source: made for this test
fidelity: invented
charset: utf8
layout: xml
${request}
result:
  style: paged
  pageRows: 2
  name: 'A_{date}_{sequence}.xml'
  rows: a/r
  document: <a><n>{count}</n><here>{pageCount}</here><r><i>{serial}</i><v>{amount}</v><s>{code}</s></r></a>
  codes: { S: PAID, F: ACCOUNT_CLOSED }
`

const report = compiled(reportXml)
const lines = answered(['S'], ['F', 'AC04'], ['F'])
const sound = textOf(report, answerOf(report, lines))
const [first = '', second = ''] = sound.match(/<r>.*?<\/r>/gu) ?? []

describe('what a bank writes several times', () => {
  const said = (row: string) => readAnswer(report, sound.replace(second, row)).rows[1]?.reason

  test('is one text, and what stands twice counts once', () => {
    const words = '<x><w>账户</w><w>已销户</w><w>已销户</w></x>'
    expect(said(second.replace(/<x>.*<\/x>/u, words))).toMatchObject({
      code: 'ACCOUNT_CLOSED',
      bankText: '账户 已销户',
    })
  })

  test('may be several reasons: a doubt among them decides, else the first', () => {
    const reasons = (...codes: readonly string[]) =>
      said(second.replace(/<x>.*<\/x>/u, codes.map((code) => `<x><y>${code}</y></x>`).join('')))
    expect(reasons('<k>BE01</k>', '<l>AC04</l>')).toMatchObject({
      code: 'NAME_MISMATCH',
      bankCode: 'F/BE01 AC04',
    })
    expect(reasons('<k>BE01</k>', '<k>AB05</k>')).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      bankCode: 'F/BE01 AB05',
    })
    expect(reasons('<k>AC04</k>', '<k>AC04</k>')).toMatchObject({
      code: 'ACCOUNT_CLOSED',
      bankCode: 'F/AC04',
    })
  })

  test('is refused where it may stand once', () => {
    expect(refusals(readAnswer(report, sound.replace('<s>F</s>', '<s>F</s><s>S</s>')))).toEqual([
      'LAYOUT row=2 column=a/p/r/s found=twice',
    ])
  })

  test('has an end: words without number are refused', () => {
    const words = `<x>${'<w>0123456789</w><w>9876543210</w>'.repeat(3500)}</x>`
    expect(refusals(readAnswer(report, sound.replace(/<x>.*?<\/x>/u, words)))).toEqual([
      'LAYOUT row=2 column=a/p/r/x/w found=too long',
    ])
  })

  test.each([
    ['{code}', '{code*}', 'may repeat'],
    ['{fileText*}', '{fileText*:x}', 'only {any:content}'],
  ])('cannot be %s', (from, to, sentence) => {
    expect(complaints(reportXml.replace(from, to)).join()).toContain(sentence)
  })
})

describe('two statuses of one file', () => {
  const statuses = (one: string, other: string, words = ''): string =>
    sound
      .replace('<g><s>OK</s></g>', `<g>${one === '' ? '' : `<s>${one}</s>`}${words}</g>`)
      .replace('<p><s>OK</s>', `<p>${other === '' ? '' : `<s>${other}</s>`}`)
  const outcomes = (text: string) => readAnswer(report, text).rows.map((row) => row.outcome)

  test.each([
    ['OK', 'OK', ['paid', 'failed', 'failed']],
    ['', '', ['paid', 'failed', 'failed']],
    ['OK', 'RUN', ['open', 'open', 'open']],
    ['RUN', 'OK', ['open', 'open', 'open']],
    ['RUN', 'ODD', ['unknown', 'unknown', 'unknown']],
    ['ODD', '', ['unknown', 'unknown', 'unknown']],
  ])('%s and %s: the lesser one counts', (one, other, expected) => {
    expect(outcomes(statuses(one, other))).toEqual(expected)
  })

  test('one that refuses the file ends it', () => {
    const read = readAnswer(report, statuses('OK', 'NO', '<w>DU01</w><w>重复</w>'))
    expect(read.rows).toEqual([])
    expect(refusals(read)).toEqual(['BANK_REFUSED reason=FILE_REFUSED code=NO text=DU01 重复'])
  })

  test('words that say that the file was only accepted leave its rows open', () => {
    expect(outcomes(statuses('OK', 'OK', '<w>已受理</w>'))).toEqual(['open', 'open', 'open'])
    expect(outcomes(statuses('OK', 'OK', '<w>处理完成</w>'))).toEqual(['paid', 'failed', 'failed'])
  })

  test('one that comes after the rows is too late', () => {
    const late = statuses('OK', '').replace('</p>', '<s>RUN</s></p>')
    expect(refusals(readAnswer(report, late))).toEqual([
      'LAYOUT column=a/p/s expected=fileCode before the rows',
    ])
  })

  test('without a meaning for none at all, a file without statuses decides nothing', () => {
    const strict = compiled(reportXml.replace(", '': final", ''))
    expect(readAnswer(strict, statuses('', '')).rows.map((row) => row.outcome)).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ])
  })
})

describe('an answer that lists some of the rows', () => {
  const header = headerFor(report, lines)
  const read = (text: string, known = header) => readWhole(report.resultReader(known), Buffer.from(text))

  test('says of those what became of them', () => {
    expect(told(read(sound.replace(first, '')))).toEqual([
      '02 failed ACCOUNT_CLOSED',
      '03 failed OTHER_SEE_TEXT',
    ])
    expect(read(sound.replace(first, '')).refusals).toEqual([])
    expect(read(sound.replace(/<n>\d+<\/n><t>\d+<\/t>/u, '')).refusals).toEqual([])
  })

  test('states the totals of the request, never less than its rows make', () => {
    expect(refusals(readAnswer(report, sound.replace('<n>3<', '<n>2<')))).toEqual([
      'COUNT where=header what=count stated=2 found=3',
    ])
    const less = header.totalFen - 1n
    expect(refusals(readAnswer(report, sound.replace(`<t>${header.totalFen}<`, `<t>${less}<`)))).toEqual([
      `TOTAL where=header what=total stated=${less} found=${header.totalFen}`,
    ])
  })

  test('is told from the answer to another request by them', () => {
    expect(refusals(read(sound.replace('<n>3<', '<n>4<')))).toEqual([
      'NOT_THIS_FILE where=header what=count stated=4 expected=3',
    ])
    const more = header.totalFen + 1n
    expect(refusals(read(sound.replace(`<t>${header.totalFen}<`, `<t>${more}<`)))).toEqual([
      `NOT_THIS_FILE where=header what=total stated=${more} expected=${header.totalFen}`,
    ])
  })

  test('cannot be a list of failures, nor come in pages', () => {
    expect(complaints(reportXml.replace('full-list', 'failures-only')).join()).toContain('cannot be partial')
    expect(complaints(pagedXml.replace('pageRows: 2', 'pageRows: 2\n  partial: true')).join()).toContain(
      'exclude each other',
    )
  })
})

describe('pages without numbers', () => {
  const profile = compiled(pagedXml)
  const five = answered(['S'], ['F'], ['S'], ['S'], ['F'])
  const text = textOf(profile, answerOf(profile, five))
  const pages = text.split('\n')

  test('say how many rows they have', () => {
    expect(pages.map((page) => page.match(/<n>5<\/n><here>\d<\/here>/u)?.[0])).toEqual([
      '<n>5</n><here>2</here>',
      '<n>5</n><here>2</here>',
      '<n>5</n><here>1</here>',
    ])
    expect(readAnswer(profile, text).refusals).toEqual([])
    expect(readAnswer(profile, [...pages].reverse().join('\n')).refusals).toEqual([])
    expect(refusals(readAnswer(profile, text.replace('<here>1<', '<here>2<')))).toEqual([
      'PAGE page=3 what=pageCount stated=2 found=1',
    ])
  })

  test('cannot come twice in place of each other', () => {
    expect(refusals(readAnswer(profile, [pages[0], pages[0], pages[2]].join('\n')))).toEqual([
      'LAYOUT row=3 column=a/r/i expected=once',
      'LAYOUT row=4 column=a/r/i expected=once',
    ])
  })

  test('need a number or a count, and only where there are pages', () => {
    expect(complaints(pagedXml.replace('<here>{pageCount}</here>', '')).join()).toContain('{pageCount}')
    expect(complaints(pagedXml.replace('style: paged', 'style: full-list')).join()).toContain(
      '{pageCount} is of paged answers',
    )
  })
})

describe('the moment of a request', () => {
  const header = { ...headerFor(report, fixtureLines(1)), time: '093005' }
  const writer = report.writer(header)
  const text = Buffer.concat([writer.begin(), writer.write(fixtureLines(1)), writer.end()]).toString()

  test('is one text of date and time', () => {
    expect(text).toContain('<at>2026-11-21T09:30:05</at>')
    const plain = compiled(reportXml.replace('{ date: dashes, clock: colons }', '{ date: plain }'))
    expect(plain.writer(header).begin().toString()).toContain('<at>20261121093005</at>')
  })

  test.each([
    '2026-11-21 09:30:05',
    '2026-02-30T09:30:05',
    '2026-11-21T24:00:00',
    '2026-11-21',
    '20261121093005',
  ])('%s is none', (moment) => {
    const { refusals: found } = readWhole(
      report.requestReader({}),
      Buffer.from(text.replace('2026-11-21T09:30:05', moment)),
    )
    expect(found.map((refusal) => refusal.code)).toEqual(['HEADER'])
  })
})
