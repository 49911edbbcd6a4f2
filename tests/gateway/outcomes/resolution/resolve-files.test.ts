/** Whole files that people decide on: quarantined answers, refused files, files of which nobody knows where they are. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Fault } from '../../../../gateway/faults.ts'
import { raiseDoubt } from '../../../../gateway/outcomes/resolution/raise-doubt.ts'
import { inTransaction } from '../../../../gateway/store/transaction.ts'
import { refuseBankFile } from '../../../../gateway/transfer/refusal/refuse-bank-file.ts'
import { bankFolders } from '../../../../ops/simulator/bank/bank-desk.ts'
import { answer, arrivalsOf, rowsFor } from '../../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../../support/journey.ts'
import {
  acceptBatch,
  countsOf,
  expectConserved,
  fileOf,
  inboundOf,
  plainPeople,
  type SentBatch,
  sendBatch,
} from '../../../support/ledger-view.ts'
import { runOne, runOnly, sendingThrough } from '../../../support/step-runs.ts'
import { newest, openOnes, refusals, resolve, resolveNow } from './resolution-stand.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({
    only: ['cmbc', 'ccb', 'spdb'],
    answerDelayMinutes: 1e6,
    lateAnswerHours: 1e5,
    pickUp: 'after-answer',
  })
})
afterAll(() => journey.close())

const inbound = async (name: string) => (await inboundOf(journey, name)).at(-1)

/** An answer that says paid of every line and was broken on its way. */
const brokenAnswer = (batch: SentBatch): Promise<string> =>
  answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') }, { tamper: () => Buffer.from('\r\n') })

describe('a quarantined answer', () => {
  it('is read again when a person says so, and goes back to quarantine when nothing was mended', async () => {
    const batch = await sendBatch(journey, 'QF1', 3)
    const name = await brokenAnswer(batch)
    const id = await newest(journey, 'quarantined-file')
    await resolveNow(journey, id, { kind: 'read-again' })
    expect(await inbound(name)).toMatchObject({ state: 'quarantined' })
    const again = await newest(journey, 'quarantined-file')
    expect(again).not.toBe(id)
    await resolveNow(journey, again, { kind: 'dismiss' })
    expect(await inbound(name)).toMatchObject({ state: 'closed', applied_count: 0 })
    expect((await inbound(name))?.kept).toBeGreaterThan(0n)
    expect(await countsOf(journey, batch.batchId)).toEqual({ in_flight: 3 })
    await expectConserved(journey, batch.batchId)
  })

  it('may be the way in which the bank refuses a file whole', async () => {
    const batch = await sendBatch(journey, 'QF2', 3)
    const foreign = await sendBatch(journey, 'QF3', 1, 'ccb')
    await brokenAnswer(batch)
    const id = await newest(journey, 'quarantined-file')
    const act = (fileId: number) => ({ kind: 'refused-by-bank', fileId }) as const
    expect(await refusals(journey, id, act(999_999))).toEqual(['FILE_NOT_FOUND'])
    expect(await refusals(journey, id, act(foreign.file.fileId))).toEqual(['OTHER_BANK'])
    await resolveNow(journey, id, act(batch.file.fileId))
    expect((await fileOf(journey, batch.batchId)).state).toBe('refused')
    expect(await countsOf(journey, batch.batchId)).toEqual({ in_flight: 3 })
    expect(await openOnes(journey, 'file-refused', batch)).toHaveLength(1)
    await expectConserved(journey, batch.batchId, foreign.batchId)
  })
})

/** A sent file that its bank has refused whole. */
async function refusedBatch(batchNo: string): Promise<SentBatch> {
  const batch = await sendBatch(journey, batchNo, 3)
  const { assembly, clock } = journey
  const bank = assembly.bankBook.byNo(batch.file.bankNo)
  await inTransaction(assembly.db, (tx) =>
    refuseBankFile(tx, assembly, bank, {
      ...{
        fileId: batch.file.fileId,
        reason: 'FILE_TOTALS',
        code: '9001',
        text: '总额不符',
        at: clock.now(),
      },
    }),
  )
  return batch
}

describe('a file that its bank refused whole', () => {
  it('lets its lines go to another file under another number, once', async () => {
    const batch = await refusedBatch('RF1')
    const id = await newest(journey, 'file-refused', batch)
    expect(await refusals(journey, id, { kind: 'dismiss' })).toEqual(['STILL_IN_DOUBT'])
    await resolveNow(journey, id, { kind: 'send-again' })
    expect(await refusals(journey, id, { kind: 'send-again' })).toEqual(['ALREADY_RESOLVED'])
    expect(await countsOf(journey, batch.batchId)).toEqual({ in_flight: 3 })
    const { rows } = await journey.assembly.db.query(
      'select state, file_id <> $2 as other from bank_file where batch_id = $1 order by file_id',
      [batch.batchId, batch.file.fileId],
    )
    expect(rows).toEqual([
      { state: 'refused', other: false },
      { state: 'sent', other: true },
    ])
    await expectConserved(journey, batch.batchId)
  })

  it('fails whole on evidence that nothing of it was paid, and its lines are routed', async () => {
    const batch = await refusedBatch('RF2')
    const id = await newest(journey, 'file-refused', batch)
    expect(await refusals(journey, id, { kind: 'fail-lines', reasonCode: 'FILE_TOTALS' })).toEqual([
      'REASON_UNKNOWN',
    ])
    const report = await resolveNow(journey, id, { kind: 'fail-lines', reasonCode: 'BANK_BUSY' })
    expect(report).toMatchObject({ effect: { lines: 3 }, approval: 'wanted' })
    expect(await countsOf(journey, batch.batchId)).toEqual({ correcting: 3 })
    await expectConserved(journey, batch.batchId)
  })
})

/** A file whose sending ended in doubt and of which the bank shows neither name. */
async function lostBatch(batchNo: string) {
  const { batchId } = await acceptBatch(journey, batchNo, plainPeople(batchNo, 'spdb', 3))
  await runOnly(journey, ['plan', 'compose'])
  const file = await fileOf(journey, batchId)
  const folder = journey.world.world.banks.find((one) => one.bank === 'spdb')?.folder ?? ''
  const vanishing = sendingThrough(journey, async (real, one) => {
    await real.send(one)
    rmSync(join(bankFolders(folder).in, file.sealedName ?? ''))
    return { kind: 'unknown', fault: new Fault('SEND_UNCONFIRMED') }
  })
  await runOne(journey, 'send', file.fileId, vanishing)
  expect((await fileOf(journey, batchId)).state).toBe('unconfirmed')
  const raised = await raiseDoubt(
    journey.assembly,
    { kind: 'file', bank: 'spdb', name: file.name },
    { by: '李复核', reason: '银行来电' },
  )
  if (raised.kind !== 'raised') throw new Error(raised.code)
  return { batchId, file, exceptionId: raised.exceptionId }
}

describe('a file of which nobody knows whether the bank has it', () => {
  it('is sent on evidence that the bank has it, and its answer is awaited', async () => {
    const { batchId, file, exceptionId } = await lostBatch('UF1')
    await resolveNow(journey, exceptionId, { kind: 'delivered' })
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 3 })
    const { rows } = await journey.assembly.db.query(
      'select kind from obligation where file_id = $1 and met_at is null',
      [file.fileId],
    )
    expect(rows).toContainEqual({ kind: 'result' })
    await answer(journey, file, { rows: rowsFor(file, '0') })
    expect(await countsOf(journey, batchId)).toEqual({ paid: 3 })
    await expectConserved(journey, batchId)
  })

  it('goes out again on evidence that the bank never got it, once', async () => {
    const { batchId, file, exceptionId } = await lostBatch('UF2')
    const before = arrivalsOf(journey, file.name)
    await resolveNow(journey, exceptionId, { kind: 'absent' })
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    expect(arrivalsOf(journey, file.name) - before).toBe(1)
    expect(await refusals(journey, exceptionId, { kind: 'absent' })).toEqual(['ALREADY_RESOLVED'])
    await expectConserved(journey, batchId)
  })

  it('F31: shuts a sender out that is still at work when a person decides', async () => {
    const { batchId } = await acceptBatch(journey, 'UF3', plainPeople('UF3', 'spdb', 3))
    await runOnly(journey, ['plan', 'compose'])
    const file = await fileOf(journey, batchId)
    const decided = sendingThrough(journey, async (_real, one) => {
      await one.beforeRename?.()
      const why = { by: '李复核', reason: '银行来电' }
      const raised = await raiseDoubt(journey.assembly, { kind: 'file', bank: 'spdb', name: file.name }, why)
      if (raised.kind === 'raised') await resolve(journey, raised.exceptionId, { kind: 'absent' })
      // He comes back late and believes that he has published the file.
      return { kind: 'accepted', sizeBytes: one.sizeBytes }
    })
    await runOne(journey, 'send', file.fileId, decided)
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 3 })
    await expectConserved(journey, batchId)
    await journey.runQuiet()
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    expect(arrivalsOf(journey, file.name)).toBe(1)
  })

  it('is doubted once, and not when there is nothing to doubt', async () => {
    const { file, exceptionId } = await lostBatch('UF4')
    const why = { by: '李复核', reason: '银行来电' }
    const doubt = (name: string) => raiseDoubt(journey.assembly, { kind: 'file', bank: 'spdb', name }, why)
    expect(await doubt(file.name)).toEqual({ kind: 'raised', exceptionId, before: true })
    expect(await doubt('NOBODY.txt')).toMatchObject({ kind: 'refused', code: 'FILE_NOT_FOUND' })
    await resolveNow(journey, exceptionId, { kind: 'absent' })
    expect(await doubt(file.name)).toMatchObject({
      kind: 'refused',
      code: 'FILE_NOT_IN_DOUBT',
      state: 'sent',
    })
  })
})
