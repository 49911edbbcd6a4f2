/** The process dies while it applies an answer: nothing of it was there, and the next run makes the same of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AnswerRow, layAnswer, rowsFor } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { countsOf, exceptionsOf, expectConserved, inboundOf, sendBatch } from '../../support/ledger-view.ts'
import { dieIn, dyingAtStatement, Killed, leasesRunOut, runOnly } from '../../support/step-runs.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
})
afterAll(() => journey.close())

/** Statements of applying, in their order. */
const points = [
  'create temp table if not exists side_row',
  'insert into instruction_event',
  'update position set',
  'insert into later_result',
  'update bank_file set settled_count',
  'insert into feed_slice',
  'update inbound_file set state',
  'insert into due_work',
]

const changed: readonly AnswerRow[] = [
  { seq: 2, code: '3031', text: '户名不符' },
  { seq: 3, code: '7777', text: '神秘' },
]

async function laidOut(batchNo: string) {
  const { batchId, file } = await sendBatch(journey, batchNo, 8)
  const rows = rowsFor(file, '0000').map((row) => changed.find(({ seq }) => seq === row.seq) ?? row)
  const name = await layAnswer(journey, file, { rows: [...rows, { seq: 5, code: '3031', text: '户名不符' }] })
  const { db } = journey.assembly
  for (let look = 0; look < 2; look++) {
    await db.query(`update due_work set due_at = $1 where step = 'collect'`, [journey.clock.now()])
    await runOnly(journey, ['collect'])
  }
  const [inbound] = await inboundOf(journey, name)
  if (!inbound) throw new Error('nothing was collected')
  return { batchId, name, inboundId: inbound.inbound_id }
}

async function expectApplied(batchId: number, name: string): Promise<void> {
  expect(await countsOf(journey, batchId)).toEqual({ paid: 5, correcting: 1, unknown: 1, conflict: 1 })
  const [inbound] = await inboundOf(journey, name)
  expect(inbound).toMatchObject({ state: 'closed', row_count: 9, applied_count: 7, exception_count: 2 })
  expect(await exceptionsOf(journey, name)).toMatchObject([
    { kind: 'unmapped', seq: 3 },
    { kind: 'conflicting', seq: 5 },
  ])
  const { rows } = await journey.assembly.db.query(
    'select count(*)::int as slices from feed_slice where batch_id = $1',
    [batchId],
  )
  expect(rows).toEqual([{ slices: 2 }])
  await expectConserved(journey, batchId)
}

describe('F67: a process that dies while it applies an answer', () => {
  it.each(points)('at "%s" leaves nothing behind and is made good', async (point) => {
    const { batchId, name, inboundId } = await laidOut(`M${points.indexOf(point)}`)
    await dyingAtStatement(journey, point, () => dieIn(journey, 'read', inboundId, {}))
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 8 })
    expect(await inboundOf(journey, name)).toMatchObject([{ state: 'collected', row_count: 0 }])
    await expectConserved(journey, batchId)
    await leasesRunOut(journey)
    await journey.runQuiet()
    await expectApplied(batchId, name)
  })

  it('in the middle of its lines leaves nothing behind and is made good', async () => {
    const { batchId, name, inboundId } = await laidOut('M-copy')
    const { pseudonyms } = journey.assembly
    const dying = {
      ...pseudonyms,
      accounts: (): never => {
        throw new Killed('copy')
      },
    }
    await dieIn(journey, 'read', inboundId, { pseudonyms: dying })
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 8 })
    await leasesRunOut(journey)
    await journey.runQuiet()
    await expectApplied(batchId, name)
  })
})
