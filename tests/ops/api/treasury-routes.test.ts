/** Corrections and treasury returns through the API: asked for, decided by a person, booked by the treasury, once each. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiStand, heldLines, openApiStand, postBatch } from './api-stand.ts'

let stand: ApiStand
const held = 'BACK-0000001'

beforeAll(async () => {
  stand = await openApiStand()
  await postBatch(stand, 'BACK', heldLines('BACK', 6))
})
afterAll(() => stand.close())

const decide = (key: string, body: unknown) =>
  stand.call({ method: 'POST', url: '/v1/treasury-returns', body, key })
const confirm = (body: unknown, key?: string) =>
  stand.call({
    method: 'POST',
    url: '/v1/treasury-returns/confirmations',
    body,
    ...(key !== undefined && { key }),
  })
const decision = (...instructionIds: string[]) => ({
  instructionIds,
  by: '县财政局 国库岗',
  reason: '查无此人',
})
const voucher = (...instructionIds: string[]) => ({
  instructionIds,
  voucherNo: '2203-2026-000045',
  voucherDate: '2026-11-25',
  by: '县财政局 国库中心',
})

it('a line that is kept back shows as an open correction', async () => {
  const page = (await stand.call({ method: 'GET', url: '/v1/corrections?state=open' })).json()
  expect(page).toMatchObject({
    items: [
      { batchNo: 'BACK', instructionId: held, bank: 'cmbc', amountFen: 10_001, wanted: 'corrected-data' },
    ],
    more: false,
  })
  expect(page.next).toBe(String(page.items[0].correctionId))
  const after = (await stand.call({ method: 'GET', url: `/v1/corrections?after=${page.next}` })).json()
  expect(after).toEqual({ items: [], next: page.next, more: false })
})

it('a decision says what it did with each instruction, and leaves alone what it may not touch', async () => {
  const answer = await decide('decide-1', decision(held, 'BACK-0000002', 'NOBODY-1'))
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    done: [held],
    refused: [
      { instructionId: 'BACK-0000002', code: 'NOT_OPEN' },
      { instructionId: 'NOBODY-1', code: 'NOT_FOUND' },
    ],
  })
  const batch = (await stand.call({ method: 'GET', url: '/v1/batches/BACK' })).json()
  expect(batch.position.total.states).toMatchObject({
    held: { count: 0, amountFen: 0 },
    treasury_pending: { count: 1, amountFen: 10_001 },
  })
})

it('the same decision again is answered letter for letter, another one under its key is refused', async () => {
  const again = await decide('decide-1', decision(held, 'BACK-0000002', 'NOBODY-1'))
  expect(again.json().done).toEqual([held])
  const other = await decide('decide-1', decision('BACK-0000003'))
  expect(other.statusCode).toBe(422)
  expect(other.json().code).toBe('KEY_REUSED')
  const late = await decide('decide-2', decision(held))
  expect(late.json()).toEqual({ done: [], refused: [{ instructionId: held, code: 'NOT_OPEN' }] })
})

it('ten equal decisions at once act once', async () => {
  const before = await stand.intake.count('select count(*)::int as n from instruction_event')
  await postBatch(stand, 'TEN', heldLines('TEN', 2))
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => decide('decide-ten', decision('TEN-0000001'))),
  )
  for (const answer of answers) expect(answer.json()).toEqual({ done: ['TEN-0000001'], refused: [] })
  // One event for the hold and one for the decision.
  expect(await stand.intake.count('select count(*)::int as n from instruction_event')).toBe(before + 2)
})

it('the voucher of the treasury ends the return', async () => {
  const pending = (
    await stand.call({ method: 'GET', url: '/v1/treasury-returns?state=pending&limit=1' })
  ).json()
  expect(pending).toMatchObject({
    items: [{ instructionId: held, amountFen: 10_001, cause: 'decision' }],
    more: true,
  })
  expect((await confirm(voucher(held))).json()).toEqual({ done: [held], refused: [] })
  expect((await confirm(voucher(held))).json()).toEqual({
    done: [],
    refused: [{ instructionId: held, code: 'ALREADY_RETURNED' }],
  })
  const returned = (await stand.call({ method: 'GET', url: '/v1/treasury-returns?state=returned' })).json()
  expect(returned.items).toMatchObject([
    { instructionId: held, state: 'returned', refundVoucherNo: '2203-2026-000045' },
  ])
})

it('every decision and confirmation is in the audit trail', async () => {
  const acts = await stand.intake.rows(
    `select act, facts from audit_event where act like 'treasury-return.%' or act = 'idempotency-key.reused' order by audit_no`,
  )
  expect(acts.slice(0, 2)).toEqual([
    { act: 'treasury-return.decided', facts: { done: 1, refused: 2 } },
    { act: 'idempotency-key.reused', facts: { act: 'treasury-return.decided' } },
  ])
  expect(acts.map(({ act }) => act)).toContain('treasury-return.confirmed')
})

it('S07: members that are not asked for are refused, and so are characters that PostgreSQL cannot hold', async () => {
  const extra = await decide('extra', { ...decision(held), state: 'treasury_returned', approvedBy: 'me' })
  expect(extra.statusCode).toBe(400)
  expect(extra.json()).toMatchObject({
    code: 'REQUEST_INVALID',
    errors: [
      { code: 'UNRECOGNIZED_KEYS', pointer: '/state' },
      { code: 'UNRECOGNIZED_KEYS', pointer: '/approvedBy' },
    ],
  })
  const nul = await decide('nul', { ...decision(held), reason: 'a\u0000b' })
  expect(nul.json()).toMatchObject({ status: 400, errors: [{ pointer: '/reason' }] })
  const day = await confirm({ ...voucher(held), voucherDate: '2026-02-30' })
  expect(day.json()).toMatchObject({ status: 400, errors: [{ pointer: '/voucherDate' }] })
})
