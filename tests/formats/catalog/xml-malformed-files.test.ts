/** Documents of the XML profiles that must be refused whole, each fixture named after what is wrong with it. */
import { describe, expect, test } from 'vitest'
import { fixture, readWhole, shipped } from '../fixture-files.ts'
import { malformedNames } from './catalog-fixtures.ts'
import { anyDocument, xmlRefusals } from './xml-refusals.ts'

describe.each(Object.keys(xmlRefusals))('%s', (id) => {
  const profile = shipped(id)
  const expected = xmlRefusals[id] ?? {}

  test('suffers everything that can happen to a document', () => {
    expect(Object.keys(anyDocument).length).toBeGreaterThanOrEqual(15)
    expect(malformedNames(id)).toEqual(Object.keys(expected).sort())
  })

  test.each(malformedNames(id))('%s', (name) => {
    const { refusals } = readWhole(profile.resultReader(), fixture(`${id}/malformed/${name}`))
    expect([...new Set(refusals.map((refusal) => refusal.code))]).toEqual(expected[name])
  })
})

describe('an answer that refuses the whole file', () => {
  const refusedAs = (id: string, name: string) =>
    readWhole(shipped(id).resultReader(), fixture(`${id}/malformed/${name}`))

  test.each([
    ['gzelink-xml', 'refused-0001.xml', 'FILE_REFUSED', '处理失败'],
    ['gzelink-xml', 'refused-1001.xml', 'FILE_INCOMPLETE', '报文解析错'],
    ['gzelink-xml', 'refused-3058.xml', 'FILE_SIGNATURE', '验签失败'],
    ['gzelink-xml', 'refused-and-rows.xml', 'FILE_REFUSED', '处理失败'],
    ['cnaps2-beps382', 'refused-and-rows.xml', 'FILE_REFUSED', '报文核验失败'],
    ['iso20022-pain001', 'group-refused.xml', 'FILE_REFUSED', 'DU01 文件重复'],
    ['iso20022-pain001', 'payment-information-refused.xml', 'FILE_REFUSED', 'AM04 余额不足'],
    ['iso20022-pain001-03', 'group-refused-and-rows.xml', 'FILE_REFUSED', ''],
  ])('%s %s stands for %s, whatever its rows say', (id, name, reason, text) => {
    const { rows, refusals } = refusedAs(id, name)
    expect(rows).toEqual([])
    expect(refusals).toMatchObject([{ code: 'BANK_REFUSED', facts: { reason, text } }])
  })

  test('has its status twice: the one that refuses decides', () => {
    expect(refusedAs('iso20022-pain001', 'payment-information-refused.xml').refusals).toMatchObject([
      { facts: { code: 'RJCT' } },
    ])
  })
})

describe('pages of CITIC', () => {
  const facts = (name: string) =>
    readWhole(
      shipped('citic-dlsal').resultReader(),
      fixture(`citic-dlsal/malformed/${name}.xml`),
    ).refusals.map((refusal) => refusal.facts)

  test('that are missing or came twice are told by the number of all rows and by their lines', () => {
    expect(facts('page-missing')).toEqual([{ where: 'header', what: 'count', stated: '45', found: '25' }])
    expect(facts('page-doubled')).toHaveLength(21)
    expect(facts('page-doubled-in-place-of-another')[0]).toEqual({
      row: 21,
      column: 'stream/list/row/employeeNo',
      expected: 'once',
    })
  })

  test('say how many rows they have, twenty at most, and the same of the whole', () => {
    expect(facts('page-that-counts-one-row-more')).toEqual([
      { page: 1, what: 'pageCount', stated: '21', found: 20 },
    ])
    expect(facts('page-of-twenty-one-rows')).toEqual([{ page: 1, what: 'rows', found: 21, limit: 20 }])
    expect(facts('pages-of-two-totals')).toEqual([{ page: 2, what: 'count', stated: '46', expected: '45' }])
  })
})

describe('the header of CNAPS2', () => {
  test.each(['header-of-131-bytes', 'header-of-133-bytes', 'header-with-lf'])('%s: is no header', (name) => {
    const { refusals } = readWhole(
      shipped('cnaps2-beps382').resultReader(),
      fixture(`cnaps2-beps382/malformed/${name}.xml`),
    )
    expect(refusals[0]).toEqual({ code: 'HEADER', lineNo: 1, facts: { columns: 'another shape' } })
  })
})
