/** What the bank's server says or fails to say of a sending, and what lies there: three outcomes, never a second file. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Fault } from '../../../gateway/faults.ts'
import { readContent } from '../../../gateway/store/content-store.ts'
import { bankFolders } from '../../../ops/simulator/bank/bank-desk.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, fileOf, plainPeople } from '../../support/ledger-view.ts'
import { dieIn, Killed, leasesRunOut, runOne, runOnly, sendingThrough } from '../../support/step-runs.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['yy-rcb', 'cmbc'], answerDelayMinutes: 1e6, pickUp: 'after-answer' })
})
afterAll(() => journey.close())

async function ready(batchNo: string, bank: string) {
  const { batchId } = await acceptBatch(journey, batchNo, plainPeople(batchNo, bank, 6))
  await runOnly(journey, ['plan', 'compose'])
  const file = await fileOf(journey, batchId)
  const folder = journey.world.world.banks.find((one) => one.bank === bank)?.folder ?? ''
  return { batchId, file, inFolder: bankFolders(folder).in, sealedName: file.sealedName ?? '' }
}

const stateOf = async (batchId: number): Promise<string> => (await fileOf(journey, batchId)).state

async function nameTaken(fileId: number): Promise<number> {
  const { rowCount } = await journey.assembly.db.query(
    `select 1 from exception_item where kind = 'name-taken' and file_id = $1`,
    [fileId],
  )
  return rowCount
}

async function sealedBytes(contentId: bigint | undefined): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of readContent(journey.assembly.db, contentId ?? 0n)) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('a sending whose end is in doubt', () => {
  it('F37: is found delivered when only the reply to the rename was lost, and is not uploaded again', async () => {
    const { batchId, file } = await ready('U1', 'cmbc')
    let uploads = 0
    const lossy = sendingThrough(journey, async (real, one) => {
      uploads++
      await real.send(one)
      return { kind: 'unknown', fault: new Fault('SEND_UNCONFIRMED') }
    })
    await runOne(journey, 'send', file.fileId, lossy)
    expect(await stateOf(batchId)).toBe('unconfirmed')
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    journey.clock.turn(1)
    await runOne(journey, 'send', file.fileId, lossy)
    expect(await stateOf(batchId)).toBe('sent')
    expect(uploads).toBe(1)
    await expectConserved(journey, batchId)
  })

  it('waits for the bank when neither name is left, however often it is looked at', async () => {
    const { batchId, file, inFolder, sealedName } = await ready('U2', 'yy-rcb')
    const vanishing = sendingThrough(journey, async (real, one) => {
      await real.send(one)
      rmSync(join(inFolder, sealedName))
      return { kind: 'unknown', fault: new Fault('SEND_UNCONFIRMED') }
    })
    await runOne(journey, 'send', file.fileId, vanishing)
    for (let look = 0; look < 3; look++) {
      journey.clock.turn(5)
      await runOne(journey, 'send', file.fileId)
      expect(await stateOf(batchId)).toBe('unconfirmed')
    }
    expect(existsSync(join(inFolder, sealedName))).toBe(false)
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    await expectConserved(journey, batchId)
  })

  it('gives the money back to waiting when the bank is proven to have refused, and tries again', async () => {
    const { batchId, file } = await ready('U3', 'cmbc')
    const refused = sendingThrough(journey, async () => ({
      kind: 'not-accepted',
      fault: new Fault('BANK_UNREACHABLE'),
    }))
    expect(await runOne(journey, 'send', file.fileId, refused)).toMatchObject({ kind: 'put-off', tries: 1 })
    expect(await stateOf(batchId)).toBe('sealed')
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 6 })
    await expectConserved(journey, batchId)
    journey.clock.turn(1)
    await runOne(journey, 'send', file.fileId)
    expect(await stateOf(batchId)).toBe('sent')
    await expectConserved(journey, batchId)
  })
})

describe('F38: a final name that is taken', () => {
  it('is never written over, and one exception is opened however long it lies there', async () => {
    const { batchId, file, inFolder, sealedName } = await ready('U4', 'yy-rcb')
    writeFileSync(join(inFolder, sealedName), 'something else')
    for (let look = 0; look < 3; look++) {
      await runOne(journey, 'send', file.fileId)
      journey.clock.turn(11)
    }
    expect(readFileSync(join(inFolder, sealedName), 'utf8')).toBe('something else')
    expect(await stateOf(batchId)).toBe('unconfirmed')
    expect(await nameTaken(file.fileId)).toBe(1)
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    await expectConserved(journey, batchId)
  })

  it('is told by whoever looks next when the one who met it died before he could tell', async () => {
    const { batchId, file, inFolder, sealedName } = await ready('U9', 'yy-rcb')
    const dying = sendingThrough(journey, async () => {
      writeFileSync(join(inFolder, sealedName), 'something else')
      throw new Killed()
    })
    await dieIn(journey, 'send', file.fileId, dying)
    expect(await stateOf(batchId)).toBe('sending')
    expect(await nameTaken(file.fileId)).toBe(0)
    await leasesRunOut(journey)
    for (let look = 0; look < 3; look++) {
      await runOne(journey, 'send', file.fileId)
      journey.clock.turn(11)
    }
    expect(await stateOf(batchId)).toBe('unconfirmed')
    expect(await nameTaken(file.fileId)).toBe(1)
    expect(readFileSync(join(inFolder, sealedName), 'utf8')).toBe('something else')
    await expectConserved(journey, batchId)
  })

  it('by a file of our very size is no delivery, and stays with people', async () => {
    const { batchId, file, inFolder, sealedName } = await ready('U10', 'yy-rcb')
    const foreign = Buffer.alloc(file.sealedBytes ?? 0, 'x')
    writeFileSync(join(inFolder, sealedName), foreign)
    for (let look = 0; look < 3; look++) {
      await runOne(journey, 'send', file.fileId)
      journey.clock.turn(11)
    }
    expect(await stateOf(batchId)).toBe('unconfirmed')
    expect(await nameTaken(file.fileId)).toBe(1)
    expect(readFileSync(join(inFolder, sealedName))).toEqual(foreign)
    await expectConserved(journey, batchId)
  })

  it('by our own bytes is a delivery', async () => {
    const { batchId, file, inFolder, sealedName } = await ready('U5', 'yy-rcb')
    writeFileSync(join(inFolder, sealedName), await sealedBytes(file.contentId))
    await runOne(journey, 'send', file.fileId)
    journey.clock.turn(11)
    await runOne(journey, 'send', file.fileId)
    expect(await stateOf(batchId)).toBe('sent')
    expect(readdirSync(inFolder)).toContain(file.sideFiles[0]?.name)
    await expectConserved(journey, batchId)
  })
})

describe('F40: a bank that takes a file only with its marker', () => {
  it('gets the marker after the file, and only the marker again when that failed', async () => {
    const { batchId, file, inFolder, sealedName } = await ready('U6', 'yy-rcb')
    const sent: string[] = []
    const markerFails = sendingThrough(journey, async (real, one) => {
      sent.push(one.name)
      const isMarker = one.name === file.sideFiles[0]?.name
      return isMarker && sent.length === 2
        ? { kind: 'not-accepted', fault: new Fault('BANK_UNREACHABLE') }
        : real.send(one)
    })
    expect((await runOne(journey, 'send', file.fileId, markerFails)).kind).toBe('put-off')
    expect(await stateOf(batchId)).toBe('sending')
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    expect(readdirSync(inFolder)).toContain(sealedName)
    journey.clock.turn(1)
    await runOne(journey, 'send', file.fileId, markerFails)
    expect(await stateOf(batchId)).toBe('sent')
    expect(sent).toEqual([sealedName, file.sideFiles[0]?.name, file.sideFiles[0]?.name])
    await expectConserved(journey, batchId)
  })

  it('is content with a marker that lies there from an earlier try', async () => {
    const { batchId, file, inFolder } = await ready('U7', 'yy-rcb')
    const marker = file.sideFiles[0]
    if (!marker) throw new Error('this bank wants a marker')
    writeFileSync(join(inFolder, marker.name), marker.content)
    await runOne(journey, 'send', file.fileId)
    expect(await stateOf(batchId)).toBe('sent')
    await expectConserved(journey, batchId)
  })
})
