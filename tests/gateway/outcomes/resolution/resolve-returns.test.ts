/** Returned money that nobody could match: a person names its line, which leaves paid once, or puts the entry away. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answer, rowsFor } from '../../../support/bank-answers.ts'
import type { Journey } from '../../../support/journey.ts'
import {
  countsOf,
  expectConserved,
  lineStates,
  type SentBatch,
  sendBatch,
} from '../../../support/ledger-view.ts'
import { statementJourney, tellStatement } from '../../results/statement-bank.ts'
import { idOf, newest, openOnes, refusals, resolveNow } from './resolution-stand.ts'

let journey: Journey
beforeAll(async () => {
  journey = await statementJourney()
})
afterAll(() => journey.close())

async function paidBatch(batchNo: string): Promise<SentBatch> {
  const batch = await sendBatch(journey, batchNo, 3)
  await answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
  return batch
}

const fenOf = (batch: SentBatch, seq: number): bigint => BigInt(batch.lines[seq - 1]?.amountFen ?? 0n)
const matchReturn = (instructionId: string) => ({ kind: 'match-return', instructionId }) as const

describe('F65: a return that fits no line beyond doubt', () => {
  it('is matched with the line that a person names, which is routed and cannot come back twice', async () => {
    const batch = await paidBatch('MR1')
    await tellStatement(journey, '20261123', [
      { ref: 'MR1-R1', fen: fenOf(batch, 2) },
      { ref: 'MR1-R2', fen: fenOf(batch, 2) },
      { ref: 'MR1-R3', fen: fenOf(batch, 2) + 1n },
    ])
    const [first = 0n, second = 0n, third = 0n] = await openOnes(journey, 'orphan-return')
    expect(await refusals(journey, third, matchReturn(idOf(batch, 2)))).toEqual(['AMOUNT_DIFFERS'])
    expect(await refusals(journey, first, matchReturn('nobody'))).toEqual(['INSTRUCTION_NOT_FOUND'])
    await resolveNow(journey, first, matchReturn(idOf(batch, 2)))
    expect(await lineStates(journey, batch.batchId)).toEqual({ 1: 'paid', 2: 'correcting', 3: 'paid' })
    expect(await refusals(journey, second, matchReturn(idOf(batch, 2)))).toEqual(['NOT_PAID'])
    await resolveNow(journey, second, { kind: 'dismiss' })
    await resolveNow(journey, third, { kind: 'dismiss' })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 2, correcting: 1 })
    const { rows } = await journey.assembly.db.query(
      'select seq, matched_by, effect from statement_match where batch_id = $1',
      [batch.batchId],
    )
    expect(rows).toEqual([{ seq: 2, matched_by: 'evidence', effect: 'returned' }])
    await expectConserved(journey, batch.batchId)
  })

  it('is not matched with money that was never said to have arrived', async () => {
    const batch = await sendBatch(journey, 'MR2', 1)
    await tellStatement(journey, '20261124', [{ ref: 'MR2-R1', fen: fenOf(batch, 1) }])
    const id = await newest(journey, 'orphan-return')
    expect(await refusals(journey, id, matchReturn(idOf(batch, 1)))).toEqual(['NOT_PAID'])
    expect(await countsOf(journey, batch.batchId)).toEqual({ in_flight: 1 })
    await expectConserved(journey, batch.batchId)
  })
})
