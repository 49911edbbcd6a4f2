/** Answers that contradict each other, or that come in an order of their own: people decide, and nobody is paid twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { money } from '../../../formats/values/money.ts'
import { confirmReturns, decideReturns } from '../../../gateway/outcomes/treasury.ts'
import { type AnswerRow, answer, rowsFor } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import {
  countsOf,
  exceptionsOf,
  expectConserved,
  inboundOf,
  lineStates,
  plainPeople,
  type SentBatch,
  sendBatch,
} from '../../support/ledger-view.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
})
afterAll(() => journey.close())

const paid = (seq: number): AnswerRow => ({ seq, code: '0000', text: '成功' })
const failed = (seq: number): AnswerRow => ({ seq, code: '3031', text: '户名不符' })
const dead = (seq: number): AnswerRow => ({ seq, code: '3012', text: '收款人已故' })
const odd = (seq: number): AnswerRow => ({ seq, code: '7777', text: '神秘' })
const open = (seq: number): AnswerRow => ({ seq, code: '2000', text: '处理中' })
/** In a file of returns a failing code is a return. */
const back = failed

const idOf = (batch: SentBatch, seq: number): string => batch.lines[seq - 1]?.instructionId ?? ''

/** Neither a treasury return nor a re-issue may touch the line (R8). */
async function expectUntouchable(batch: SentBatch, seq: number): Promise<void> {
  const instructionId = idOf(batch, seq)
  const decision = { by: '王审核', reason: '退回' }
  expect(await decideReturns(journey.assembly, 'platform', [instructionId], decision)).toEqual({
    done: [],
    refused: [{ instructionId, code: 'IN_DOUBT' }],
  })
  const child = plainPeople(`${batch.batchNo}-again`, 'cmbc', 1).map((line) => ({
    ...line,
    replaces: instructionId,
  }))
  const sealed = await journey.handIn(`${batch.batchNo}-again`, child)
  expect(sealed).toMatchObject({ kind: 'refused', report: { refused: { byCode: { REPLACES_IN_DOUBT: 1 } } } })
}

describe('F63: success and failure for one payment', () => {
  it('in one answer is a conflict that no money act may touch', async () => {
    const batch = await sendBatch(journey, 'K1', 6)
    const name = await answer(journey, batch.file, { rows: [...rowsFor(batch.file, '0000'), failed(2)] })
    expect(await exceptionsOf(journey, name)).toMatchObject([{ kind: 'conflicting', line_no: 8, seq: 2 }])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, conflict: 1 })
    await expectUntouchable(batch, 2)
    await expectConserved(journey, batch.batchId)
  })

  it('in two answers is a conflict, and success stays a fact', async () => {
    const batch = await sendBatch(journey, 'K2', 6)
    await answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
    await answer(journey, batch.file, { rows: [failed(4)] })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, conflict: 1 })
    const { rows } = await journey.assembly.db.query(
      'select count(*)::int as n from result_item where batch_id = $1 and paid',
      [batch.batchId],
    )
    expect(rows).toEqual([{ n: 6 }])
    await expectUntouchable(batch, 4)
    await expectConserved(journey, batch.batchId)
  })

  it('takes a line out of its correction', async () => {
    const batch = await sendBatch(journey, 'K3', 6)
    await answer(journey, batch.file, { rows: [...rowsFor(batch.file, '0000').slice(1), failed(1)] })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, correcting: 1 })
    await answer(journey, batch.file, { rows: [paid(1)] })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, conflict: 1 })
    await expectUntouchable(batch, 1)
    await expectConserved(journey, batch.batchId)
  })

  it('stops a treasury return that is under way', async () => {
    const batch = await sendBatch(journey, 'K4', 6)
    await answer(journey, batch.file, { rows: [...rowsFor(batch.file, '0000').slice(1), dead(1)] })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, treasury_pending: 1 })
    await answer(journey, batch.file, { rows: [paid(1)] })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, conflict: 1 })
    const voucher = { no: '5202-1', date: '2026-11-23', by: '国库' }
    expect(await confirmReturns(journey.assembly, 'platform', [idOf(batch, 1)], voucher)).toMatchObject({
      done: [],
      refused: [{ code: 'IN_DOUBT' }],
    })
    await expectConserved(journey, batch.batchId)
  })

  it('stays a conflict whatever comes later, and no counter moves', async () => {
    const batch = await sendBatch(journey, 'K5', 6)
    await answer(journey, batch.file, {
      rows: [...rowsFor(batch.file, '0000').slice(0, 4), failed(1), open(6)],
    })
    for (const rows of [[paid(1)], [failed(1)], [odd(1), paid(2)], [open(1), paid(5)]])
      await answer(journey, batch.file, { rows })
    expect(await lineStates(journey, batch.batchId)).toMatchObject({ 1: 'conflict', 5: 'paid', 6: 'open' })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 4, conflict: 1, in_flight: 1 })
    await expectConserved(journey, batch.batchId)
  })
})

describe('money that comes back', () => {
  it('F64: days after success is returned beside its success, and the way to a correction opens', async () => {
    const batch = await sendBatch(journey, 'B1', 6)
    await answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
    journey.clock.turn(3 * 24 * 60)
    const name = await answer(journey, batch.file, { rows: [back(3)], late: true })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, correcting: 1 })
    expect(await inboundOf(journey, name)).toMatchObject([{ state: 'closed', exception_count: 0 }])
    const { rows } = await journey.assembly.db.query(
      'select wanted, fields, state from correction where batch_id = $1 and seq = 3',
      [batch.batchId],
    )
    expect(rows).toEqual([{ wanted: 'corrected-data', fields: ['payeeName'], state: 'open' }])
    await expectConserved(journey, batch.batchId)
  })

  it('F65: a second time is an exception, though the line is on its way to a correction', async () => {
    const batch = await sendBatch(journey, 'B2', 6)
    await answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
    await answer(journey, batch.file, { rows: [back(3)], late: true })
    const name = await answer(journey, batch.file, { rows: [back(3), back(4)], late: true })
    expect(await exceptionsOf(journey, name)).toMatchObject([
      { kind: 'same-name-new-content' },
      { kind: 'second-return', seq: 3 },
    ])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 4, correcting: 2 })
    await expectConserved(journey, batch.batchId)
  })

  it('F65: in another amount than was paid changes nothing', async () => {
    const batch = await sendBatch(journey, 'B3', 6)
    await answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
    const amountFen = (batch.lines[2]?.amountFen ?? 0n) + 1n
    const name = await answer(journey, batch.file, {
      rows: [{ ...back(3), amountFen: money(amountFen) }],
      late: true,
    })
    expect(await exceptionsOf(journey, name)).toMatchObject([{ kind: 'amount-differs', seq: 3 }])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 6 })
    await expectConserved(journey, batch.batchId)
  })

  it('F59: before the first answer is put off until that is in', async () => {
    const batch = await sendBatch(journey, 'B4', 6)
    const name = await answer(journey, batch.file, { rows: [back(3)], late: true })
    expect(await inboundOf(journey, name)).toMatchObject([{ state: 'collected' }])
    expect(await countsOf(journey, batch.batchId)).toEqual({ in_flight: 6 })
    await answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
    journey.clock.turn(15)
    await journey.runQuiet()
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, correcting: 1 })
    await expectConserved(journey, batch.batchId)
  })

  it('F59: of lines without a final answer waits for those, and is a return once they say success', async () => {
    const batch = await sendBatch(journey, 'B5', 6)
    const rows = [paid(1), paid(2), open(3), odd(4), paid(5), open(6)]
    await answer(journey, batch.file, { rows })
    const name = await answer(journey, batch.file, { rows: [back(3), back(4)], late: true })
    expect(await inboundOf(journey, name)).toMatchObject([{ state: 'collected' }])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 3, unknown: 1, in_flight: 2 })
    await answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
    journey.clock.turn(15)
    await journey.runQuiet()
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 4, correcting: 2 })
    await expectConserved(journey, batch.batchId)
  })

  it('though the bank said failure of it is a conflict', async () => {
    const batch = await sendBatch(journey, 'B6', 6)
    await answer(journey, batch.file, {
      rows: [1, 2, 3, 4, 5, 6].map((seq) => (seq < 3 ? failed : paid)(seq)),
    })
    const name = await answer(journey, batch.file, { rows: [back(1), back(2)], late: true })
    expect(await exceptionsOf(journey, name)).toMatchObject([
      { kind: 'conflicting', seq: 1 },
      { kind: 'conflicting', seq: 2 },
    ])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 4, conflict: 2 })
    await expectConserved(journey, batch.batchId)
  })
})

/** Everything that a bank may say of one line in one answer, and what must become of it in any order. */
const said: readonly { readonly rows: readonly ((seq: number) => AnswerRow)[]; readonly state: string }[] = [
  { rows: [paid, paid], state: 'paid' },
  { rows: [paid, open, odd], state: 'paid' },
  { rows: [failed, odd, open], state: 'correcting' },
  { rows: [odd, open], state: 'unknown' },
  { rows: [paid, failed], state: 'conflict' },
  { rows: [paid, failed, odd, paid], state: 'conflict' },
  { rows: [open, open], state: 'open' },
]

const orders: readonly { readonly order: string; readonly of: (rows: AnswerRow[]) => AnswerRow[] }[] = [
  { order: 'in the order of the lines', of: (rows) => rows },
  { order: 'backwards', of: (rows) => rows.toReversed() },
  {
    order: 'odd places first',
    of: (rows) => [...rows.filter((_, at) => at % 2), ...rows.filter((_, at) => !(at % 2))],
  },
  { order: 'twice over', of: (rows) => [...rows, ...rows.toReversed()] },
]

describe('F59: what is said of many lines in one answer', () => {
  it.each(orders)('comes to the same $order', async ({ order, of }) => {
    const batch = await sendBatch(journey, `O${orders.findIndex((one) => one.order === order)}`, said.length)
    const rows = of(said.flatMap((line, index) => line.rows.map((say) => say(index + 1))))
    const name = await answer(journey, batch.file, { rows })
    const states = Object.fromEntries(said.map(({ state }, index) => [index + 1, state]))
    expect(await lineStates(journey, batch.batchId)).toEqual(states)
    const [inbound] = await inboundOf(journey, name)
    expect(inbound?.row_count).toBe(rows.length)
    await expectConserved(journey, batch.batchId)
  })
})
