/** A request for notices that the provider refuses for good: people are told once, and the money is not concerned. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Fault } from '../../../../gateway/faults.ts'
import { bankOf, layAnswer, rowsFor } from '../../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../../support/journey.ts'
import { countsOf, expectConserved, sendBatch } from '../../../support/ledger-view.ts'
import { lookOnce, runOnly } from '../../../support/step-runs.ts'
import { newest, openOnes, refusals, resolveNow } from './resolution-stand.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
})
afterAll(() => journey.close())

it('a refused request for notices is told to people once, and put away when its cause was mended', async () => {
  const batch = await sendBatch(journey, 'SR1', 3)
  await layAnswer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
  for (let look = 0; look < 2; look++) await lookOnce(journey, bankOf(journey, batch.file))
  await runOnly(journey, ['read', 'route'])
  const refusing = {
    maxMessages: 100,
    settleMs: 60_000,
    send: async () => ({ kind: 'refused' as const, fault: new Fault('SMS_REFUSED', { status: 422 }) }),
    ask: async () => 'absent' as const,
  }
  await runOnly(journey, ['notify'], { sms: refusing })
  expect(await openOnes(journey, 'sms-refused', batch)).toHaveLength(1)
  const { rows } = await journey.assembly.db.query<{ facts: Record<string, unknown> }>(
    `select facts from exception_item where kind = 'sms-refused'`,
  )
  expect(rows[0]?.facts).toMatchObject({ code: 'SMS_REFUSED', status: '422', loSeq: 1, hiSeq: 3 })
  expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 3 })
  await journey.runQuiet()
  const id = await newest(journey, 'sms-refused', batch)
  expect(await refusals(journey, id, { kind: 'paid' })).toEqual(['ACT_NOT_FOR_KIND'])
  await resolveNow(journey, id, { kind: 'dismiss' })
  expect(await openOnes(journey, 'sms-refused', batch)).toEqual([])
  await expectConserved(journey, batch.batchId)
})
