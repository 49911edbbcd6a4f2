/** Brakes: once one is pulled, nothing that it covers gets its final name at a bank, whoever was in the middle of sending. */
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batchId as toBatchId } from '../../../../gateway/ledger/batch.ts'
import { findBatch } from '../../../../gateway/ledger/batch-store.ts'
import { inTransaction } from '../../../../gateway/store/transaction.ts'
import type { BrakeScope } from '../../../../gateway/transfer/brakes/brake.ts'
import { brakesOnFile } from '../../../../gateway/transfer/brakes/brake-store.ts'
import { liftBrake, listBrakes, pullBrake } from '../../../../gateway/transfer/brakes/pull-brake.ts'
import { type PortWatch, watchedChannel } from '../../../../ops/drills/port-call.ts'
import { bankFolders } from '../../../../ops/simulator/bank/bank-desk.ts'
import { arrivalsOf } from '../../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, fileOf, plainPeople } from '../../../support/ledger-view.ts'
import { ownChannel, type Replaced, runOne, runOnly } from '../../../support/step-runs.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
})
afterAll(() => journey.close())

const hand = { by: 'cli:li.wei', reason: 'the county doubts its list' }

async function sealed(batchNo: string) {
  const { batchId } = await acceptBatch(journey, batchNo, plainPeople(batchNo, 'cmbc', 5))
  await runOnly(journey, ['plan', 'compose'])
  return { batchId: toBatchId(batchId), file: await fileOf(journey, batchId) }
}

/** Final names in the folder that the bank takes files from. */
function atBank(): string[] {
  const [bank] = journey.world.world.banks
  if (!bank) throw new Error('no bank')
  return readdirSync(bankFolders(bank.folder).in).filter((name) => !name.endsWith('.part'))
}

describe('a brake', () => {
  it('keeps a sealed file back, is the same when it is pulled again, and its lifting makes the file due at once', async () => {
    const { batchId, file } = await sealed('B1')
    const first = await pullBrake(journey.assembly, { kind: 'batch', batchId }, hand)
    const again = await pullBrake(
      journey.assembly,
      { kind: 'batch', batchId },
      { ...hand, reason: 'another' },
    )
    expect(first.kind).toBe('pulled')
    expect(again).toEqual({ kind: 'standing', brake: first.brake })
    expect((await runOne(journey, 'send', file.fileId)).kind).toBe('done')
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 5 })
    expect(await listBrakes(journey.assembly.db)).toMatchObject([
      { scope: 'batch', subject: 'platform/B1', heldFiles: 1, reason: hand.reason },
    ])
    const lifted = await liftBrake(journey.assembly, first.brake.brakeId, hand)
    expect(lifted).toEqual({ kind: 'lifted', wakes: [{ step: 'send', subject: String(file.fileId) }] })
    expect(await liftBrake(journey.assembly, first.brake.brakeId, hand)).toEqual({ kind: 'not-standing' })
    await runOnly(journey, ['send'])
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    await expectConserved(journey, batchId)
  })

  it('on a batch without files lets them be planned and made, and not sent', async () => {
    const { batchId } = await acceptBatch(journey, 'B2', plainPeople('B2', 'cmbc', 5))
    const { brake } = await pullBrake(journey.assembly, { kind: 'batch', batchId: toBatchId(batchId) }, hand)
    await runOnly(journey, ['plan', 'compose', 'send'])
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    await liftBrake(journey.assembly, brake.brakeId, hand)
    await runOnly(journey, ['send'])
    expect((await fileOf(journey, batchId)).state).toBe('sent')
  })

  it('is written into the audit trail when it is pulled and when it is lifted', async () => {
    const { rows } = await journey.assembly.db.query<{ act: string; actor: string }>(
      `select act, actor from audit_event where act like 'brake.%' and subject like 'batch %' order by audit_no limit 2`,
    )
    expect(rows).toEqual([
      { act: 'brake.pulled', actor: hand.by },
      { act: 'brake.lifted', actor: hand.by },
    ])
  })

  it('that is pulled while a file goes up stops it before the rename, and its money waits again', async () => {
    const { batchId, file } = await sealed('B3')
    let brakeId = 0n
    const pulling: Replaced = {
      channelOf: (bank) =>
        watchedChannel(journey.assembly.channelOf(bank), async ({ verb, when }) => {
          if (verb !== 'before-rename' || when !== 'before') return
          brakeId = (await pullBrake(journey.assembly, { kind: 'everything' }, hand)).brake.brakeId
        }),
    }
    const run = await runOne(journey, 'send', file.fileId, pulling)
    expect(run).toMatchObject({ kind: 'put-off', fault: { code: 'SENDING_HELD' } })
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 5 })
    expect(atBank()).not.toContain(file.sealedName)
    await expectConserved(journey, batchId)
    await liftBrake(journey.assembly, brakeId, hand)
    await runOnly(journey, ['send'])
    await journey.world.work()
    expect(arrivalsOf(journey, file.name)).toBe(1)
  })

  it('that is pulled by a client leaves an operator his own, and each lifts what he pulled', async () => {
    const { batchId, file } = await sealed('B4')
    const scope: BrakeScope = { kind: 'batch', batchId }
    const client = await pullBrake(journey.assembly, scope, { by: 'platform', reason: 'ours', via: 'client' })
    const operator = await pullBrake(journey.assembly, scope, hand)
    expect([client.kind, operator.kind]).toEqual(['pulled', 'pulled'])
    await liftBrake(journey.assembly, client.brake.brakeId, { by: 'platform', reason: 'done', via: 'client' })
    await runOnly(journey, ['send'])
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    await liftBrake(journey.assembly, operator.brake.brakeId, hand)
    await runOne(journey, 'send', file.fileId)
    expect((await fileOf(journey, batchId)).state).toBe('sent')
  })
})

describe('a pull against senders of two gateways', () => {
  it('waits for the release that began before it, and nothing is released after it has returned', async () => {
    const { batchId, file } = await sealed('B5')
    const order: string[] = []
    // A second gateway in the very transaction of its release: it has seen no brake and has not committed.
    let pulled: Promise<void> | undefined
    await inTransaction(journey.assembly.db, async (tx) => {
      expect(await brakesOnFile(tx, file.fileId)).toEqual([])
      pulled = pullBrake(journey.assembly, { kind: 'batch', batchId }, hand).then(
        () => void order.push('pulled'),
      )
      await waitingForGate()
      order.push('released')
    })
    await pulled
    expect(order).toEqual(['released', 'pulled'])
    await inTransaction(journey.assembly.db, async (tx) =>
      expect(await brakesOnFile(tx, file.fileId)).toHaveLength(1),
    )
    await liftAll()
  })

  it.each([1, 2, 3, 4, 5, 6])('leaves no file renamed after it has returned, interleaving %i', async (at) => {
    const { batchId, file } = await sealed(`B6-${at}`)
    const race = raceWith(at, () => pullBrake(journey.assembly, { kind: 'bank', bankNo: file.bankNo }, hand))
    await Promise.all([
      runOne(journey, 'send', file.fileId, race.gateway()),
      runOne(journey, 'send', file.fileId, race.gateway()),
    ])
    await race.pulled()
    expect(race.renamedAfter()).toBe(false)
    await liftAll()
    journey.clock.turn(30)
    await runOnly(journey, ['send'])
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    await journey.world.work()
    expect(arrivalsOf(journey, file.name)).toBe(1)
    await expectConserved(journey, batchId)
  })
})

/** Gateways of their own lines; at the n-th call to the bank, of either, somebody pulls. */
function raceWith(at: number, pull: () => Promise<unknown>) {
  let calls = 0
  let pulling: Promise<unknown> | undefined
  let returned = false
  let returnedBefore = false
  let renamedAfter = false
  const begin = async (): Promise<void> => {
    await pull()
    returned = true
  }
  const watch: PortWatch = ({ verb, when }) => {
    if (++calls === at) pulling = begin()
    if (verb !== 'before-rename') return
    // The leave is asked for and given between these two; where the pull had returned before, none may come.
    if (when === 'before') returnedBefore = returned
    else renamedAfter ||= returnedBefore
  }
  return {
    gateway: (): Replaced => ({
      channelOf: (bank) => {
        const own = ownChannel(bank)
        const watched = watchedChannel(own, watch)
        return { ...watched, send: (one) => watched.send(one).finally(() => own.close()) }
      },
    }),
    pulled: async () => pulling,
    renamedAfter: () => renamedAfter,
  }
}

describe('what a brake covers', () => {
  it('is what its scope says, and lifting it covers the same: any scope, any file', async () => {
    const mine = await sealed('C1')
    const other = await sealed('C2')
    const { db } = journey.assembly
    const batch = await findBatch(db, mine.batchId)
    if (!batch) throw new Error('no batch')
    const scopes: readonly [BrakeScope, boolean, boolean][] = [
      [{ kind: 'everything' }, true, true],
      [{ kind: 'bank', bankNo: mine.file.bankNo }, true, true],
      [{ kind: 'batch', batchId: mine.batchId }, true, false],
      [{ kind: 'programme', programme: batch.programmeCode }, true, true],
      [{ kind: 'programme', programme: 'ANOTHER' }, false, false],
      [{ kind: 'region', region: '43' }, true, true],
      [{ kind: 'region', region: '430621' }, true, true],
      [{ kind: 'region', region: '44' }, false, false],
    ]
    await fc.assert(
      fc.asyncProperty(fc.subarray([...scopes]), async (chosen) => {
        for (const [scope] of chosen) await pullBrake(journey.assembly, scope, hand)
        const [onMine, onOther] = await inTransaction(db, async (tx) => [
          await brakesOnFile(tx, mine.file.fileId),
          await brakesOnFile(tx, other.file.fileId),
        ])
        expect(onMine?.length).toBe(chosen.filter(([, covers]) => covers).length)
        expect(onOther?.length).toBe(chosen.filter(([, , covers]) => covers).length)
        await liftAll()
      }),
      { numRuns: 15 },
    )
  })
})

async function liftAll(): Promise<void> {
  for (const { brakeId } of await listBrakes(journey.assembly.db))
    await liftBrake(journey.assembly, brakeId, hand)
}

/** Waits until a connection waits for the send gate. */
async function waitingForGate(): Promise<void> {
  for (;;) {
    const { rowCount } = await journey.assembly.db.query(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'update send_gate%' and datname = current_database()`,
    )
    if (rowCount > 0) return
  }
}
