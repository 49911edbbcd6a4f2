/** Money back to the treasury, and money paid again: one of the two, decided once, and never while in doubt (R8). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { confirmReturns, decideReturns } from '../../../gateway/outcomes/treasury.ts'
import { listReturns } from '../../../gateway/outcomes/treasury-store.ts'
import { answer, rowsFor } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import {
  countsOf,
  expectConserved,
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

const decision = { by: '王审核', reason: '逾期未更正' }
const voucher = { no: '5202-2026-000009', date: '2026-11-25', by: '国库股' }

const idOf = (batch: SentBatch, seq: number): string => batch.lines[seq - 1]?.instructionId ?? ''
const decide = (...ids: readonly string[]) => decideReturns(journey.assembly, 'platform', ids, decision)
const confirm = (...ids: readonly string[]) => confirmReturns(journey.assembly, 'platform', ids, voucher)

/** Hands in a batch of one line that replaces an instruction; gives whether it was accepted, and why not. */
async function payAgain(batchNo: string, replaces: string): Promise<string> {
  const lines = plainPeople(batchNo, 'cmbc', 1).map((line) => ({ ...line, replaces }))
  const sealed = await journey.handIn(batchNo, lines)
  return sealed.kind === 'refused' ? Object.keys(sealed.report.refused.byCode).join() : sealed.kind
}

/** A batch whose lines all failed for a name, so that each waits for its correction. */
async function failedBatch(batchNo: string, people: number): Promise<SentBatch> {
  const batch = await sendBatch(journey, batchNo, people)
  await answer(journey, batch.file, { rows: rowsFor(batch.file, '3031', '户名不符') })
  return batch
}

describe('a return to the treasury', () => {
  it('is decided, booked under the refund voucher, and closed', async () => {
    const batch = await failedBatch('G1', 3)
    expect(await decide(idOf(batch, 1), idOf(batch, 2))).toEqual({
      done: [idOf(batch, 1), idOf(batch, 2)],
      refused: [],
    })
    expect(await countsOf(journey, batch.batchId)).toEqual({ treasury_pending: 2, correcting: 1 })
    expect(await confirm(idOf(batch, 1))).toEqual({ done: [idOf(batch, 1)], refused: [] })
    expect(await countsOf(journey, batch.batchId)).toEqual({
      treasury_returned: 1,
      treasury_pending: 1,
      correcting: 1,
    })
    const listed = await listReturns(journey.assembly.db, 'platform', undefined, 0n, 10)
    expect(listed).toMatchObject([
      {
        instructionId: idOf(batch, 1),
        cause: 'decision',
        state: 'returned',
        originalVoucherNo: '5201-2026-000123',
        originalDate: batch.file.businessDate,
        refundVoucherNo: voucher.no,
      },
      { instructionId: idOf(batch, 2), state: 'pending' },
    ])
    await expectConserved(journey, batch.batchId)
  })

  it('is decided once and confirmed once', async () => {
    const batch = await failedBatch('G2', 1)
    const id = idOf(batch, 1)
    expect((await decide(id, id)).done).toEqual([id])
    expect(await decide(id)).toMatchObject({ done: [], refused: [{ code: 'NOT_OPEN' }] })
    expect((await confirm(id)).done).toEqual([id])
    expect(await confirm(id)).toMatchObject({ done: [], refused: [{ code: 'ALREADY_RETURNED' }] })
    await expectConserved(journey, batch.batchId)
  })

  it('is refused one by one: what is in doubt, what is paid, what is nobody’s, what is another client’s', async () => {
    const batch = await sendBatch(journey, 'G3', 3)
    await answer(journey, batch.file, {
      rows: [
        { seq: 1, code: '7777', text: '神秘' },
        { seq: 2, code: '0000' },
        { seq: 3, code: '3031', text: '户名不符' },
      ],
    })
    const report = await decide(idOf(batch, 1), idOf(batch, 2), idOf(batch, 3), 'nobody')
    expect(report.done).toEqual([idOf(batch, 3)])
    expect(report.refused).toContainEqual({ instructionId: idOf(batch, 1), code: 'IN_DOUBT' })
    expect(report.refused.map(({ instructionId }) => instructionId).sort()).toEqual(
      [idOf(batch, 1), idOf(batch, 2), 'nobody'].sort(),
    )
    const foreign = await decideReturns(journey.assembly, 'stranger', [idOf(batch, 3)], decision)
    expect(foreign).toMatchObject({ done: [], refused: [{ code: 'NOT_FOUND' }] })
    expect(await countsOf(journey, batch.batchId)).toEqual({ unknown: 1, paid: 1, treasury_pending: 1 })
    await expectConserved(journey, batch.batchId)
  })

  it('is impossible while its file is on the way', async () => {
    const batch = await sendBatch(journey, 'G4', 2)
    expect((await decide(idOf(batch, 1))).done).toEqual([])
    expect(await countsOf(journey, batch.batchId)).toEqual({ in_flight: 2 })
  })
})

describe('a payment that is made again', () => {
  it('F76: moves the one that it replaces, ends the correction, and cannot be made twice', async () => {
    const batch = await failedBatch('H1', 2)
    expect(await payAgain('H1-a', idOf(batch, 1))).toBe('accepted')
    expect(await lineStates(journey, batch.batchId)).toEqual({ 1: 'reissued', 2: 'correcting' })
    expect(await payAgain('H1-b', idOf(batch, 1))).toBe('REPLACES_NOT_OPEN')
    const { rows } = await journey.assembly.db.query(
      'select seq, state from correction where batch_id = $1 order by seq',
      [batch.batchId],
    )
    expect(rows).toEqual([
      { seq: 1, state: 'reissued' },
      { seq: 2, state: 'open' },
    ])
    await expectConserved(journey, batch.batchId)
  })

  it('F76: is blocked while the first is unknown, and open once that has failed', async () => {
    const batch = await sendBatch(journey, 'H2', 2)
    await answer(journey, batch.file, { rows: [{ seq: 1, code: '7777', text: '神秘' }] })
    expect(await payAgain('H2-a', idOf(batch, 1))).toBe('REPLACES_IN_DOUBT')
    expect(await payAgain('H2-b', idOf(batch, 2))).toBe('REPLACES_NOT_OPEN')
    await answer(journey, batch.file, { rows: [{ seq: 1, code: '3031', text: '户名不符' }] })
    expect(await payAgain('H2-c', idOf(batch, 1))).toBe('accepted')
    await expectConserved(journey, batch.batchId)
  })

  it('is possible after the treasury has the money back, since the data may be put right later', async () => {
    const batch = await failedBatch('H3', 1)
    await decide(idOf(batch, 1))
    expect(await payAgain('H3-a', idOf(batch, 1))).toBe('REPLACES_NOT_OPEN')
    await confirm(idOf(batch, 1))
    expect(await payAgain('H3-b', idOf(batch, 1))).toBe('accepted')
    expect(await countsOf(journey, batch.batchId)).toEqual({ reissued: 1 })
    await expectConserved(journey, batch.batchId)
  })

  it('F76: by two clients of one department at the same moment is made once', async () => {
    const batch = await failedBatch('H4', 6)
    for (let seq = 1; seq <= 6; seq++) {
      const both = await Promise.all([
        payAgain(`H4-${seq}a`, idOf(batch, seq)),
        payAgain(`H4-${seq}b`, idOf(batch, seq)),
      ])
      expect(both.sort()).toEqual(['REPLACES_NOT_OPEN', 'accepted'])
    }
    expect(await countsOf(journey, batch.batchId)).toEqual({ reissued: 6 })
    await expectConserved(journey, batch.batchId)
  })

  it('F77: races a return to the treasury, and exactly one of the two wins', async () => {
    const batch = await failedBatch('H5', 8)
    for (let seq = 1; seq <= 8; seq++) {
      const id = idOf(batch, seq)
      const [again, back] = await Promise.all([payAgain(`H5-${seq}`, id), decide(id)])
      const outcome = `${again} ${back.done.length}`
      expect(['accepted 0', 'REPLACES_NOT_OPEN 1']).toContain(outcome)
    }
    const { reissued = 0, treasury_pending: pending = 0 } = await countsOf(journey, batch.batchId)
    expect(reissued + pending).toBe(8)
    await expectConserved(journey, batch.batchId)
  })
})
