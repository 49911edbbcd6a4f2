/** What the XML profiles owe to their banks' documents: what proves an answer, what tells it from others, what a bank writes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResultRow } from '../../../formats/bank-file.ts'
import { money } from '../../../formats/values/money.ts'
import { fixture, fixtureLines, headerFor, readNamed, readWhole, shipped } from '../fixture-files.ts'
import { answerBytes, answered, plainFile } from './composed-answers.ts'

const paid = (rows: readonly ResultRow[]): readonly ResultRow[] =>
  rows.filter((row) => row.outcome === 'paid')

const facts = (id: string, path: string, header = headerFor(shipped(id), fixtureLines(7))) =>
  readWhole(shipped(id).resultReader(header), fixture(`${id}/${path}`)).refusals.map(
    (refusal) => `${refusal.code} ${refusal.facts.what ?? ''}`,
  )

describe('gzelink-xml', () => {
  const profile = shipped('gzelink-xml')
  const header = headerFor(profile, fixtureLines(5))
  const file = 'GZRET_001053110000777_20261121_001.xml'

  test('the answer to a query is ours by QUERY_SN, a direct answer by REQ_SN', () => {
    const another = { ...header, fileNumber: '202611210777' }
    for (const caseName of ['five-people', 'answer-to-the-query']) {
      expect(facts('gzelink-xml', `${caseName}/${file}`, header)).toEqual([])
      expect(facts('gzelink-xml', `${caseName}/${file}`, another)).toEqual(['NOT_THIS_FILE fileNumber'])
    }
  })

  test('a row beyond the request is of another batch', () => {
    const four = headerFor(profile, fixtureLines(4))
    expect(facts('gzelink-xml', `five-people/${file}`, four)).toEqual(['LAYOUT '])
  })

  test("is signed outside: SIGNED_MSG and the password are empty, and the moment is the plan's", () => {
    const lines = fixtureLines(1)
    const writer = profile.writer({ ...headerFor(profile, lines), time: '093005' })
    const text = Buffer.concat([writer.begin(), writer.write(lines), writer.end()]).toString('latin1')
    expect(text).toContain('<SIGNED_MSG></SIGNED_MSG>')
    expect(text).toContain('<USER_PASS></USER_PASS>')
    expect(text).toContain('<SUBMIT_TIME>20261121093005</SUBMIT_TIME>')
  })

  test.each(['2000', '2001', '2003', '2005', '2007', '3028', '3999'])(
    '%s is not final, for a row',
    (code) => {
      const found = profile.codes.find((each) => each.code === code)
      expect(['open', 'unknown']).toContain(found?.outcome)
    },
  )

  test('a success for a higher amount keeps its amount, for the matcher to see', () => {
    const { rows } = readNamed(profile, `gzelink-xml/success-for-a-higher-amount/${file}`)
    expect(rows.map((row) => row.amountFen)).toEqual([5_000_000n])
  })
})

describe('citic-dlsal', () => {
  const profile = shipped('citic-dlsal')

  test('a simulated bank answers in pages of twenty rows', () => {
    const { lines, header } = plainFile(profile, 45)
    const success = profile.codes.filter((each) => each.code === 'AAAAAAA')
    const rows = answered(
      lines.flatMap(() => success),
      lines,
    )
    const bytes = answerBytes(profile, 'answer', header, rows)
    expect(bytes.toString('latin1').match(/<returnRecords>\d+/gu)).toEqual([
      '<returnRecords>20',
      '<returnRecords>20',
      '<returnRecords>5',
    ])
    const read = readWhole(profile.resultReader(header), bytes, 999)
    expect(read.refusals).toEqual([])
    expect(paid(read.rows)).toHaveLength(45)
  })

  test('a refusal that the contract names is unknown until the agreement lists it', () => {
    const path = 'citic-dlsal/five-people/DLSALDET_huida4301_20261121_001.xml'
    const outcome = (of: typeof profile) => readNamed(of, path).rows[1]?.outcome
    expect(outcome(profile)).toBe('unknown')
    expect(outcome(profile.withCodes({ ED02005: 'NAME_MISMATCH' }))).toBe('failed')
  })

  test('a file has 9,999 rows at most, and a name 42 bytes of GBK', () => {
    expect(profile.limits.maxRows).toBe(9999)
    const line = { payeeAccount: '6217999990000000033', amountFen: money(1n) }
    expect(profile.check({ ...line, payeeName: '王'.repeat(21) })).toEqual([])
    expect(profile.check({ ...line, payeeName: '王'.repeat(22) })).toMatchObject([{ code: 'TOO_LONG' }])
  })
})

describe('cnaps2-beps382', () => {
  const profile = shipped('cnaps2-beps382')
  const path = 'seven-people/BEPS383_402100000018_20261121_001.xml'
  const bytes = fixture(`cnaps2-beps382/${path}`)

  test('a header has 132 bytes, its line break among them', () => {
    const request = fixture('cnaps2-beps382/seven-people/BEPS382_402100000018_20261121_001.xml')
    for (const each of [request, bytes]) expect(each.indexOf('\r\n')).toBe(130)
    expect(request.subarray(132, 138).toString()).toBe('{S:}\r\n')
  })

  test('the receipt repeats the request, and is told from the receipt for another', () => {
    const header = headerFor(profile, fixtureLines(7))
    expect(facts('cnaps2-beps382', path)).toEqual([])
    const another = { ...header, sequence: 2, fileNumber: '202611210002' }
    expect(facts('cnaps2-beps382', path, another)).toEqual([
      'NOT_THIS_FILE sequence',
      'NOT_THIS_FILE fileNumber',
    ])
    const settings = { ...header.settings, sender: '403100000004' }
    expect(facts('cnaps2-beps382', path, { ...header, settings })).toEqual(['HEADER ', 'HEADER '])
  })

  test('one damaged byte is refused, or changes one row and pays nobody more', () => {
    const sound = readWhole(profile.resultReader(), bytes)
    const same = (one: ResultRow, other: ResultRow | undefined): boolean =>
      one.serial === other?.serial &&
      one.account === other.account &&
      one.amountFen === other.amountFen &&
      one.name === other.name &&
      one.outcome === other.outcome &&
      one.reason.bankText === other.reason.bankText
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const damaged = Buffer.from(bytes)
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
        const { rows, summary } = readWhole(profile.resultReader(), damaged)
        if (!summary || paid(rows).length === 0) return
        expect(rows.filter((row, index) => !same(row, sound.rows[index])).length).toBeLessThanOrEqual(1)
        expect(paid(rows).map((row) => row.amountFen)).toEqual([50_000n])
      }),
      { numRuns: 2000 },
    )
  })
})

describe.each(['iso20022-pain001', 'iso20022-pain001-03'])('%s', (id) => {
  const profile = shipped(id)
  const name = profile.resultName(headerFor(profile, []), 'answer')

  test('EndToEndId is our serial, whole', () => {
    const { rows } = readNamed(profile, `${id}/seven-people/${name}`)
    expect(rows.map((row) => row.serial)).toEqual(fixtureLines(7).map((line) => line.serial))
  })

  test('a report of a part is read beside its request, one of another request is not', () => {
    expect(facts(id, `refusals-alone/${name}`)).toEqual([])
    expect(facts(id, `refusals-alone/${name}`, headerFor(profile, fixtureLines(6)))).toEqual([
      'NOT_THIS_FILE count',
      'NOT_THIS_FILE total',
    ])
  })

  test('a report of the group alone settles nobody', () => {
    const read = readNamed(profile, `${id}/group-accepted-for-processing/${name}`)
    expect(read).toMatchObject({ rows: [], refusals: [], summary: { rowCount: 0 } })
  })

  test('only settlement pays: ACSC, and ACCC, which says that the payee has it', () => {
    const paying = profile.codes.filter((each) => each.outcome === 'paid').map((each) => each.code)
    expect([...paying].sort()).toEqual(['ACCC', 'ACSC'])
  })

  test('a row of another batch and a success for a higher amount keep what they say, for the matcher', () => {
    const rowOf = (caseName: string) => readNamed(profile, `${id}/${caseName}/${name}`).rows[0]
    expect(rowOf('row-of-another-batch')?.serial).toBe('20261120000900000001')
    expect(rowOf('success-for-a-higher-amount')?.amountFen).toBe(600_000n)
  })

  test('is not taken for a report of the other version', () => {
    const other = shipped(id.endsWith('03') ? 'iso20022-pain001' : 'iso20022-pain001-03')
    const { refusals } = readWhole(other.resultReader(), fixture(`${id}/seven-people/${name}`))
    expect(refusals.map((refusal) => refusal.code)).toEqual(['HEADER'])
  })
})
