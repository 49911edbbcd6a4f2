/** Two who act on one line at the same moment, each on a connection of its own: one is first, and the other sees it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { money } from '../../../../formats/values/money.ts'
import type { ResolutionAct } from '../../../../gateway/outcomes/resolution/resolution.ts'
import { resolveIn } from '../../../../gateway/outcomes/resolution/resolve-exception.ts'
import { decideReturns, decideReturnsIn } from '../../../../gateway/outcomes/treasury.ts'
import type { Tx } from '../../../../gateway/store/pool.ts'
import { inTransaction } from '../../../../gateway/store/transaction.ts'
import { amountOf, answer, layAnswer, rowsFor } from '../../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../../support/journey.ts'
import {
  countsOf,
  expectConserved,
  lineStates,
  plainPeople,
  type SentBatch,
  sendBatch,
} from '../../../support/ledger-view.ts'
import { failed, idOf, letter, newest, odd, openOnes, paid, resolve } from './resolution-stand.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
})
afterAll(() => journey.close())

/** Runs `first` to its last statement, begins `second`, waits until it waits for a lock, and lets the first commit. */
async function inTurn<A, B>(first: (tx: Tx) => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  const { db } = journey.assembly
  let begun: Promise<B> | undefined
  const done = await inTransaction(db, async (tx) => {
    const result = await first(tx)
    begun = second()
    await waitsForLock(tx)
    return result
  })
  if (!begun) throw new Error('nobody came second')
  return [done, await begun]
}

/** Until another connection of this database waits for a lock; statements of the waiter end by themselves otherwise. */
async function waitsForLock(tx: Tx): Promise<void> {
  for (let look = 0; look < 2000; look++) {
    const { rowCount } = await tx.query(
      `select from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()`,
    )
    if (rowCount > 0) return
    await tx.query('select pg_sleep(0.005)')
  }
  throw new Error('nobody waits')
}

const resolving = (exceptionId: bigint, act: ResolutionAct) => (tx: Tx) =>
  resolveIn(tx, journey.assembly, { exceptionId, act, evidence: letter })

async function unknownLine(batchNo: string): Promise<{ batch: SentBatch; id: bigint }> {
  const batch = await sendBatch(journey, batchNo, 2)
  await answer(journey, batch.file, { rows: [paid(1), odd(2)] })
  return { batch, id: await newest(journey, 'unmapped', batch) }
}

describe('F63: two resolutions of one exception', () => {
  it('leave one: whoever comes second is refused', async () => {
    const { batch, id } = await unknownLine('RR1')
    const [one, other] = await inTurn(resolving(id, { kind: 'paid' }), () =>
      resolve(journey, id, { kind: 'failed', reasonCode: 'NAME_MISMATCH' }),
    )
    expect(one).toMatchObject({ kind: 'resolved' })
    expect(other).toMatchObject({ kind: 'refused', refusals: [{ code: 'ALREADY_RESOLVED' }] })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 2 })
    await expectConserved(journey, batch.batchId)
  })
})

describe('F63: two resolutions of one line on two exceptions', () => {
  it('leave one: whoever comes second finds the line decided', async () => {
    const batch = await sendBatch(journey, 'RR0', 1)
    const amountFen = await amountOf(journey, batch.file, 1)
    for (const more of [100n, 200n])
      await answer(journey, batch.file, { rows: [{ ...paid(1), amountFen: money(amountFen + more) }] })
    const [one = 0n, other = 0n] = await openOnes(journey, 'amount-differs', batch)
    const [first, second] = await inTurn(
      resolving(one, { kind: 'failed', reasonCode: 'AMOUNT_INVALID' }),
      () => resolve(journey, other, { kind: 'paid' }),
    )
    expect(first).toMatchObject({ kind: 'resolved' })
    expect(second).toMatchObject({ kind: 'refused', refusals: [{ code: 'LINE_NOT_OPEN' }] })
    expect(await countsOf(journey, batch.batchId)).toEqual({ failed: 1 })
    await expectConserved(journey, batch.batchId)
  })
})

describe('F63: a resolution and an answer at the same moment', () => {
  it('are a contradiction when the answer comes second and says otherwise', async () => {
    const { batch, id } = await unknownLine('RR2')
    await layAnswer(journey, batch.file, { rows: [failed(2)] })
    await inTurn(resolving(id, { kind: 'paid' }), () => journey.runQuiet())
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 1, conflict: 1 })
    await expectConserved(journey, batch.batchId)
  })

  it('leave the answer when the resolution comes second', async () => {
    const { batch, id } = await unknownLine('RR3')
    await answer(journey, batch.file, { rows: [failed(2)] })
    const report = await resolve(journey, id, { kind: 'paid' })
    expect(report).toMatchObject({
      kind: 'refused',
      refusals: [{ code: 'LINE_NOT_OPEN' }],
      allowed: ['dismiss'],
    })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 1, correcting: 1 })
    await expectConserved(journey, batch.batchId)
  })
})

const decision = { by: '王审核', reason: '逾期未更正' }

async function failedLine(batchNo: string): Promise<SentBatch> {
  const batch = await sendBatch(journey, batchNo, 1)
  await answer(journey, batch.file, { rows: rowsFor(batch.file, '3031', '户名不符') })
  return batch
}

/** Hands in a batch of one line that replaces an instruction; gives whether it was accepted, and why not. */
async function payAgain(batchNo: string, replaces: string): Promise<string> {
  const lines = plainPeople(batchNo, 'cmbc', 1).map((line) => ({ ...line, replaces }))
  const sealed = await journey.handIn(batchNo, lines)
  return sealed.kind === 'refused' ? Object.keys(sealed.report.refused.byCode).join() : sealed.kind
}

describe('F77: a return to the treasury and a re-issue of one line', () => {
  it('never both happen: the one that waits sees what the other did', async () => {
    const batch = await failedLine('RR4')
    const { assembly, clock } = journey
    const [report, sealed] = await inTurn(
      (tx) => decideReturnsIn(tx, clock.now(), 'platform', [idOf(batch, 1)], decision),
      () => payAgain('RR4-again', idOf(batch, 1)),
    )
    expect(report.done).toEqual([idOf(batch, 1)])
    expect(sealed).toBe('REPLACES_NOT_OPEN')
    expect(await lineStates({ ...journey, assembly }, batch.batchId)).toEqual({ 1: 'treasury_pending' })
    await expectConserved(journey, batch.batchId)
  })

  it('leave one of the two, whoever is faster, ten times', async () => {
    for (let turn = 0; turn < 10; turn++) {
      const batch = await failedLine(`RR5-${turn}`)
      const [report, sealed] = await Promise.all([
        decideReturns(journey.assembly, 'platform', [idOf(batch, 1)], decision),
        payAgain(`RR5-${turn}-again`, idOf(batch, 1)),
      ])
      expect([report.done.length === 1, sealed === 'accepted'].filter(Boolean)).toHaveLength(1)
      await expectConserved(journey, batch.batchId)
    }
  })
})

describe('F76: a correction after the bank has said success', () => {
  it('is refused while nobody has decided, and after it was decided as paid', async () => {
    const batch = await failedLine('RR6')
    await answer(journey, batch.file, { rows: [paid(1)] })
    const id = await newest(journey, 'conflicting', batch)
    expect(await payAgain('RR6-a', idOf(batch, 1))).toBe('REPLACES_IN_DOUBT')
    await resolve(journey, id, { kind: 'paid' })
    expect(await payAgain('RR6-b', idOf(batch, 1))).toBe('REPLACES_NOT_OPEN')
    const report = await decideReturns(journey.assembly, 'platform', [idOf(batch, 1)], decision)
    expect(report.refused).toEqual([{ instructionId: idOf(batch, 1), code: 'NOT_OPEN' }])
    await expectConserved(journey, batch.batchId)
  })

  it('is accepted once after it was decided as failed, and not a second time', async () => {
    const batch = await failedLine('RR7')
    await answer(journey, batch.file, { rows: [paid(1)] })
    const id = await newest(journey, 'conflicting', batch)
    await resolve(journey, id, { kind: 'failed', reasonCode: 'NAME_MISMATCH' })
    expect(await payAgain('RR7-a', idOf(batch, 1))).toBe('accepted')
    expect(await payAgain('RR7-b', idOf(batch, 1))).toBe('REPLACES_NOT_OPEN')
    await expectConserved(journey, batch.batchId)
  })

  it('waits for a decision that is being made, and sees it', async () => {
    const batch = await failedLine('RR8')
    await answer(journey, batch.file, { rows: [paid(1)] })
    const id = await newest(journey, 'conflicting', batch)
    const [, sealed] = await inTurn(resolving(id, { kind: 'paid' }), () => payAgain('RR8-a', idOf(batch, 1)))
    expect(sealed).toBe('REPLACES_NOT_OPEN')
    await expectConserved(journey, batch.batchId)
  })
})

describe('R8: money that is in flight', () => {
  it('cannot go back to the treasury, and the refusal says that it is in doubt', async () => {
    const batch = await sendBatch(journey, 'RR9', 1)
    const report = await decideReturns(journey.assembly, 'platform', [idOf(batch, 1)], decision)
    expect(report.refused).toEqual([{ instructionId: idOf(batch, 1), code: 'IN_DOUBT' }])
    expect(await payAgain('RR9-a', idOf(batch, 1))).not.toBe('accepted')
    await expectConserved(journey, batch.batchId)
  })
})
