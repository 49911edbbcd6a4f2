/** What an answer says of single lines: each is applied, or stands as an exception with its line and its reason (I4). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { money } from '../../../formats/values/money.ts'
import type { BankFile } from '../../../gateway/dispatch/bank-file.ts'
import { type AnswerRow, amountOf, answer, rowsFor } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import {
  countsOf,
  exceptionsOf,
  expectConserved,
  inboundOf,
  lineStates,
  sendBatch,
} from '../../support/ledger-view.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({
    only: ['cmbc', 'ccb', 'spdb'],
    answerDelayMinutes: 1e6,
    lateAnswerHours: 1e5,
  })
})
afterAll(() => journey.close())

/** All lines paid, but those that are given. */
const paidBut = (file: BankFile, ...changed: readonly AnswerRow[]): AnswerRow[] =>
  rowsFor(file, '0000', '成功').map((row) => changed.find(({ seq }) => seq === row.seq) ?? row)

/** Every line read is applied or an exception, and its bytes are kept. */
async function expectAccounted(name: string, rows: number, exceptions: number): Promise<void> {
  const inbound = (await inboundOf(journey, name)).at(-1)
  expect(inbound).toMatchObject({
    row_count: rows,
    applied_count: rows - exceptions,
    exception_count: exceptions,
  })
  expect(inbound?.kept).toBeGreaterThan(0n)
}

describe('a line of an answer', () => {
  it('F61: with another amount changes nothing and names what we had and what was stated', async () => {
    const { batchId, file } = await sendBatch(journey, 'S1', 6)
    const ours = await amountOf(journey, file, 2)
    const wrong = { seq: 2, code: '0000', amountFen: money(ours + 100n) }
    const name = await answer(journey, file, { rows: paidBut(file, wrong) })
    expect(await exceptionsOf(journey, name)).toMatchObject([
      {
        kind: 'amount-differs',
        line_no: 3,
        seq: 2,
        facts: { oursFen: Number(ours), statedFen: Number(ours + 100n) },
      },
    ])
    expect(await countsOf(journey, batchId)).toEqual({ paid: 5, in_flight: 1 })
    await expectAccounted(name, 6, 1)
    await expectConserved(journey, batchId)
    await answer(journey, file, { rows: rowsFor(file, '0000', '补发').slice(1, 2) })
    expect(await countsOf(journey, batchId)).toEqual({ paid: 6 })
    await expectConserved(journey, batchId)
  })

  it('F61: of a list of failures with another account is an exception and does not pass for paid', async () => {
    const { batchId, file } = await sendBatch(journey, 'S2', 6, 'ccb')
    const rows = [{ seq: 4, code: '3031', text: '户名不符', payeeAccount: '6217000000000000000' }]
    const name = await answer(journey, file, { rows })
    expect(await exceptionsOf(journey, name)).toMatchObject([{ kind: 'account-differs', line_no: 2, seq: 4 }])
    expect(await countsOf(journey, batchId)).toEqual({ paid: 5, in_flight: 1 })
    await expectAccounted(name, 1, 1)
    await expectConserved(journey, batchId)
  })

  it('with another account changes nothing', async () => {
    const { batchId, file } = await sendBatch(journey, 'S3', 6)
    const name = await answer(journey, file, {
      rows: paidBut(file, { seq: 5, code: '3031', text: '户名不符', payeeAccount: '6217000000000000000' }),
    })
    expect(await exceptionsOf(journey, name)).toMatchObject([{ kind: 'account-differs', line_no: 6, seq: 5 }])
    expect(await lineStates(journey, batchId)).toMatchObject({ 4: 'paid', 5: 'open', 6: 'paid' })
    await expectAccounted(name, 6, 1)
    await expectConserved(journey, batchId)
  })

  it('F62: with a serial that is none of ours is kept as an orphan', async () => {
    const { batchId, file } = await sendBatch(journey, 'S4', 6)
    const rows = [...rowsFor(file, '0000'), { seq: 1, code: '0000', serial: '00000000' }]
    const name = await answer(journey, file, { rows })
    expect(await exceptionsOf(journey, name)).toMatchObject([{ kind: 'orphan', line_no: 8, seq: null }])
    expect(await countsOf(journey, batchId)).toEqual({ paid: 6 })
    await expectAccounted(name, 7, 1)
    await expectConserved(journey, batchId)
  })

  it('F62: of another line of ours that the file does not hold is an exception', async () => {
    const { batchId, file } = await sendBatch(journey, 'S5', 6)
    const rows = [...rowsFor(file, '0000'), { seq: 1, code: '0000', serial: '00000777' }]
    const name = await answer(journey, file, { rows })
    expect(await exceptionsOf(journey, name)).toMatchObject([{ kind: 'not-in-file', line_no: 8, seq: 777 }])
    await expectAccounted(name, 7, 1)
    await expectConserved(journey, batchId)
  })

  it("F68: with a serial of another bank's file is refused into a queue of its own", async () => {
    const other = await sendBatch(journey, 'S6', 6, 'ccb')
    const { batchId, file } = await sendBatch(journey, 'S7', 6, 'spdb')
    const foreign = `${String(other.file.fileId).padStart(12, '0')}00000001`
    const unknown = '99999999999900000001'
    const rows = [
      ...rowsFor(file, '0'),
      { seq: 1, code: '0', serial: foreign },
      { seq: 1, code: '0', serial: unknown },
    ]
    const name = await answer(journey, file, { rows })
    expect(await exceptionsOf(journey, name)).toMatchObject([
      { kind: 'other-bank', line_no: 8, facts: { otherFile: other.file.fileId } },
      { kind: 'orphan', line_no: 9 },
    ])
    expect(await countsOf(journey, other.batchId)).toEqual({ in_flight: 6 })
    expect(await countsOf(journey, batchId)).toEqual({ paid: 6 })
    await expectAccounted(name, 8, 2)
    await expectConserved(journey, batchId, other.batchId)
  })

  it('F66: with a code that the map lacks is unknown, and a later final answer resolves it', async () => {
    const { batchId, file } = await sendBatch(journey, 'S8', 6)
    const odd = [2, 3].map((seq) => ({ seq, code: '7777', text: '神秘' }))
    const name = await answer(journey, file, { rows: paidBut(file, ...odd) })
    expect(await exceptionsOf(journey, name)).toMatchObject([
      { kind: 'unmapped', line_no: 3, seq: 2, facts: { bankCode: '7777', bankText: '神秘' } },
      { kind: 'unmapped', line_no: 4, seq: 3 },
    ])
    expect(await countsOf(journey, batchId)).toEqual({ paid: 4, unknown: 2 })
    await expectAccounted(name, 6, 2)
    await expectConserved(journey, batchId)
    const later = [
      { seq: 2, code: '0000' },
      { seq: 3, code: '3031', text: '户名不符' },
    ]
    await answer(journey, file, { rows: paidBut(file, ...later) })
    expect(await countsOf(journey, batchId)).toEqual({ paid: 5, correcting: 1 })
    await expectConserved(journey, batchId)
  })

  it('in progress stays in flight, and only the changed rows count when the rest is final', async () => {
    const { batchId, file } = await sendBatch(journey, 'S9', 6)
    const open = [1, 6].map((seq) => ({ seq, code: '2000', text: '处理中' }))
    await answer(journey, file, { rows: paidBut(file, ...open) })
    expect(await countsOf(journey, batchId)).toEqual({ paid: 4, in_flight: 2 })
    await expectConserved(journey, batchId)
    const name = await answer(journey, file, { rows: paidBut(file, { seq: 6, code: '3039', text: '销户' }) })
    expect(await countsOf(journey, batchId)).toEqual({ paid: 5, correcting: 1 })
    await expectAccounted(name, 6, 0)
    await expectConserved(journey, batchId)
  })

  it('in progress in a list of failures is paid once a later list leaves it out', async () => {
    const { batchId, file } = await sendBatch(journey, 'S10', 6, 'ccb')
    await answer(journey, file, {
      rows: [
        { seq: 1, code: '2000', text: '处理中' },
        { seq: 2, code: '3031', text: '户名不符' },
        { seq: 3, code: '2000', text: '处理中' },
      ],
    })
    expect(await countsOf(journey, batchId)).toEqual({ paid: 3, in_flight: 2, correcting: 1 })
    await expectConserved(journey, batchId)
    await answer(journey, file, {
      rows: [
        { seq: 2, code: '3031', text: '户名不符' },
        { seq: 3, code: '3018', text: '账户已销户' },
      ],
    })
    expect(await countsOf(journey, batchId)).toEqual({ paid: 4, correcting: 2 })
    await expectConserved(journey, batchId)
  })

  it('that comes twice in one answer counts once', async () => {
    const { batchId, file } = await sendBatch(journey, 'S11', 6)
    const rows = [...rowsFor(file, '0000'), { seq: 3, code: '0000' }]
    const name = await answer(journey, file, { rows })
    expect(await countsOf(journey, batchId)).toEqual({ paid: 6 })
    await expectAccounted(name, 7, 0)
    await expectConserved(journey, batchId)
  })
})
