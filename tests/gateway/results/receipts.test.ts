/** Receipts by which a bank says that it took a file in, or refused it whole at that point. */
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shippedFolder } from '../../../formats/profile/load-catalog.ts'
import type { BankFile } from '../../../gateway/dispatch/bank-file.ts'
import { answer, bankOf, layOut, rowsFor, sealAnswer, sealedNameOf } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import {
  acceptBatch,
  countsOf,
  expectConserved,
  fileOf,
  inboundOf,
  plainPeople,
  sendBatch,
} from '../../support/ledger-view.ts'
import { runOnly } from '../../support/step-runs.ts'

const sealedReceipts = `
acknowledgement:
  name: RCPT_{date}_{sequence:NNNNNN}.txt
  accepted: '^00\\|'
  refused: '^([0-9]{2})\\|'
  codes: { '07': FILE_TOTALS, '08': FILE_DUPLICATE }
`
const clearReceipts = sealedReceipts
  .replace('RCPT_', 'CLEAR_')
  .replace("accepted: '^00", "sealed: false\n  accepted: '^00")
  .replace("refused: '^([0-9]{2})", "refused: '^([1-9][0-9])")
  .replace("'07'", "'17'")
  .replace("'08'", "'18'")

let journey: Journey
let folder: string
beforeAll(async () => {
  journey = await startJourney({
    only: ['cmbc', 'yy-rcb'],
    answerDelayMinutes: 1e7,
    lateAnswerHours: 1e6,
  })
  folder = mkdtempSync(join(tmpdir(), 'huida-receipts-'))
  cpSync(shippedFolder(), folder, { recursive: true })
  for (const bank of journey.assembly.bankBook.banks)
    appendFileSync(
      join(folder, `${bank.profile.id}.yaml`),
      bank.bank === 'cmbc' ? sealedReceipts.replace("'^([0-9]{2})", "'^([0-9][1-9])") : clearReceipts,
    )
  journey.assembly.useProfiles(folder)
})
afterAll(async () => {
  await journey.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Lays out a receipt for a file; sealed as its profile says, or by whom `signedBy` tells. */
async function receipt(file: BankFile, text: string, signedBy?: string): Promise<string> {
  const bank = bankOf(journey, file)
  const { acknowledgement } = bank.profile
  if (!acknowledgement) throw new Error('this bank leaves no receipts')
  const header = {
    businessDate: file.businessDate.replaceAll('-', ''),
    sequence: file.sequence,
    fileNumber: '',
    count: file.rowCount,
    totalFen: file.totalFen,
    programmeName: '',
    fundingAccount: '',
    settings: bank.agreement.settings,
  }
  const content = Buffer.from(text)
  const name = acknowledgement.fileName(header)
  const remoteName = acknowledgement.sealed ? sealedNameOf(journey, bank.bank, name) : name
  const sealed = acknowledgement.sealed ? await sealAnswer(journey, bank.bank, content, signedBy) : content
  layOut(journey, bank.bank, remoteName, sealed)
  await journey.runQuiet()
  return remoteName
}

const stateOf = async (name: string): Promise<string[]> =>
  (await inboundOf(journey, name)).map(({ state }) => state)

describe('a receipt', () => {
  it('acknowledges the file, and its debt is met', async () => {
    const { batchId, file } = await sendBatch(journey, 'RC1', 3)
    const name = await receipt(file, '00|taken in\r\n')
    expect(await stateOf(name)).toEqual(['closed'])
    expect((await fileOf(journey, batchId)).state).toBe('acknowledged')
    await answer(journey, file, { rows: rowsFor(file, '0000') })
    expect((await fileOf(journey, batchId)).state).toBe('closed')
    expect(await countsOf(journey, batchId)).toEqual({ paid: 3 })
    await expectConserved(journey, batchId)
  })

  it('F59: that comes after the result changes nothing', async () => {
    const { batchId, file } = await sendBatch(journey, 'RC2', 3)
    await answer(journey, file, { rows: rowsFor(file, '0000') })
    const name = await receipt(file, '00|taken in\r\n')
    expect(await stateOf(name)).toEqual(['closed'])
    expect((await fileOf(journey, batchId)).state).toBe('closed')
    expect(await countsOf(journey, batchId)).toEqual({ paid: 3 })
    await expectConserved(journey, batchId)
  })

  it('F53: for a sending whose end we do not know proves that the file arrived', async () => {
    const { batchId, file } = await sendBatch(journey, 'RC3', 3)
    const { db } = journey.assembly
    await db.query(`update bank_file set state = 'unconfirmed', sent_at = null where file_id = $1`, [
      file.fileId,
    ])
    await db.query('delete from obligation where file_id = $1', [file.fileId])
    await receipt(file, '00|taken in\r\n')
    expect((await fileOf(journey, batchId)).state).toBe('acknowledged')
    const owed = await db.query(
      `select 1 from obligation where file_id = $1 and kind = 'result' and met_at is null`,
      [file.fileId],
    )
    expect(owed.rowCount).toBe(1)
    await expectConserved(journey, batchId)
  })

  it('for a file that was never handed over is quarantined', async () => {
    const { batchId } = await acceptBatch(journey, 'RC4', plainPeople('RC4', 'cmbc', 3))
    await runOnly(journey, ['plan', 'compose'])
    const file = await fileOf(journey, batchId)
    const turnedOff = journey.assembly.db.query(`delete from due_work where step = 'send' and subject = $1`, [
      String(file.fileId),
    ])
    await turnedOff
    const name = await receipt(file, '00|taken in\r\n')
    expect(await stateOf(name)).toEqual(['quarantined'])
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
  })

  it('refuses the file whole with a mapped code', async () => {
    const { batchId, file } = await sendBatch(journey, 'RC5', 3)
    await receipt(file, '07|totals\r\n')
    expect((await fileOf(journey, batchId)).state).toBe('refused')
    const { rows } = await journey.assembly.db.query<{ facts: unknown }>(
      `select facts from exception_item where kind = 'file-refused' and file_id = $1`,
      [file.fileId],
    )
    expect(rows).toMatchObject([{ facts: { reason: 'FILE_TOTALS', code: '07' } }])
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 3 })
    await expectConserved(journey, batchId)
  })

  it.each([
    ['a code that nobody mapped', '99|?\r\n'],
    ['words that fit neither pattern', 'hello\r\n'],
    ['more than 64 KiB', `00|${'x'.repeat(70_000)}`],
  ])('with %s is quarantined and says nothing', async (why, text) => {
    const { batchId, file } = await sendBatch(journey, `RC6${why.length}`, 2)
    expect(await stateOf(await receipt(file, text))).toEqual(['quarantined'])
    expect((await fileOf(journey, batchId)).state).toBe('sent')
  })

  it('that a stranger signed is quarantined', async () => {
    const { batchId, file } = await sendBatch(journey, 'RC7', 2)
    expect(await stateOf(await receipt(file, '00|taken in\r\n', 'stranger'))).toEqual(['quarantined'])
    expect((await fileOf(journey, batchId)).state).toBe('sent')
  })

  it('in the clear may say that a file was taken in, but not refuse it', async () => {
    const taken = await sendBatch(journey, 'RC8', 2, 'yy-rcb')
    await receipt(taken.file, '00|taken in\r\n')
    expect((await fileOf(journey, taken.batchId)).state).toBe('acknowledged')
    const denied = await sendBatch(journey, 'RC9', 2, 'yy-rcb')
    const name = await receipt(denied.file, '17|totals\r\n')
    expect(await stateOf(name)).toEqual(['quarantined'])
    expect((await fileOf(journey, denied.batchId)).state).toBe('sent')
  })
})
