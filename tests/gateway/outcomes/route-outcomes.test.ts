/** Where failed payments go: by the class of the reason to a correction, to waiting, or to the treasury, exactly once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answer, rowsFor } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import {
  countsOf,
  expectConserved,
  lineStates,
  type SentBatch,
  sendBatch,
} from '../../support/ledger-view.ts'
import { runOnly } from '../../support/step-runs.ts'

const failures = [
  { code: '3031', text: '户名不符', state: 'correcting', wanted: 'corrected-data', fields: ['payeeName'] },
  {
    code: '3009',
    text: '账号不存在',
    state: 'correcting',
    wanted: 'corrected-data',
    fields: ['payeeAccount'],
  },
  { code: '3024', text: '日切处理中', state: 'correcting', wanted: 'same-data-again', fields: [] },
  { code: '3017', text: '冻结', state: 'failed', wanted: 'person-must-act', fields: [] },
  { code: '3012', text: '收款人已故', state: 'treasury_pending', wanted: undefined, fields: [] },
] as const

let journey: Journey
let batch: SentBatch
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
  batch = await sendBatch(journey, 'T1', failures.length + 1)
  const rows = rowsFor(batch.file, '0000').map((row, at) => ({ ...row, ...pick(at) }))
  await answer(journey, batch.file, { rows })
})
afterAll(() => journey.close())

const pick = (at: number) => {
  const failure = failures[at]
  return failure === undefined ? {} : { code: failure.code, text: failure.text }
}

const rowsOf = async (sql: string): Promise<unknown[]> =>
  (await journey.assembly.db.query(sql, [batch.batchId])).rows

const corrections = () =>
  rowsOf('select seq, wanted, fields, state from correction where batch_id = $1 order by seq')
const returns = () =>
  rowsOf(
    `select seq, amount_fen, cause, decided_by, original_voucher_no, to_char(original_date, 'YYYY-MM-DD') as day, state
     from treasury_return where batch_id = $1 order by seq`,
  )
const events = () => rowsOf('select count(*)::int as n from instruction_event where batch_id = $1')
const moves = () => rowsOf('select count(*)::int as n from position_move where batch_id = $1')

describe('the route of a failed payment', () => {
  it('follows the class of its reason', async () => {
    const states = Object.fromEntries(failures.map(({ state }, at) => [at + 1, state]))
    expect(await lineStates(journey, batch.batchId)).toEqual({ ...states, [failures.length + 1]: 'paid' })
    expect(await countsOf(journey, batch.batchId)).toEqual({
      paid: 1,
      failed: 1,
      correcting: 3,
      treasury_pending: 1,
    })
    await expectConserved(journey, batch.batchId)
  })

  it('asks the line department for what the reason is about', async () => {
    expect(await corrections()).toEqual(
      failures.flatMap(({ wanted, fields }, at) =>
        wanted === undefined ? [] : [{ seq: at + 1, wanted, fields, state: 'open' }],
      ),
    )
  })

  it('opens a treasury return under the voucher and the day on which the money left', async () => {
    expect(await returns()).toEqual([
      {
        seq: 5,
        amount_fen: batch.lines[4]?.amountFen,
        cause: 'reason-class',
        decided_by: 'huida',
        original_voucher_no: '5201-2026-000123',
        day: batch.file.businessDate,
        state: 'pending',
      },
    ])
  })

  it('is taken once, however often the step runs', async () => {
    const before = [await corrections(), await returns(), await events(), await moves()]
    await journey.assembly.db.query(
      `insert into due_work (step, subject, due_at) select 'route', inbound_id::text, $1 from inbound_file`,
      [journey.clock.now()],
    )
    expect((await runOnly(journey, ['route'])).map(({ kind }) => kind)).toEqual(['done'])
    expect([await corrections(), await returns(), await events(), await moves()]).toEqual(before)
    await expectConserved(journey, batch.batchId)
  })
})
