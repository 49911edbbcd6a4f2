/**
 * The shapes that the banks' documents and public clients show, each with a fixture of ours of the same shape and
 * what its bytes have to look like.
 */
import { describe, expect, test } from 'vitest'
import { charset } from '../../../formats/values/charset.ts'
import { money } from '../../../formats/values/money.ts'
import { fixture, readNamed, shipped } from '../fixture-files.ts'

const text = (id: string, path: string): string =>
  charset(shipped(id).charset).decode(fixture(`${id}/${path}`))

describe('requests', () => {
  test.each([
    ['cmbc-batch', 'five-people/req_20261121_001.txt', /^P\|5\|607307\r\n00000001\|\d{19}\|张三\|50000\|/u],
    ['cmbc-batch', 'five-people/req_20261121_001.txt', /\r\n########\r\n$/u],
    ['spdb-ubp', 'five-people/UBD_COM001_9800_20261121_01.txt', /^F※COM001※1008※6073\.07※5※※5※※※N\n\d/u],
    [
      'cib-batch',
      'five-people/batch_20261121_001.txt',
      /^5\|6073\.07\n129030100100000000\|否\|\d{19}\|张三\|/u,
    ],
    ['ccb-batch', 'seven-people/CCB_CUST0001_20261121_001.txt', /^0000001\|\d{19}\|张三\|500\.00\|.*\|\r\n/u],
    [
      't1-marker',
      'five-people/REQ_ORG001_20261121_0001.txt',
      /^#\|NGP-SYSTEM-T1\|5\|607307\|0001\n\d{20}\|M001\|/u,
    ],
    [
      'icbc-offer',
      'five-people/BP_ORG001_20261121_001.txt',
      /^00201 00000001 0200 \d{19} {3}张三 {56} {2}1 {9}50000 001 {5}0001 - \r\n/u,
    ],
    ['icbc-offer', 'five-people/BP_ORG001_20261121_001.txt', /\r\n合计 {2}5 {8}607307 {7}\r\n$/u],
    [
      'rural-fixed',
      'seven-people/DF_ORG001_20261121_001.txt',
      /^H20261121202611210001 {4}00100000007000000000990391\r\nD00000001/u,
    ],
    [
      'unionpay-acp',
      'seven-people/DF00000000777290058110097202611210001I.txt',
      /^5\.0\.0\|990391\|7\|\|\norderId\|currencyCode\|/u,
    ],
    [
      'unionpay-acp',
      'seven-people/DF00000000777290058110097202611210001I.txt',
      /\|000401\|01\|110105188001010076\|\|耕地地力补贴$/u,
    ],
  ])('%s %s', (id, path, shape) => {
    expect(text(id, path)).toMatch(shape)
  })
})

describe('answers', () => {
  test('cib-batch: twelve columns without a header, a row that is still pending among them', () => {
    const path = 'five-people/batchtransfer20261121000000000001.txt'
    expect(text('cib-batch', path)).toMatch(/^1\|\d{19}\|500\.00\|张三\|某县\|某农商行\|否\|/u)
    const { rows } = readNamed(shipped('cib-batch'), `cib-batch/${path}`)
    expect(rows.map((row) => row.position)).toEqual([1, 2, 3, 4, 5])
    expect(rows[3]).toMatchObject({ outcome: 'open', reason: { bankCode: 'PENDING' } })
  })

  test('ums-ret: a summary of twelve columns, and rows that name no account', () => {
    const path = 'seven-people/final_division-20261121-001.ret'
    const [summary = '', row = ''] = text('ums-ret', path).split('\n')
    expect([summary.split('|').length, row.split('|').length]).toEqual([12, 12])
    const read = readNamed(shipped('ums-ret'), `ums-ret/${path}`)
    expect(read.rows.every((each) => each.account === undefined && each.name === undefined)).toBe(true)
    expect(read.summary).toMatchObject({ businessDate: '20261121', sequence: 1, paidCount: 1 })
  })

  test('icbc-offer: 回盘 is 报盘 with three bytes of every row written over', () => {
    const offer = fixture('icbc-offer/five-people/BP_ORG001_20261121_001.txt')
    const reply = fixture('icbc-offer/five-people/HP_ORG001_20261121_001.txt')
    expect(reply).toHaveLength(offer.length)
    const changed = [...reply.keys()].filter((at) => reply[at] !== offer[at])
    expect(changed).toEqual([0, 1, 2, 3, 4].flatMap((row) => [125, 126, 127].map((at) => row * 137 + at)))
  })

  test('rural-fixed: the request again, with a code of four bytes and a text of forty', () => {
    const row = fixture('rural-fixed/seven-people/DF_ORG001_20261121_001.RES').subarray(53, 53 + 222)
    expect(row.subarray(0, 9).toString()).toBe('D00000001')
    expect(row.subarray(176, 180).toString()).toBe('0000')
    expect(row.subarray(220).toString()).toBe('\r\n')
  })
})

describe('the limits that the banks publish', () => {
  test.each([
    ['cib-batch', 1000, 999],
    ['spdb-ubp', 1000, 99],
    ['icbc-offer', 9999, 999],
    ['unionpay-acp', 10_000, 9999],
    ['cmbc-batch', 50_000, 999],
    ['t1-marker', 50_000, 9999],
  ])('%s: %i rows a file, %i files a day', (id, maxRows, maxFilesPerDay) => {
    expect(shipped(id).limits).toMatchObject({ maxRows, maxFilesPerDay })
  })

  test('icbc-offer: an amount is below 100 million yuan, and a name has 60 bytes of GBK', () => {
    const { check } = shipped('icbc-offer')
    const line = { payeeName: '王'.repeat(30), payeeAccount: '6217999990000000033' }
    expect(check({ ...line, amountFen: money(9_999_999_999n) })).toEqual([])
    expect(check({ ...line, amountFen: money(10_000_000_000n) }).map((each) => each.code)).toEqual([
      'TOO_LARGE',
    ])
    expect(
      check({ ...line, payeeName: `${line.payeeName}a`, amountFen: money(1n) }).map((each) => each.code),
    ).toEqual(['TOO_LONG'])
  })

  test('cib-batch: < > and & are forbidden in every text', () => {
    const { check } = shipped('cib-batch')
    for (const payeeName of ['张<三', '张>三', '张&三'])
      expect(check({ payeeName, payeeAccount: '1', amountFen: money(1n) }).map((each) => each.code)).toEqual([
        'FORBIDDEN_CHARACTER',
      ])
  })

  test('unionpay-acp: certifTp 01 needs an ID number', () => {
    const line = { payeeName: '张三', payeeAccount: '6217999990000000017', amountFen: money(1n) }
    expect(shipped('unionpay-acp').check(line)).toMatchObject([{ field: 'payeeIdNumber', code: 'EMPTY' }])
  })
})
