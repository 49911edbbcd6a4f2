/** A bank refuses one of our files whole: the file is refused, people are told, and the money stays where it is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFilesOfBatch } from '../../../gateway/dispatch/bank-file-store.ts'
import { batchId as toBatchId } from '../../../gateway/ledger/batch.ts'
import { findBatch } from '../../../gateway/ledger/batch-store.ts'
import { inTransaction } from '../../../gateway/store/transaction.ts'
import { releaseRefusedFile } from '../../../gateway/transfer/refusal/release-refused-file.ts'
import { answer, bankOf, layOut, rowsFor, sealAnswer, sealedNameOf } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import {
  countsOf,
  expectConserved,
  fileOf,
  inboundOf,
  lineStates,
  type SentBatch,
  sendBatch,
} from '../../support/ledger-view.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc', 'yy-rcb'], answerDelayMinutes: 1e7, lateAnswerHours: 1e6 })
})
afterAll(() => journey.close())

/** The bank's own words of refusal under the name of its answer. */
async function refuse({ file }: SentBatch, signedBy?: string): Promise<string> {
  const bank = bankOf(journey, file)
  const batch = await findBatch(journey.assembly.db, file.batchId)
  const [refusal] = bank.profile.refusalAnswers
  if (!refusal || !batch) throw new Error('this bank has no refusal')
  const name = sealedNameOf(
    journey,
    bank.bank,
    bank.profile.resultName(
      {
        businessDate: file.businessDate.replaceAll('-', ''),
        sequence: file.sequence,
        fileNumber: '',
        count: file.rowCount,
        totalFen: file.totalFen,
        programmeName: batch.programmeName,
        fundingAccount: bank.agreement.fundingAccount,
        settings: bank.agreement.settings,
      },
      'answer',
    ),
  )
  layOut(journey, bank.bank, name, await sealAnswer(journey, bank.bank, refusal.content, signedBy))
  await journey.runQuiet()
  return name
}

async function refusals(fileId: number): Promise<{ state: string; facts: Record<string, unknown> }[]> {
  const { rows } = await journey.assembly.db.query<{ state: string; facts: Record<string, unknown> }>(
    `select state, facts from exception_item where kind = 'file-refused' and file_id = $1`,
    [fileId],
  )
  return rows
}

const release = (fileId: number) =>
  inTransaction(journey.assembly.db, (tx) =>
    releaseRefusedFile(tx, journey.assembly, fileId, {
      actor: 'li.wei',
      cause: 'the bank confirmed in writing that it paid nothing',
    }),
  )

describe('a file that its bank refuses whole', () => {
  it('is refused with code and reason, once, and its lines stay in flight', async () => {
    const sent = await sendBatch(journey, 'FR1', 5)
    const name = await refuse(sent)
    expect((await fileOf(journey, sent.batchId)).state).toBe('refused')
    expect(await inboundOf(journey, name)).toMatchObject([{ state: 'closed', row_count: 0 }])
    const [told, ...more] = await refusals(sent.file.fileId)
    expect(more).toEqual([])
    expect(told).toMatchObject({ state: 'open', facts: { name: sent.file.name, lines: 5 } })
    expect(String(told?.facts['reason'])).toMatch(/^FILE_/)
    expect(await countsOf(journey, sent.batchId)).toEqual({ in_flight: 5 })
    await expectConserved(journey, sent.batchId)
    const owed = await journey.assembly.db.query(
      'select 1 from obligation where met_at is null and file_id = $1',
      [sent.file.fileId],
    )
    expect(owed.rowCount).toBe(0)
  })

  it('is not refused by words that the bank did not sign', async () => {
    const sent = await sendBatch(journey, 'FR2', 3)
    const name = await refuse(sent, 'stranger')
    expect(await inboundOf(journey, name)).toMatchObject([{ state: 'quarantined' }])
    expect((await fileOf(journey, sent.batchId)).state).toBe('sent')
  })

  it('goes out again under another number when a person lets its lines go, and never twice', async () => {
    const sent = await sendBatch(journey, 'FR3', 4)
    await refuse(sent)
    expect(await release(sent.file.fileId)).toMatchObject({ kind: 'released', count: 4 })
    expect(await countsOf(journey, sent.batchId)).toEqual({ waiting: 4 })
    await expectConserved(journey, sent.batchId)
    expect(await release(sent.file.fileId)).toEqual({ kind: 'not-refused' })
    await journey.runQuiet()
    const [first, second, ...more] = await findFilesOfBatch(journey.assembly.db, toBatchId(sent.batchId))
    expect(more).toEqual([])
    expect(first).toMatchObject({ fileId: sent.file.fileId, state: 'refused' })
    expect(second).toMatchObject({ state: 'sent', rowCount: 4, totalFen: sent.file.totalFen })
    expect(second?.name).not.toBe(first?.name)
    await expectConserved(journey, sent.batchId)
    if (!second) throw new Error('no second file')
    await answer(journey, second, { rows: rowsFor(second, '0000') })
    expect(await countsOf(journey, sent.batchId)).toEqual({ paid: 4 })
    await expectConserved(journey, sent.batchId)
  })

  it('is quarantined where the bank answered lines of it before', async () => {
    const sent = await sendBatch(journey, 'FR4', 4)
    await answer(journey, sent.file, { rows: rowsFor(sent.file, '0000') })
    const before = await lineStates(journey, sent.batchId)
    const name = await refuse(sent)
    expect((await inboundOf(journey, name)).map(({ state }) => state)).toEqual(['closed', 'quarantined'])
    expect(await lineStates(journey, sent.batchId)).toEqual(before)
    expect((await fileOf(journey, sent.batchId)).state).toBe('closed')
    expect(await refusals(sent.file.fileId)).toEqual([])
  })

  it('F53: is refused although our own record of the sending is still open', async () => {
    const sent = await sendBatch(journey, 'FR5', 3)
    await journey.assembly.db.query(
      `update bank_file set state = 'unconfirmed', sent_at = null where file_id = $1`,
      [sent.file.fileId],
    )
    await refuse(sent)
    expect((await fileOf(journey, sent.batchId)).state).toBe('refused')
    expect(await countsOf(journey, sent.batchId)).toEqual({ in_flight: 3 })
    await expectConserved(journey, sent.batchId)
  })

  it('has any later answer quarantined, for people have to say which of both is true', async () => {
    const sent = await sendBatch(journey, 'FR6', 3)
    const name = await refuse(sent)
    await answer(journey, sent.file, { rows: rowsFor(sent.file, '0000') })
    expect((await inboundOf(journey, name)).map(({ state }) => state)).toEqual(['closed', 'quarantined'])
    expect(await countsOf(journey, sent.batchId)).toEqual({ in_flight: 3 })
  })
})
