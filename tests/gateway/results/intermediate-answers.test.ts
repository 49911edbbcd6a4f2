/** A bank that answers in the day and again finally: what the day said stays open, and the final answer counts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layOut, rowsFor, sealAnswer, sealedNameOf, writeAnswer } from '../../support/bank-answers.ts'
import type { Journey } from '../../support/journey.ts'
import { countsOf, expectConserved, inboundOf, sendBatch } from '../../support/ledger-view.ts'
import { startOwnBank } from '../../support/own-bank.ts'

const result = `  style: intermediate-final
  name: 'F_{date}_{sequence:NNN}.txt'
  intermediate: { name: 'D_{date}_{sequence:NNN}.txt', final: [] }
  appended: [ { item: code }, { item: text } ]
  codes: { '0': PAID, '1': NAME_MISMATCH }
`

const bank = 'my-daily-bank'
let journey: Journey
beforeAll(async () => {
  journey = await startOwnBank({ id: 'daily-bank', title: '日间先回、日终再回的银行', result })
})
afterAll(() => journey.close())

describe('a final answer', () => {
  it('F59: that repeats the one of the day word for word is applied, and its own repetition is not', async () => {
    const { file, batchId } = await sendBatch(journey, 'I1', 3, bank)
    const { name, content } = await writeAnswer(journey, file, { rows: rowsFor(file, '0') })
    const lay = async (plainName: string): Promise<string> => {
      const remoteName = sealedNameOf(journey, bank, plainName)
      layOut(journey, bank, remoteName, await sealAnswer(journey, bank, content))
      await journey.runQuiet()
      return remoteName
    }
    await lay(name.replace('F_', 'D_'))
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 3 })
    const finalName = await lay(name)
    expect(await countsOf(journey, batchId)).toEqual({ paid: 3 })
    await lay(name)
    expect(await inboundOf(journey, finalName)).toMatchObject([{ row_count: 3 }, { row_count: 0 }])
    await expectConserved(journey, batchId)
  })
})
