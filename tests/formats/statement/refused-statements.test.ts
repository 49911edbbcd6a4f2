/** Statements that prove nothing are refused whole, with every reason, and no reason repeats what is personal. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ownAccount,
  profileOf,
  readStatement,
  type StatementFixture,
  statementBytes,
  statementFixtures,
} from './statement-fixtures.ts'

const cib: StatementFixture = 'cib-530/week/CIB_STMT_43050166360800000777_20261124.txt'
const mt940: StatementFixture = 'mt940/pages/MT940_43050166360800000777_20261123.txt'
const camt: StatementFixture = 'camt053/version-08/CAMT053_43050166360800000777_20261123.xml'
const camt02: StatementFixture = 'camt053/version-02/CAMT053_43050166360800000777_20261123.xml'
const notice: StatementFixture = 'camt054/version-08/CAMT054_43050166360800000777_20261123_001.xml'
const voucher: StatementFixture = 'treasury-2203/two-payees/TK2203_20261124_001.xml'

const codesOf = (path: StatementFixture, bytes: Buffer, chunkBytes?: number): string[] =>
  readStatement(profileOf(path).reader(ownAccount), bytes, chunkBytes).refusals.map((each) => each.code)

/** Bytes of a fixture with one text in it replaced, byte for byte in latin1. */
function changed(path: StatementFixture, from: string, to: string): Buffer {
  const text = statementBytes(path).toString('latin1')
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
  return Buffer.from(text.replace(from, to), 'latin1')
}

const cases: readonly (readonly [string, StatementFixture, string, string, readonly string[]])[] = [
  ['an amount that the balance does not follow', cib, '1234.56011D0', '1234.57011D0', ['TOTAL']],
  ['another currency', cib, '011D0', '141D0', ['LAYOUT']],
  ['a line one byte short', cib, '20261120093015', '2026112009301', ['LAYOUT']],
  ['a day that no calendar has', cib, '20261123093015', '20261131093015', ['LAYOUT']],
  ['a closing balance off by a fen', mt940, ':62F:C261123CNY999995,', ':62F:C261123CNY999995,01', ['TOTAL']],
  ['an amount without its comma', mt940, 'D500,NTRF', 'D500NTRF', ['LAYOUT']],
  ['an amount of three decimals', mt940, 'D500,NTRF', 'D500,000NTRF', ['LAYOUT']],
  ['dollars', mt940, ':60F:C261119CNY', ':60F:C261119USD', ['LAYOUT']],
  ['a page left out', mt940, ':28C:231/2', ':28C:231/3', ['PAGE']],
  ['a page of another statement', mt940, ':28C:231/2', ':28C:230/2', ['PAGE']],
  [
    'an intermediate balance that does not follow',
    mt940,
    ':60M:C261120CNY998265,44',
    ':60M:C261120CNY998265,45',
    ['TOTAL'],
  ],
  ['a tag out of order', mt940, ':64:C261120CNY998260,44', ':61:2611201120D5,NCHGNONREF', ['LAYOUT']],
  ['an unknown tag', mt940, ':64:C261120', ':90:C261120', ['LAYOUT']],
  [
    'a block that never ends',
    mt940,
    '-}\r\n{1:F01BANKCNBJAXXX0000000000}{2:I940HUIDACNBXXXXN}{4:\r\n:20:ST20261123',
    '-x\r\n{1:F01BANKCNBJAXXX0000000000}{2:I940HUIDACNBXXXXN}{4:\r\n:20:ST20261123',
    ['LAYOUT'],
  ],
  [
    'a batch whose transactions do not make its amount',
    camt,
    '<Amt Ccy="CNY">500.00</Amt>',
    '<Amt Ccy="CNY">500.01</Amt>',
    ['TOTAL'],
  ],
  ['a batch that counts wrongly', camt, '<NbOfTxs>3<', '<NbOfTxs>4<', ['COUNT']],
  ['an entry that is not booked', camt, '<Cd>BOOK</Cd>', '<Cd>PDNG</Cd>', ['LAYOUT']],
  [
    'a currency of another country',
    camt,
    '<Amt Ccy="CNY">4.56</Amt>',
    '<Amt Ccy="USD">4.56</Amt>',
    ['LAYOUT'],
  ],
  ['a summary that counts wrongly', notice, '<NbOfNtries>3<', '<NbOfNtries>4<', ['COUNT']],
  ['no closing balance', camt, 'CLBD', 'XPCD', ['LAYOUT']],
  ['the namespace of another message', camt02, 'camt.053.001.02', 'camt.052.001.02', ['HEADER']],
  [
    'an amount that stands twice',
    camt,
    '<CdtDbtInd>DBIT</CdtDbtInd><Sts>',
    '<CdtDbtInd>DBIT</CdtDbtInd><CdtDbtInd>CRDT</CdtDbtInd><Sts>',
    ['LAYOUT'],
  ],
  [
    'a transaction against its entry',
    camt,
    '500.00</Amt><CdtDbtInd>DBIT',
    '500.00</Amt><CdtDbtInd>CRDT',
    ['LAYOUT'],
  ],
  ['a voucher of another kind', voucher, '>2252<', '>5201<', ['HEADER']],
  ['details that do not make the voucher', voucher, '>-600.01<', '>-600.02<', ['TOTAL']],
  ['a detail of nothing', voucher, '>-100.01<', '>0.00<', ['LAYOUT']],
]

describe('F56 F60: refused whole, in any chunks', () => {
  test.each(cases)('%s', (_what, path, from, to, codes) => {
    const bytes = changed(path, from, to)
    const found = codesOf(path, bytes)
    expect(found).toEqual(expect.arrayContaining([...codes]))
    for (const chunkBytes of [1, 7]) expect(codesOf(path, bytes, chunkBytes)).toEqual(found)
  })

  test.each(statementFixtures)('%s cut anywhere is not accepted as it was', (path) => {
    const bytes = statementBytes(path)
    const whole = readStatement(profileOf(path).reader(ownAccount), bytes)
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: bytes.length - 2 }),
        fc.constantFrom(1, 7, 65_536),
        (at, chunkBytes) => {
          const cut = readStatement(profileOf(path).reader(ownAccount), bytes.subarray(0, at), chunkBytes)
          if (cut.refusals.length > 0) return
          // Lines of CIB and whole statements of MT940 are shorter files; they say nothing that the bank did not.
          const ended = bytes.subarray(0, at).toString('latin1')
          const wholeParts = path.startsWith('cib-530')
            ? at % 530 === 0
            : path.startsWith('mt940') && /\n-\}?(\{5:.*\})?\r?\n?$/u.test(ended)
          if (!wholeParts) expect(cut.summary).toEqual(whole.summary)
          expect(cut.rows).toEqual(whole.rows.slice(0, cut.rows.length))
        },
      ),
      { numRuns: 150 },
    )
  })

  test('an empty file, other bytes, an endless line and a binary file are each told', () => {
    for (const path of statementFixtures) {
      expect(codesOf(path, Buffer.alloc(0))).toEqual(['EMPTY'])
      expect(codesOf(path, Buffer.alloc(3_000_000, 0x61)).length).toBeGreaterThan(0)
      expect(codesOf(path, Buffer.from([0xff, 0xfe, 0x00, 0x81, 0x0a])).length).toBeGreaterThan(0)
    }
    const bad = statementBytes(cib)
    bad[400] = 0xff
    expect(codesOf(cib, bad)).toContain('CHARSET')
  })

  test('DOCTYPE and entities never reach a reader of statements', () => {
    const doctype = (path: StatementFixture) =>
      Buffer.from(
        statementBytes(path)
          .toString('latin1')
          .replace('?>\n', '?>\n<!DOCTYPE Document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n'),
        'latin1',
      )
    for (const path of [camt, notice, voucher]) expect(codesOf(path, doctype(path))).toEqual(['XML'])
  })

  test('no more than a hundred reasons, and none repeats a name or an account', () => {
    const many = Buffer.concat(Array<Buffer>(500).fill(Buffer.from('x\n')))
    expect(codesOf(cib, many)).toHaveLength(100)
    for (const [, path, from, to] of cases) {
      const { refusals } = readStatement(profileOf(path).reader(ownAccount), changed(path, from, to))
      const said = JSON.stringify(refusals)
      for (const personal of ['6217999', '张三', '李珅', '王五', '4305016636'])
        expect(said).not.toContain(personal)
    }
  })
})

describe('what is tolerated', () => {
  test('MT940 with LF, without blocks, without a last newline', () => {
    const text = statementBytes(mt940)
      .toString('latin1')
      .replaceAll('\r\n', '\n')
      .replaceAll(/^\{1:.*\n/gmu, '')
      .replaceAll(/^-\}.*$/gmu, '-')
      .trimEnd()
    expect(readStatement(profileOf(mt940).reader(ownAccount), Buffer.from(text, 'latin1')).summary).toEqual(
      readStatement(profileOf(mt940).reader(ownAccount), statementBytes(mt940)).summary,
    )
  })

  test('several vouchers one after another', () => {
    const twice = Buffer.concat([statementBytes(voucher), changed(voucher, 'A0000018', 'A0000019')])
    const { rows, refusals } = readStatement(profileOf(voucher).reader(ownAccount), twice)
    expect(refusals).toEqual([])
    expect(rows).toHaveLength(4)
  })
})
