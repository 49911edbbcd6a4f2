/** What the simulated bank does with a line: repeatable, and in the wanted shares. */
import { describe, expect, it } from 'vitest'
import { money } from '../../../formats/values/money.ts'
import { decidePayment } from '../../../ops/simulator/bank/decide-payment.ts'
import { reasonCodesOf } from '../../../ops/simulator/bank/reason-codes.ts'

const bankCode = (code: string, reason: string, outcome: 'paid' | 'failed' | 'returned', byText = false) => ({
  code,
  reason,
  outcome,
  byText,
})
const codes = reasonCodesOf({
  id: 'any',
  codes: [
    bankCode('00', 'PAID', 'paid'),
    bankCode('11', 'NAME_MISMATCH', 'failed'),
    bankCode('12', 'ACCOUNT_CLOSED', 'failed'),
    bankCode('99', 'OTHER_SEE_TEXT', 'failed', true),
    bankCode('56', 'RETURNED_LATE', 'returned'),
  ],
})
const policy = { seed: 7, failShare: 0.03, returnShare: 0.003 }
const line = (n: number) => ({ payeeAccount: `62${n}`, payeeName: '张三', amountFen: money(BigInt(n)) })
const lines = Array.from({ length: 20_000 }, (_, n) => line(n))
const decideAll = (order: readonly ReturnType<typeof line>[], seed = 7, bank = 'ccb') =>
  new Map(order.map((one) => [one.payeeAccount, decidePayment({ ...policy, seed }, bank, codes, one)]))

describe('deciding a payment', () => {
  it('gives a line the same outcome in any order', () => {
    const forward = decideAll(lines)
    const backward = decideAll([...lines].reverse())
    expect([...backward].sort()).toEqual([...forward].sort())
  })

  it('gives other outcomes at another seed, at another bank and for a corrected name', () => {
    const failed = lines.filter((one) => decidePayment(policy, 'ccb', codes, one).kind === 'failed')
    const still = (change: (one: ReturnType<typeof line>) => ReturnType<typeof decidePayment>) =>
      failed.filter((one) => change(one).kind === 'failed').length
    expect(failed.length).toBeGreaterThan(500)
    expect(still((one) => decidePayment({ ...policy, seed: 8 }, 'ccb', codes, one))).toBeLessThan(100)
    expect(still((one) => decidePayment(policy, 'cmbc', codes, one))).toBeLessThan(100)
    expect(still((one) => decidePayment(policy, 'ccb', codes, { ...one, payeeName: '李四' }))).toBeLessThan(
      100,
    )
  })

  it('fails and returns about the wanted shares', () => {
    const kinds = [...decideAll(lines).values()].map(({ kind }) => kind)
    const share = (kind: string) => kinds.filter((one) => one === kind).length / kinds.length
    expect(share('failed')).toBeCloseTo(0.03, 2)
    expect(share('returned')).toBeGreaterThan(0.001)
    expect(share('returned')).toBeLessThan(0.006)
  })

  it('spreads outcomes and reasons evenly over accounts in a row', () => {
    const many = { seed: 7, failShare: 0.5, returnShare: 0 }
    const drawn = lines.map((one) => decidePayment(many, 'ccb', codes, one))
    const failed = drawn.filter(({ kind }) => kind === 'failed')
    const pairs = drawn.filter(({ kind }, at) => kind === 'failed' && drawn[at + 1]?.kind === 'failed').length
    const named = failed.filter(({ answer }) => answer.code === '11').length
    expect(failed.length / drawn.length).toBeCloseTo(0.5, 1)
    expect(pairs / drawn.length).toBeCloseTo(0.25, 1)
    const nameShare = 34 / 100
    expect(named / failed.length).toBeCloseTo(nameShare, 1)
  })

  it('pays every line when nothing is to fail', () => {
    const calm = { seed: 7, failShare: 0, returnShare: 0 }
    expect(lines.every((one) => decidePayment(calm, 'ccb', codes, one).kind === 'paid')).toBe(true)
  })

  it('answers with the codes of the bank, and says in the text what the code leaves open', () => {
    const answers = lines.map((one) => decidePayment({ ...policy, failShare: 1 }, 'ccb', codes, one).answer)
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['11', '12', '99']))
    expect(answers.find(({ code }) => code === '11')?.text).toBe('户名不符')
    expect(answers.some(({ code, text }) => code === '99' && text === '收款人已故')).toBe(true)
  })

  it('gives the reason of a late return inside its text', () => {
    const back = decidePayment({ seed: 7, failShare: 0, returnShare: 1 }, 'ccb', codes, line(1))
    expect(back.answer.code).toBe('00')
    expect(back.kind === 'returned' && back.later).toMatchObject({ code: '56', text: /^退汇：/ })
  })

  it('pays every line where the code map knows no failure', () => {
    const mute = reasonCodesOf({ id: 'mute', codes: [bankCode('00', 'PAID', 'paid')] })
    const strict = { seed: 7, failShare: 1, returnShare: 0 }
    expect(lines.every((one) => decidePayment(strict, 'ccb', mute, one).kind === 'paid')).toBe(true)
  })

  it('refuses a code map that cannot say paid', () => {
    expect(() => reasonCodesOf({ id: 'mute', codes: [bankCode('11', 'NAME_MISMATCH', 'failed')] })).toThrow(
      /mute/,
    )
  })
})
