/** A worker dies while it sends: the next one decides by evidence, the bank gets one file, and no fen is lost. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findSendAttempts } from '../../../gateway/dispatch/bank-file-store.ts'
import { compareLedgers } from '../../../ops/demo/demo-law-store.ts'
import { bankFolders } from '../../../ops/simulator/bank/bank-desk.ts'
import { readBankLedgers } from '../../../ops/simulator/world/read-bank-ledgers.ts'
import { arrivalsOf, layAnswer, rowsFor } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, fileOf, plainPeople } from '../../support/ledger-view.ts'
import {
  dieIn,
  killedAt,
  killPoints,
  leasesRunOut,
  lookOnce,
  runOne,
  runOnly,
} from '../../support/step-runs.ts'

const people = 20
const reliable = { failShare: 0, returnShare: 0, answerDelayMinutes: 20, lateAnswerHours: 0 }

/** Brings a batch to where its only file may be sent. */
async function readyToSend(journey: Journey, batchNo: string, bank: string) {
  const { batchId } = await acceptBatch(journey, batchNo, plainPeople(batchNo, bank, people))
  await runOnly(journey, ['plan', 'compose'])
  return { batchId, file: await fileOf(journey, batchId) }
}

async function expectPaidOnce(journey: Journey, batchId: number): Promise<void> {
  await journey.settle()
  const file = await fileOf(journey, batchId)
  expect(await countsOf(journey, batchId)).toEqual({ paid: people })
  expect(file.state).toBe('closed')
  expect(arrivalsOf(journey, file.name)).toBe(1)
  await expectConserved(journey, batchId)
  expect(await compareLedgers(journey.assembly.db, readBankLedgers(journey.banksFolder))).toMatchObject({
    creditedTwice: 0,
    creditedNotPaid: 0,
    paidNotCredited: 0,
  })
}

describe.each([
  { pickUp: 'after-answer' as const, said: 'that leaves files in place until it has answered' },
  { pickUp: 'at-once' as const, said: 'F41: that takes files at once' },
])('a worker killed while it sends to a bank $said', ({ pickUp }) => {
  let journey: Journey
  beforeAll(async () => {
    journey = await startJourney({ ...reliable, pickUp, only: ['cmbc', 'yy-rcb'] })
  })
  afterAll(() => journey.close())

  it.each(['cmbc', 'yy-rcb'].flatMap((bank) => killPoints.map((point) => ({ bank, point }))))(
    'F27: $point to $bank leaves one file and all its money',
    async ({ bank, point }) => {
      const { batchId, file } = await readyToSend(journey, `D-${bank}-${killPoints.indexOf(point)}`, bank)
      await dieIn(journey, 'send', file.fileId, killedAt(journey, point))
      expect((await fileOf(journey, batchId)).state).toBe('sending')
      expect(await countsOf(journey, batchId)).toEqual({ in_flight: people })
      await expectConserved(journey, batchId)
      expect((await runOne(journey, 'send', file.fileId)).kind).toBe('idle')
      // The bank looks into its folder before the next worker does.
      await journey.world.work()
      await leasesRunOut(journey)
      await runOne(journey, 'send', file.fileId)
      // Without its marker the file still lies there, however quick the bank is.
      const isTaken = pickUp === 'at-once' && bank === 'cmbc'
      const found = point === 'after the rename' ? (isTaken ? 'unconfirmed' : 'sent') : 'sealed'
      expect((await fileOf(journey, batchId)).state).toBe(found)
      await expectConserved(journey, batchId)
      await expectPaidOnce(journey, batchId)
    },
  )

  it('F31: leaves nothing behind, even where it wrote on after another had taken over', async () => {
    const { batchId, file } = await readyToSend(journey, `D-part-${pickUp}`, 'cmbc')
    await dieIn(journey, 'send', file.fileId, killedAt(journey, 'after the part'))
    const [dead] = await findSendAttempts(journey.assembly.db, file.fileId)
    await leasesRunOut(journey)
    await expectPaidOnce(journey, batchId)
    const { in: outbox } = bankFolders(join(journey.banksFolder, 'banks', 'cmbc'))
    writeFileSync(join(outbox, `${file.sealedName}.${dead}.part`), 'half of a file')
    journey.clock.turn(1440)
    await runOnly(journey, ['chase'])
    expect(readdirSync(outbox).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('F53: is overtaken by the answer to the very file, which counts and proves the delivery', async () => {
    const { batchId, file } = await readyToSend(journey, `D-early-${pickUp}`, 'cmbc')
    await dieIn(journey, 'send', file.fileId, killedAt(journey, 'after the rename'))
    const bank = journey.assembly.bankBook.byNo(file.bankNo)
    await layAnswer(journey, file, { rows: rowsFor(file, '0000', '成功') })
    for (let look = 0; look < 2; look++) await lookOnce(journey, bank)
    await runOnly(journey, ['read'])
    expect((await fileOf(journey, batchId)).state).toBe('closed')
    expect(await countsOf(journey, batchId)).toEqual({ paid: people })
    await leasesRunOut(journey)
    expect((await runOne(journey, 'send', file.fileId)).kind).toBe('done')
    expect((await fileOf(journey, batchId)).state).toBe('closed')
    await expectConserved(journey, batchId)
  })
})
