/** What second codes, a bank's own words and the amount that was paid make of a row. */
import { describe, expect, test } from 'vitest'
import type { ResultRow } from '../../../formats/bank-file.ts'
import { charset } from '../../../formats/values/charset.ts'
import { readWhole } from '../fixture-files.ts'
import { answered, bank, headerOf, told } from './made-up-bank.ts'

const appended = (columns: string, more = ''): string =>
  `\n  style: full-list\n  lateName: TH_{date}_{sequence:NNN}.txt\n  appended: [${columns}]${more}`

const gb = (text: string): Buffer => charset('gb18030').encode(text)

const row = (tail: string): string => `00000001|6217999990000000017|张三|50000|${tail}\n`

describe('a second code', () => {
  const profile = bank({
    result: appended(
      '{ item: code }, { item: reasonCode }, { item: text, maxBytes: 60 }',
      '\n  reasonCodes: { E1: DORMANT, E2: DUPLICATE, E3: RETURNED_LATE }',
    ),
    codes:
      '{ "00": PAID, "01": OTHER_SEE_TEXT, "02": { reason: OTHER_SEE_TEXT, byText: true }, "03": RETURNED_LATE, "20": { reason: OUTCOME_UNKNOWN, outcome: open } }',
  })
  const says = (tail: string, kind: 'answer' | 'late' = 'answer'): string => {
    const { rows } = readWhole(profile.resultReader(undefined, kind), gb(row(tail)))
    const [{ outcome, reason } = missing()] = rows
    return `${outcome} ${reason.code} ${reason.bankCode}`
  }

  test.each([
    ['names the reason of a row that failed', '01|E1|', 'failed DORMANT 01/E1'],
    ['before the text', '02|E1|已销户', 'failed DORMANT 02/E1'],
    ['leaves the reason to the text when nobody knows it', '02|E9|已销户', 'failed ACCOUNT_CLOSED 02/E9'],
    ['leaves the reason to the code when nobody knows it', '01|E9|已销户', 'failed OTHER_SEE_TEXT 01/E9'],
    ['may be absent', '01||', 'failed OTHER_SEE_TEXT 01'],
    ['takes certainty away where its own reason has none', '01|E2|', 'unknown DUPLICATE 01/E2'],
    ['can say that paid money came back', '01|E3|', 'returned RETURNED_LATE 01/E3'],
    ['names the reason of money that came back', '03|E1|', 'returned DORMANT 03/E1'],
    ['makes no failure of success', '00|E1|', 'paid PAID 00/E1'],
    ['makes no failure of an open row', '20|E1|', 'open OUTCOME_UNKNOWN 20/E1'],
    ['does not save a code that nobody knows', '99|E1|', 'unknown UNMAPPED 99/E1'],
  ])('%s', (_what, tail, expected) => {
    expect(says(tail)).toBe(expected)
  })

  test('of a row among later returns is the reason of the return', () => {
    expect(says('01|E1|', 'late')).toBe('returned DORMANT 01/E1')
  })
})

/** Stands for a row that is not there. */
const missing = (): ResultRow => {
  throw new Error('no row')
}

describe("a bank's own words", () => {
  const profile = bank({
    result: appended(
      '{ item: code }, { item: text, maxBytes: 60 }',
      `
  textRules:
    - { match: '^退款失败', reason: NAME_MISMATCH }
    - { match: 'ERR[0-9]{3}', reason: ACCOUNT_FORMAT }
    - { match: '人工核实', reason: OUTCOME_UNKNOWN }
    - { match: '原路退回', reason: RETURNED_LATE }`,
    ),
    codes: '{ "00": PAID, "01": OTHER_SEE_TEXT, "02": { reason: OTHER_SEE_TEXT, byText: true } }',
  })
  const says = (tail: string): readonly string[] => told(profile, gb(row(tail))).rows

  test.each([
    ['come before the common ones', '02|退款失败 户名不符', 'failed NAME_MISMATCH'],
    ['see full-width forms as half-width ones', '02|ＥＲＲ１２３', 'failed ACCOUNT_FORMAT'],
    ['leave the rest to the common ones', '02|账户已冻结', 'failed ACCOUNT_FROZEN'],
    ['may take certainty away from a failure', '02|人工核实中', 'unknown OUTCOME_UNKNOWN'],
    ['may take certainty away from a success', '00|人工核实中', 'unknown OUTCOME_UNKNOWN'],
    ['may say that money came back', '02|原路退回', 'returned RETURNED_LATE'],
    ['are not asked where the code says all', '01|ERR123', 'failed OTHER_SEE_TEXT'],
    ['make no failure of success', '00|ERR123', 'paid PAID'],
    ['do not save a code that nobody knows', '99|ERR123', 'unknown UNMAPPED'],
  ])('%s', (_what, tail, expected) => {
    expect(says(tail)).toEqual([`00000001 ${expected}`])
  })

  test('an expression that would run for ages elsewhere is read at once', () => {
    const careless = bank({
      result: appended(
        '{ item: code }, { item: text, maxBytes: 60 }',
        "\n  textRules: [{ match: '(a+)+$', reason: DORMANT }]",
      ),
      codes: '{ "00": PAID, "02": { reason: OTHER_SEE_TEXT, byText: true } }',
    })
    const long = told(careless, gb(row(`02|${'a'.repeat(400)}b`)))
    expect(long.rows).toEqual(['00000001 failed OTHER_SEE_TEXT'])
  })
})

describe('the amount that was paid, without a code', () => {
  const profile = bank({
    result: appended('{ item: paidAmount }, { item: text, maxBytes: 60 }'),
    codes:
      '{ full: PAID, none: { reason: OTHER_SEE_TEXT, byText: true }, part: { reason: OUTCOME_UNKNOWN } }',
  })

  test.each([
    ['all of it is paid', '50000|', 'paid PAID'],
    ['all of it with words of doubt is not known', '50000|处理中', 'unknown OUTCOME_UNKNOWN'],
    ['nothing has failed, for what the text says', '0|账户已销户', 'failed ACCOUNT_CLOSED'],
    ['a part is not known', '49999|', 'unknown OUTCOME_UNKNOWN'],
    ['F61: a success for a higher amount is never paid', '50001|成功', 'unknown OUTCOME_UNKNOWN'],
  ])('%s', (_what, tail, expected) => {
    expect(told(profile, gb(row(tail))).rows).toEqual([`00000001 ${expected}`])
  })

  test.each(['', '-50000', '500.00', '5e4', '050000'])('the amount "%s" is refused', (amount) => {
    expect(told(profile, gb(row(`${amount}|`))).refusals).toEqual(['LAYOUT 实发金额'])
  })

  test('a simulated bank writes amounts that mean its codes', () => {
    expect(told(profile, answered(profile, ['full', 'none', 'part'])).rows).toEqual([
      '00000001 paid PAID',
      '00000002 failed OTHER_SEE_TEXT',
      '00000003 unknown OUTCOME_UNKNOWN',
    ])
  })
})

describe('the amount that was paid, beside a code', () => {
  const profile = bank({
    result: appended('{ item: code }, { item: paidAmount, required: false }'),
    codes: '{ "1": PAID, "0": OTHER_SEE_TEXT, "3": { reason: OUTCOME_UNKNOWN, outcome: open } }',
  })

  test.each([
    ['a success of all of it is paid', '1|50000', 'paid PAID'],
    ['F61: a success for a higher amount is never paid', '1|50001', 'unknown OUTCOME_UNKNOWN'],
    ['a success of a part is not known', '1|1', 'unknown OUTCOME_UNKNOWN'],
    ['a success that states nothing is not known', '1|', 'unknown OUTCOME_UNKNOWN'],
    ['a failure of nothing failed', '0|0', 'failed OTHER_SEE_TEXT'],
    ['a failure that states nothing failed', '0|', 'failed OTHER_SEE_TEXT'],
    ['a failure that paid something is not known', '0|50000', 'unknown OUTCOME_UNKNOWN'],
    ['an open row stays open', '3|50000', 'open OUTCOME_UNKNOWN'],
  ])('%s', (_what, tail, expected) => {
    expect(told(profile, gb(row(tail))).rows).toEqual([`00000001 ${expected}`])
  })

  test('a simulated bank pays what its codes say', () => {
    const rows = told(profile, answered(profile, ['1', '0', '3']), { request: headerOf(profile, 3) }).rows
    expect(rows.map((each) => each.split(' ')[1])).toEqual(['paid', 'failed', 'open'])
  })
})

describe('codes of an agreement', () => {
  const profile = bank()

  test('lie over those of the profile', () => {
    const ours = profile.withCodes({ '10': 'DORMANT', '11': 'CARD_LOST' })
    expect(told(ours, gb(`${row('10|')}${row('11|')}`)).rows).toEqual([
      '00000001 failed DORMANT',
      '00000001 failed CARD_LOST',
    ])
    expect(told(profile, gb(row('11|'))).rows).toEqual(['00000001 unknown UNMAPPED'])
  })

  test('must have canonical reasons', () => {
    expect(() => profile.withCodes({ '11': 'CARD_LOSST' })).toThrow(/no canonical reason: CARD_LOSST/)
    expect(() => profile.withCodes({ '11': 'UNMAPPED' })).toThrow(/no canonical reason/)
  })

  test('cannot make a success of a part of the amount', () => {
    const byAmount = bank({
      result: appended('{ item: paidAmount }'),
      codes: '{ full: PAID, none: OTHER_SEE_TEXT, part: OUTCOME_UNKNOWN }',
    })
    expect(() => byAmount.withCodes({ part: 'PAID' })).toThrow(/cannot mean PAID/)
  })
})
