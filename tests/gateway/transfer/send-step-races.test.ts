/** Two workers believe that they send the same file: fences decide, and only the holder of the last one moves anything. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Channel } from '../../../gateway/transfer/channel.ts'
import { sendBankFile } from '../../../gateway/transfer/send-bank-file.ts'
import { arrivalsOf, bankOf } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, fileOf, plainPeople } from '../../support/ledger-view.ts'
import { type Bed, sleepingSender } from '../../support/sleeping-sender.ts'
import { claim, leasesRunOut, ownChannel, type Replaced, runOne, runOnly } from '../../support/step-runs.ts'

let journey: Journey
const channels: Channel[] = []
const wakes: (() => void)[] = []
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
})
afterEach(async () => {
  // Whoever still sleeps after a failed test would keep its line open for ever.
  for (const wake of wakes.splice(0)) wake()
  for (const channel of channels.splice(0)) await channel.close()
})
afterAll(() => journey.close())

/** A worker that claims a sending and falls asleep in it, on a line of its own. */
async function sleepingWorker(batchId: number, bed: Bed) {
  const file = await fileOf(journey, batchId)
  const channel = ownChannel(bankOf(journey, file))
  channels.push(channel)
  const sleeper = await sleepingSender(journey, file.fileId, channel, bed)
  wakes.push(() => void sleeper.wake())
  return { file, wake: sleeper.wake }
}

async function ready(batchNo: string): Promise<number> {
  const { batchId } = await acceptBatch(journey, batchNo, plainPeople(batchNo, 'cmbc', 6))
  await runOnly(journey, ['plan', 'compose'])
  return batchId
}

/** The next worker finds a lease that ran out, decides by evidence, and is put off. */
async function takeOver(fileId: number): Promise<void> {
  await leasesRunOut(journey)
  await runOne(journey, 'send', fileId)
}

describe('F31: a sender that slept past its lease', () => {
  it('is shut out before the rename once another has proven that nothing was delivered', async () => {
    const batchId = await ready('R1')
    const sleeper = await sleepingWorker(batchId, 'before the gate')
    await takeOver(sleeper.file.fileId)
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    expect(await sleeper.wake()).toContain('Another process has taken over')
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 6 })
    await expectConserved(journey, batchId)
    await journey.settle(30)
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    await journey.world.work()
    expect(arrivalsOf(journey, sleeper.file.name)).toBe(1)
  })

  it('moves neither the file nor the money of the one that sends now', async () => {
    const batchId = await ready('R2')
    const first = await sleepingWorker(batchId, 'before the gate')
    await takeOver(first.file.fileId)
    journey.clock.turn(1)
    const second = await sleepingWorker(batchId, 'before the gate')
    expect(await first.wake()).toContain('Another process has taken over')
    expect((await fileOf(journey, batchId)).state).toBe('sending')
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    expect(await second.wake()).toBe('done')
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    await expectConserved(journey, batchId)
    await journey.world.work()
    expect(arrivalsOf(journey, first.file.name)).toBe(1)
  })

  it('finds the file sent by another and leaves it so', async () => {
    const batchId = await ready('R3')
    const sleeper = await sleepingWorker(batchId, 'before the gate')
    await takeOver(sleeper.file.fileId)
    journey.clock.turn(1)
    await runOne(journey, 'send', sleeper.file.fileId)
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    expect(await sleeper.wake()).toContain('Another process has taken over')
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    await expectConserved(journey, batchId)
    await journey.world.work()
    expect(arrivalsOf(journey, sleeper.file.name)).toBe(1)
  })

  it('may have asked for the final name already; then only one of the two renames can find a part', async () => {
    const batchId = await ready('R4')
    const sleeper = await sleepingWorker(batchId, 'behind the gate')
    await takeOver(sleeper.file.fileId)
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    journey.clock.turn(1)
    const second = await sleepingWorker(batchId, 'behind the gate')
    await sleeper.wake()
    await second.wake()
    await journey.settle(120)
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    expect(['sent', 'unconfirmed']).toContain((await fileOf(journey, batchId)).state)
    await expectConserved(journey, batchId)
    await journey.world.work()
    expect(arrivalsOf(journey, sleeper.file.name)).toBe(1)
  })

  it('is not let in again by an old claim after a newer one has worked on the file', async () => {
    const batchId = await ready('R5')
    const { fileId } = await fileOf(journey, batchId)
    const old = await claim(journey, 'send', fileId)
    await leasesRunOut(journey)
    const refusing: Replaced = {
      channelOf: (bank) => ({
        ...journey.assembly.channelOf(bank),
        send: async (file) => journey.assembly.channelOf(bank).send({ ...file, name: `${file.name}/` }),
      }),
    }
    expect((await runOne(journey, 'send', fileId, refusing)).kind).toBe('put-off')
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    await expect(sendBankFile(journey.assembly, String(fileId), old)).rejects.toThrow('taken over')
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 6 })
    await expectConserved(journey, batchId)
  })
})
