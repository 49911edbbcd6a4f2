/** A bank that answers in the day and again finally: what the day said stays open, and the final answer counts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layOut, rowsFor, sealAnswer, sealedNameOf, writeAnswer } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { countsOf, expectConserved, inboundOf, sendBatch } from '../../support/ledger-view.ts'

const document = `
id: daily-bank
version: 1
title: 日间先回、日终再回的银行
source: made for this test
fidelity: invented
charset: gbk
newline: lf
layout: delimited
delimiter: '|'
limits: { maxRows: 1000, maxAmountFen: 99999999999 }
request:
  name: 'Q_{date}_{sequence:NNN}.txt'
  row: [ { item: serial, bytes: 20 }, { item: account }, { item: name }, { item: amount } ]
result:
  style: intermediate-final
  name: 'F_{date}_{sequence:NNN}.txt'
  intermediate: { name: 'D_{date}_{sequence:NNN}.txt', final: [] }
  appended: [ { item: code }, { item: text } ]
  codes: { '0': PAID, '1': NAME_MISMATCH }
`

const bank = 'my-daily-bank'
const root = mkdtempSync(join(tmpdir(), 'huida-intermediate-'))
let journey: Journey
beforeAll(async () => {
  writeFileSync(join(root, 'daily-bank.yaml'), document)
  journey = await startJourney({ only: [], profiles: root, answerDelayMinutes: 1e6 })
})
afterAll(async () => {
  await journey.close()
  rmSync(root, { recursive: true })
})

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
