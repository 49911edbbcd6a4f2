/**
 * A sender whose wish to rename was recorded and who then slept, against a real OpenSSH server: his successor finds the
 * part, so nothing was delivered; the part is put out of reach before the file is ready to be sent again.
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Channel } from '../../../gateway/transfer/channel.ts'
import { sftpChannel } from '../../../gateway/transfer/sftp/sftp-channel.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, fileOf, plainPeople } from '../../support/ledger-view.ts'
import { sftpAgreement } from '../../support/sftp-agreement.ts'
import { sleepingSender } from '../../support/sleeping-sender.ts'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { leasesRunOut, runOne, runOnly } from '../../support/step-runs.ts'

let journey: Journey
let bank: Sshd
const channels: Channel[] = []
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
  bank = await startSshd()
})
afterAll(async () => {
  for (const channel of channels) await channel.close()
  await bank.stop()
  await journey.close()
})

function channelToBank(): Channel {
  const channel = sftpChannel(sftpAgreement(bank))
  channels.push(channel)
  return channel
}

/** Takes in what lies under a final name, as a bank does that empties its inbox. */
function takeIn(): string[] {
  const names = readdirSync(bank.outbox).filter((name) => !name.endsWith('.part'))
  for (const name of names) rmSync(join(bank.outbox, name))
  return names
}

test('F31, F37: a sender whose rename was recorded and who slept can no longer rename once his successor has seen the part', async () => {
  const { batchId } = await acceptBatch(journey, 'W1', plainPeople('W1', 'cmbc', 6))
  await runOnly(journey, ['plan', 'compose'])
  const { fileId, sealedName = '' } = await fileOf(journey, batchId)
  const sleeper = await sleepingSender(journey, fileId, channelToBank(), 'behind the gate')
  try {
    expect(await fileOf(journey, batchId)).toMatchObject({ state: 'sending', sendStage: 'renaming' })
    await leasesRunOut(journey)
    const other = channelToBank()
    const successor = { channelOf: () => other }
    expect((await runOne(journey, 'send', fileId, successor)).kind).toBe('put-off')
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 6 })
    // Nothing was sent again so far: what the sleeper published now would be paid, and then sent once more.
    await sleeper.wake()
    const early = takeIn()
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    journey.clock.turn(10)
    expect((await runOne(journey, 'send', fileId, successor)).kind).toBe('done')
    expect([...early, ...takeIn()]).toEqual([sealedName])
    expect(readdirSync(bank.outbox)).toEqual([])
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    await expectConserved(journey, batchId)
  } finally {
    await sleeper.wake()
  }
})
