/** Contradictions that people end: results, states, money, corrections and returns to the treasury agree afterwards. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { feedStart, readOutcomes } from '../../../../gateway/outcomes/feed.ts'
import { decideReturns } from '../../../../gateway/outcomes/treasury.ts'
import { answer, rowsFor } from '../../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../../support/journey.ts'
import { countsOf, expectConserved, lineStates, sendBatch } from '../../../support/ledger-view.ts'
import {
  conflictBatch,
  failed,
  idOf,
  newest,
  openOnes,
  paid,
  refusals,
  resolveNow,
} from './resolution-stand.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
})
afterAll(() => journey.close())

const told = async (batchNo: string): Promise<string[]> => {
  const { outcomes } = await readOutcomes(journey.assembly.db, 'platform', feedStart, 1000)
  return outcomes
    .filter((one) => one.batchNo === batchNo)
    .map(({ instructionId, outcome }) => `${Number(instructionId.slice(-2))} ${outcome}`)
}

describe('F63: a contradiction', () => {
  it('that is decided as paid after success and failure leaves the success, and can be asked again of nobody', async () => {
    const batch = await sendBatch(journey, 'RC1', 3)
    await conflictBatch(journey, batch, paid(2), failed(2))
    const id = await newest(journey, 'conflicting', batch)
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 2, conflict: 1 })
    const report = await resolveNow(journey, id, { kind: 'paid' })
    expect(report).toMatchObject({ act: 'paid', approval: 'wanted', effect: { lines: 1, exceptions: 1 } })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 3 })
    expect(await told('RC1')).toEqual(['1 paid', '2 paid', '3 paid', '2 conflicting', '2 paid'])
    expect(await refusals(journey, id, { kind: 'failed', reasonCode: 'NAME_MISMATCH' })).toEqual([
      'ALREADY_RESOLVED',
    ])
    await expectConserved(journey, batch.batchId)
  })

  it('that is decided as failed after success and failure is routed like any failure', async () => {
    const batch = await sendBatch(journey, 'RC2', 3)
    await conflictBatch(journey, batch, paid(2), failed(2))
    await resolveNow(journey, await newest(journey, 'conflicting', batch), {
      kind: 'failed',
      reasonCode: 'NAME_MISMATCH',
    })
    expect(await lineStates(journey, batch.batchId)).toEqual({ 1: 'paid', 2: 'correcting', 3: 'paid' })
    expect(await told('RC2')).toEqual(['1 paid', '2 paid', '3 paid', '2 conflicting', '2 failed'])
    await expectConserved(journey, batch.batchId)
    // The bank says its failure again, in other words: it is no news and no contradiction any more.
    await answer(journey, batch.file, { rows: [{ seq: 2, code: '3031', text: '户名不符，再报' }] })
    expect(await lineStates(journey, batch.batchId)).toMatchObject({ 2: 'correcting' })
    await expectConserved(journey, batch.batchId)
  })

  it('takes a correction back when its failure turns out to be a success, and gives it again when it does not', async () => {
    const batch = await sendBatch(journey, 'RC3', 3)
    await answer(journey, batch.file, { rows: [paid(1), failed(2), failed(3)] })
    await answer(journey, batch.file, { rows: [paid(2), paid(3)] })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 1, conflict: 2 })
    const [second = 0n, third = 0n] = await openOnes(journey, 'conflicting', batch)
    await resolveNow(journey, second, { kind: 'paid' })
    await resolveNow(journey, third, { kind: 'failed', reasonCode: 'ACCOUNT_CLOSED' })
    expect(await lineStates(journey, batch.batchId)).toEqual({ 1: 'paid', 2: 'paid', 3: 'correcting' })
    const { rows } = await journey.assembly.db.query(
      'select seq, state, reason_code from correction where batch_id = $1 order by seq',
      [batch.batchId],
    )
    expect(rows).toEqual([
      { seq: 2, state: 'given-up', reason_code: 'NAME_MISMATCH' },
      { seq: 3, state: 'open', reason_code: 'ACCOUNT_CLOSED' },
    ])
    expect(await told('RC3')).toEqual([
      '1 paid',
      '2 failed',
      '3 failed',
      '2 conflicting',
      '3 conflicting',
      '2 paid',
      '3 failed',
    ])
    await expectConserved(journey, batch.batchId)
  })

  it('withdraws a return to the treasury that was begun, and lets it be begun again', async () => {
    const batch = await sendBatch(journey, 'RC4', 2)
    await answer(journey, batch.file, { rows: rowsFor(batch.file, '3031', '户名不符') })
    const decision = { by: '王审核', reason: '逾期未更正' }
    const decide = (...seqs: number[]) =>
      decideReturns(
        journey.assembly,
        'platform',
        seqs.map((seq) => idOf(batch, seq)),
        decision,
      )
    await decide(1, 2)
    await answer(journey, batch.file, { rows: [paid(1), paid(2)] })
    const [first = 0n, second = 0n] = await openOnes(journey, 'conflicting', batch)
    await resolveNow(journey, first, { kind: 'paid' })
    await resolveNow(journey, second, { kind: 'failed', reasonCode: 'ACCOUNT_FROZEN' })
    expect(await lineStates(journey, batch.batchId)).toEqual({ 1: 'paid', 2: 'failed' })
    await expectConserved(journey, batch.batchId)
    expect((await decide(2)).done).toEqual([idOf(batch, 2)])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 1, treasury_pending: 1 })
    await expectConserved(journey, batch.batchId)
  })

  it('cannot be put away, and neither can the line be decided twice', async () => {
    const batch = await sendBatch(journey, 'RC6', 3)
    await conflictBatch(journey, batch, paid(2), failed(2))
    const id = await newest(journey, 'conflicting', batch)
    expect(await refusals(journey, id, { kind: 'dismiss' })).toEqual(['STILL_IN_DOUBT'])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 2, conflict: 1 })
    await resolveNow(journey, id, { kind: 'paid' })
    await expectConserved(journey, batch.batchId)
  })

  it('keeps the notice of a line back that its own answer contradicts, until somebody says that it is paid', async () => {
    const batch = await sendBatch(journey, 'RC5', 4)
    const before = await asked()
    await answer(journey, batch.file, { rows: [...rowsFor(batch.file, '0000'), failed(2), failed(3)] })
    const [second = 0n, third = 0n] = await openOnes(journey, 'conflicting', batch)
    expect((await asked()) - before).toBe(2)
    await expectConserved(journey, batch.batchId)
    await resolveNow(journey, second, { kind: 'paid' })
    await resolveNow(journey, third, { kind: 'failed', reasonCode: 'NAME_MISMATCH' })
    expect((await asked()) - before).toBe(3)
    await expectConserved(journey, batch.batchId)
  })
})

/** Lines for which a notice was asked. */
async function asked(): Promise<number> {
  const { rows } = await journey.assembly.db.query<{ n: number }>(
    'select coalesce(sum(paid_count), 0)::int as n from sms_request',
  )
  return rows[0]?.n ?? 0
}
