/** Requests that are XML documents: written as the profile shows them, refused before a byte where they cannot be. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PaymentLine } from '../../../formats/bank-file.ts'
import { UnwritableLine } from '../../../formats/lines/line-check.ts'
import { money } from '../../../formats/values/money.ts'
import { composed, fixtureLines, headerFor, readWhole } from '../fixture-files.ts'
import { compiled, oddXml, refusals, textOf } from './xml-profiles.ts'

const profile = compiled(oddXml)
const [zhang, li] = fixtureLines(2)
if (!zhang || !li) throw new Error('the fixtures have no people')
const { payeeIdNumber: _none, remark: _no, ...bare } = li

describe('a request', () => {
  const text = textOf(profile, composed(profile, [zhang, bare]))

  test('is the document of the profile, with what is empty and optional left out', () => {
    expect(text.replaceAll('><', '>\n<').split('\n')).toEqual(
      `<?xml version="1.0" encoding="GB18030"?>
<d:Doc xmlns:d="urn:odd" xmlns="urn:odd" ver="2">
<Head cis="A1">
<No>202611210001</No>
<At>2026-11-21T00:00:00</At>
<Nb>00000002</Nb>
<Sum Ccy="CNY">1734.56</Sum>
<What>耕地地力保护补贴</What>
</Head>
<Body>
<Tx seq="1">
<Id>1121000100000001</Id>
<Cdtr>
<Nm>张三</Nm>
<Acct>6217999990000000017</Acct>
<Prvt>
<Doc kind="ID">110105188001010017</Doc>
</Prvt>
</Cdtr>
<Amt Ccy="CNY">500.00</Amt>
<Rmt use="耕地地力补贴">
</Rmt>
<Fixed>A&amp;B</Fixed>
</Tx>
<Tx seq="2">
<Id>1121000100000002</Id>
<Cdtr>
<Nm>李珅</Nm>
<Acct>6217999990000000025</Acct>
</Cdtr>
<Amt Ccy="CNY">1234.56</Amt>
<Fixed>A&amp;B</Fixed>
</Tx>
</Body>
<End>
<Nb>00000002</Nb>
</End>
</d:Doc>`.split('\n'),
    )
  })

  test.each([1, 7, 65_536])('comes back in chunks of %i bytes', (chunkBytes) => {
    const read = readWhole(profile.requestReader({ cis: 'A1' }), composed(profile, [zhang, bare]), chunkBytes)
    expect(read.refusals).toEqual([])
    expect(read.rows.map(({ serial: _serial, ...row }) => row)).toEqual(
      [zhang, bare].map(({ serial: _serial, ...line }) => line),
    )
    expect(read.rows[0]?.serial).toBe('1121000100000001')
    expect(read.summary).toMatchObject({ rowCount: 2, rowTotalFen: 173456n, fileNumber: '202611210001' })
  })

  test('another agreement is told by its setting', () => {
    const read = readWhole(profile.requestReader({ cis: 'B2' }), composed(profile, [zhang]))
    expect(refusals(read)).toEqual(['HEADER column=Doc/Head/@cis expected=setting'])
  })

  test('is deterministic, and stops when its header does not hold', () => {
    expect(composed(profile, [zhang, li])).toEqual(composed(profile, [zhang, li]))
    const writer = profile.writer({ ...headerFor(profile, [zhang]), count: 2 })
    writer.write([zhang])
    expect(() => writer.end()).toThrow(/its header says/)
  })

  test('checks a line before anything is planned', () => {
    const line = { payeeName: '张三', payeeAccount: '1', amountFen: money(1n) }
    expect(profile.check(line)).toEqual([])
    expect(profile.check({ ...line, payeeName: '' }).map((each) => each.code)).toEqual(['EMPTY'])
    expect(profile.check({ ...line, payeeName: '张'.repeat(31) }).map((each) => each.code)).toEqual([
      'TOO_LONG',
    ])
    expect(profile.check({ ...line, payeeName: '张\u0001' }).map((each) => each.code)).toEqual([
      'FORBIDDEN_CHARACTER',
    ])
    expect(profile.check({ ...line, amountFen: money(100_000_000n) }).map((each) => each.code)).toEqual([
      'TOO_LARGE',
    ])
  })

  test.each<[string, Partial<PaymentLine>, string]>([
    ['a control character', { payeeName: '张\u0000三' }, 'payeeName FORBIDDEN_CHARACTER'],
    ['half a surrogate pair', { payeeName: '张\ud840' }, 'payeeName CHARSET'],
    ['no character at all', { payeeName: '张\ufffe' }, 'payeeName FORBIDDEN_CHARACTER'],
    ['a name that is too long', { payeeName: '阿'.repeat(31) }, 'payeeName TOO_LONG'],
    ['no name', { payeeName: '' }, 'payeeName EMPTY'],
    ['an account with a mark', { payeeAccount: '62<1' }, 'payeeAccount FORBIDDEN_CHARACTER'],
    ['nothing to pay', { amountFen: money(0n) }, 'amountFen EMPTY'],
    ['a serial with letters', { serial: 'A'.repeat(16) }, 'serial FORBIDDEN_CHARACTER'],
  ])('%s stops the file before a byte of it', (_what, wrong, expected) => {
    const writer = profile.writer(headerFor(profile, [zhang, li]))
    expect(() => writer.write([zhang, { ...li, ...wrong }])).toThrow(UnwritableLine)
    expect(() => writer.write([zhang, { ...li, ...wrong }])).toThrow(expected)
  })

  test('a character that the charset lacks names its own line', () => {
    const gbk = compiled(oddXml.replace('charset: gb18030', 'charset: gbk').replaceAll('GB18030', 'GBK'))
    const writer = gbk.writer(headerFor(gbk, [zhang, li]))
    try {
      writer.write([zhang, { ...li, payeeName: '陈㛃' }])
      expect.fail('was written')
    } catch (error) {
      expect(error).toMatchObject({ seq: 2, problems: [{ field: 'payeeName', code: 'CHARSET' }] })
    }
  })

  test('names of every kind come back as they were', () => {
    const unit = fc.oneof(
      fc.constantFrom('&', '<', '>', '"', "'", ']', '&amp;', '·', '㛃', '𬭎', '䶮', '龴', 'é', '|', '{', '}'),
      fc.integer({ min: 0x4e00, max: 0x9fa5 }).map((code) => String.fromCodePoint(code)),
    )
    const person = fc.record({
      name: fc.string({ unit, minLength: 1, maxLength: 12 }),
      idNumber: fc.string({ unit: fc.constantFrom('1', 'X', '&', '<', '"'), maxLength: 18 }),
      amount: fc.bigInt({ min: 1n, max: 99_999_999n }),
    })
    fc.assert(
      fc.property(
        fc.array(person, { maxLength: 30 }),
        fc.integer({ min: 1, max: 300 }),
        (people, chunkBytes) => {
          const lines = people.map(
            ({ name, idNumber, amount }, index): PaymentLine => ({
              seq: index + 1,
              serial: `${index + 1}`.padStart(16, '0'),
              payeeName: name,
              payeeAccount: `62${index}`,
              ...(idNumber === '' ? {} : { payeeIdNumber: idNumber }),
              amountFen: money(amount),
            }),
          )
          const read = readWhole(profile.requestReader({ cis: 'A1' }), composed(profile, lines), chunkBytes)
          expect(read.refusals).toEqual([])
          expect(read.rows).toEqual(lines)
        },
      ),
      { numRuns: 150 },
    )
  })
})
