/** The region of a line is looked at under the programme's policy: a warning unless it says otherwise. */
import { expect, test } from 'vitest'
import type { Programme } from '../../gateway/banks/agreement.ts'
import { programmeSchema } from '../../gateway/banks/agreement.ts'
import { checkIdentity } from '../../gateway/intake/line-identity.ts'

const levels: Programme['checks'] = {
  idNumberChecksum: 'warn',
  idNumberMissing: 'off',
  cardLuhn: 'warn',
  accountFormat: 'block',
  oneAccountSeveralPeople: 'warn',
  onePersonSeveralAccounts: 'warn',
  duplicatePayment: 'block',
}
const line = (region?: string) => ({
  instructionId: 'A-1',
  bank: 'cmbc',
  payeeName: '张三',
  payeeAccount: '6217999990000000017',
  amountFen: 1,
  ...(region !== undefined && { region }),
})
const found = (
  region: string | undefined,
  level?: 'off' | 'warn' | 'block',
  counties?: ReadonlySet<string>,
) =>
  checkIdentity(line(region), 1, level ? { ...levels, region: level } : levels, counties).map(
    (one) => `${one.level} ${one.field} ${one.code} ${one.facts['rule']}`,
  )

test('a region that does not exist is a warning that names the rule and not the code', () => {
  expect(found('990621')).toEqual(['warn region REGION_UNKNOWN PROVINCE'])
  expect(found('43062')).toEqual(['warn region REGION_UNKNOWN LENGTH'])
  expect(found('430621101203')).toEqual([])
  expect(found(undefined)).toEqual([])
})

test('a policy may let it pass or refuse the batch', () => {
  expect(found('990621', 'off')).toEqual([])
  expect(found('990621', 'block')).toEqual(['refuse region REGION_UNKNOWN PROVINCE'])
})

test("an operator's list decides on counties", () => {
  expect(found('430699', 'warn', new Set(['430621']))).toEqual(['warn region REGION_UNKNOWN COUNTY'])
  expect(found('430621', 'warn', new Set(['430621']))).toEqual([])
})

test('no policy may refuse a batch for a card that fails Luhn, since real cards do', () => {
  const policy = { code: '*', name: '补贴', checks: { ...levels, cardLuhn: 'block' } }
  expect(programmeSchema.safeParse(policy).error?.issues[0]?.message).toMatch(/never blocks/)
})
