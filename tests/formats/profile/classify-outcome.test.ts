/** What bank codes and texts mean; the rule that matters most is what they do not mean. */
import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../../formats/bank-file.ts'
import { profileSchema } from '../../../formats/profile/profile-schema.ts'
import { outcomeClassifier } from '../../../formats/reasons/classify-outcome.ts'
import { canonicalReasons, reasonOfText } from '../../../formats/reasons/reason-taxonomy.ts'

const spec = profileSchema.parse({
  id: 'x',
  version: '1',
  title: 'x',
  source: 'x',
  fidelity: 'invented',
  charset: 'gbk',
  newline: 'lf',
  layout: 'delimited',
  delimiter: '|',
  limits: { maxRows: '1', maxAmountFen: '1' },
  request: { name: 'x', row: [{ item: 'serial' }] },
  result: {
    style: 'full-list',
    name: 'x',
    lateName: 'x',
    appended: [{ item: 'code' }],
    codes: {
      '0000': 'PAID',
      '1000': 'NAME_MISMATCH',
      '2000': { reason: 'OUTCOME_UNKNOWN', outcome: 'open' },
      '3000': { reason: 'OTHER_SEE_TEXT', byText: 'true' },
      '4000': 'RETURNED_LATE',
      '5000': 'DUPLICATE',
    },
  },
})
const read = (code: string, text: string, late = false): string => {
  const { outcome, reason } = outcomeClassifier(spec, late)(code, text)
  return `${outcome} ${reason.code} ${reason.class}`
}

test.each([
  ['0000', '成功', 'paid PAID -'],
  ['0000', '户名不符', 'paid PAID -'],
  ['0000', '已受理', 'unknown OUTCOME_UNKNOWN Q'],
  ['0000', '挂账', 'unknown NOT_CREDITED_YET Q'],
  ['1000', '成功', 'failed NAME_MISMATCH C'],
  ['2000', '', 'open OUTCOME_UNKNOWN Q'],
  ['5000', '流水号重复', 'unknown DUPLICATE C'],
  ['3000', '账户已冻结', 'failed ACCOUNT_FROZEN H'],
  ['3000', '帐号户名　不符', 'failed NAME_MISMATCH C'],
  ['3000', '收款人已故', 'failed DECEASED T'],
  ['3000', '请到柜面办理', 'failed OTHER_SEE_TEXT H'],
  ['3000', '退汇：账户已销户', 'returned ACCOUNT_CLOSED C'],
  ['3000', '退汇', 'returned RETURNED_LATE C'],
  ['4000', '账号户名不符', 'returned NAME_MISMATCH C'],
  ['4000', '', 'returned RETURNED_LATE C'],
])('%s with "%s" is %s', (code, text, expected) => {
  expect(read(code, text)).toBe(expected)
})

describe('is neither paid nor failed', () => {
  test.each([
    ['a code that the map lacks', '9999', ''],
    ['such a code with a text of success', '9999', '交易成功'],
    ['such a code with a text of failure', '9999', '户名不符'],
    ['no code at all', '', '成功'],
    ['a code with a space', '0000 ', '成功'],
    ['a failure whose text says success', '3000', '交易成功'],
    ['a failure whose text is in doubt', '3000', '处理超时'],
  ])('%s', (_what, code, text) => {
    expect(read(code, text)).toMatch(/^unknown /)
    expect(read(code, text, true)).toMatch(/^unknown /)
  })
})

test('in a file of later returns only failing rows are returns', () => {
  expect(read('1000', '', true)).toBe('returned NAME_MISMATCH C')
  expect(read('0000', '', true)).toBe('paid PAID -')
  expect(read('2000', '', true)).toBe('open OUTCOME_UNKNOWN Q')
})

test('a remembered answer is still the right one', () => {
  const classify = outcomeClassifier(spec, false)
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 5000; index++) {
      expect(classify('3000', `冻结${index}`).reason).toEqual({
        code: 'ACCOUNT_FROZEN',
        class: 'H',
        bankCode: '3000',
        bankText: `冻结${index}`,
      })
    }
  }
})

const any = (): boolean => true

test.each([
  ['超时拒付', 'BANK_BUSY'],
  ['交易超时', 'OUTCOME_UNKNOWN'],
  ['长期不动户', 'DORMANT'],
  ['超单笔限额', 'LIMIT_PERIOD'],
  ['II类户限额', 'LIMIT_PERIOD'],
  ['卡已挂失', 'CARD_LOST'],
  ['账户止付', 'STOP_PAYMENT'],
  ['查无此户', 'ACCOUNT_NOT_FOUND'],
  ['协议不存在', 'NOT_CONTRACTED'],
  ['身份证号错误', 'ID_MISMATCH'],
  ['已收妥未入账', 'NOT_CREDITED_YET'],
  ['代发户余额不足', 'PAYER_FUNDS'],
  ['成功', undefined],
  ['', undefined],
])('the text "%s" names %s', (text, reason) => {
  expect(reasonOfText(text, any)).toBe(reason)
})

test('no text rule can make a payment paid, and only PAID is paid', () => {
  const paid = Object.entries(canonicalReasons).filter(
    ([, reason]) => reason.outcome === ('paid' satisfies Outcome),
  )
  expect(paid.map(([code]) => code)).toEqual(['PAID'])
  expect(reasonOfText('成功交易成功入账成功', any)).toBeUndefined()
})
