/**
 * A database that is older than what its bank has seen (R9): sending is paused, the bank's side is compared, and only then
 * goes on what the bank does not have. PostgreSQL is a real server whose data are put back, the bank a real SFTP folder.
 */
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anchorPath } from '../../../../gateway/store/database-anchor.ts'
import { liftBrake, listBrakes } from '../../../../gateway/transfer/brakes/pull-brake.ts'
import { writeSimulatedClock } from '../../../../ops/simulator/simulated-clock.ts'
import { type DatabaseWatch, watchDatabase } from '../../../../ops/start/database-watch.ts'
import type { Log } from '../../../../ops/start/log.ts'
import { runHuida } from '../../../ops/cli/command-run.ts'
import { arrivalsOf } from '../../../support/bank-answers.ts'
import { type Journey, type JourneyOptions, startJourney } from '../../../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, fileOf, plainPeople } from '../../../support/ledger-view.ts'
import { type OwnPostgres, startOwnPostgres } from '../../../support/own-postgres.ts'
import { runOne, runOnly } from '../../../support/step-runs.ts'

let postgres: OwnPostgres
let journey: Journey
const watches: DatabaseWatch[] = []
const told: string[] = []
const log: Log = {
  info: () => {},
  warn: () => {},
  error: (event, { code = '' }) => void told.push(`${event} ${code}`),
}

beforeEach(async () => {
  told.length = 0
  postgres = await startOwnPostgres()
})
afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.stop()
  await journey.close()
  await postgres.close()
})

const home = (): string => join(dirname(journey.banksFolder), 'service')
/** What every process does at its start, before any step runs. */
async function start(): Promise<DatabaseWatch> {
  const watch = await watchDatabase(journey.assembly, { folder: home() }, log)
  watches.push(watch)
  return watch
}

/** A world whose bank never answers and keeps its files in sight, unless told. */
async function open(
  options: JourneyOptions = { answerDelayMinutes: 1e6, lateAnswerHours: 1e5 },
): Promise<void> {
  journey = await startJourney({ only: ['cmbc'], databaseUrl: postgres.url, ...options })
}

async function sealed(batchNo: string): Promise<number> {
  const { batchId } = await acceptBatch(journey, batchNo, plainPeople(batchNo, 'cmbc', 4))
  await runOnly(journey, ['plan', 'compose'])
  return batchId
}

const send = async (batchId: number) => runOne(journey, 'send', (await fileOf(journey, batchId)).fileId)

/** `huida reconcile --bank cmbc` as an operator runs it beside the service. */
function reconcile(...words: string[]) {
  const clockFile = join(home(), 'clock.json')
  writeSimulatedClock(clockFile, journey.clock.now())
  const { agreementsFolder, programmesFile } = journey.world.world
  return runHuida(['reconcile', '--bank', 'cmbc', ...words], {
    DATABASE_URL: postgres.url,
    HUIDA_FOLDER: home(),
    HUIDA_AGREEMENTS: agreementsFolder,
    HUIDA_PROGRAMMES: programmesFile,
    HUIDA_FIELD_KEY_FILE: join(home(), 'keys', 'field-key'),
    HUIDA_SIMULATED_CLOCK: clockFile,
  })
}

async function restoredBrakes(): Promise<number> {
  const brakes = await listBrakes(journey.assembly.db)
  return brakes.filter(({ cause }) => cause === 'restored').length
}

describe('a backup that was made before a sending and is put back after it', () => {
  it('F79: pauses at the start, sends nothing, finds what the bank has, and sends the rest once everything is settled', async () => {
    await open()
    await (await start()).stop()
    const gone = await sealed('GONE')
    const rest = await sealed('REST')
    await postgres.backUp()
    const before = await start()
    journey.clock.turn(5)
    await send(gone)
    const later = await sealed('LATER')
    await send(later)
    const [goneFile, restFile, laterFile] = [
      await fileOf(journey, gone),
      await fileOf(journey, rest),
      await fileOf(journey, later),
    ]
    await before.stop()

    journey.clock.turn(5)
    await postgres.restore('as-it-was')
    await start()
    expect(told).toEqual(['sending.paused fence-behind'])
    expect(await restoredBrakes()).toBe(1)
    await runOnly(journey, ['send'])
    expect([(await fileOf(journey, gone)).state, (await fileOf(journey, rest)).state]).toEqual([
      'sealed',
      'sealed',
    ])
    const [brake] = await listBrakes(journey.assembly.db)
    expect(await liftBrake(journey.assembly, brake?.brakeId ?? 0n, { by: 'x', reason: 'y' })).toEqual({
      kind: 'restored',
    })

    const compared = await reconcile('--json')
    expect({ code: compared.code, stderr: compared.stderr }).toEqual({ code: 4, stderr: '' })
    expect(JSON.parse(compared.stdout)).toMatchObject({
      paused: true,
      clean: false,
      files: [{ name: restFile.sealedName, finding: 'unclear', inDoubt: true }],
      lost: [{ name: laterFile.sealedName, place: 'sent', acknowledged: false }],
    })
    expect((await fileOf(journey, gone)).state).toBe('sent')
    expect(await countsOf(journey, gone)).toEqual({ in_flight: 4 })

    expect((await reconcile('--resume', '--by', 'li', '--reason', 'hurry')).code).toBe(4)
    expect(await restoredBrakes()).toBe(1)
    const evidence = ['--by', 'li.wei', '--evidence', 'letter 2026-117 of the bank']
    expect((await reconcile('--file', restFile.sealedName ?? '', '--is', 'absent', ...evidence)).code).toBe(4)
    const settled = await reconcile('--file', laterFile.sealedName ?? '', '--is', 'acknowledged', ...evidence)
    expect(settled.stderr).toContain('Nothing is in doubt')
    expect(settled.code).toBe(0)
    expect((await reconcile('--resume', '--by', 'li', '--reason', 'settled')).code).toBe(0)
    expect(await restoredBrakes()).toBe(0)

    journey.clock.turn(1)
    await runOnly(journey, ['send'])
    expect((await fileOf(journey, rest)).state).toBe('sent')
    await journey.world.work()
    for (const file of [goneFile, restFile, laterFile]) expect(arrivalsOf(journey, file.name)).toBe(1)
    await expectConserved(journey, gone, rest)
  })

  it('F20: gives no number of a file, a sequence or a fence out again that was used after the backup', async () => {
    await open()
    await (await start()).stop()
    await sealed('EARLY')
    await postgres.backUp()
    const before = await start()
    const used = await fileOf(journey, await sealed('USED'))
    await send(used.batchId)
    await before.stop()
    journey.clock.turn(1)
    await postgres.restore('as-it-was')
    await start()
    const planned = await acceptBatch(journey, 'NEXT', plainPeople('NEXT', 'cmbc', 4))
    await runOnly(journey, ['plan'])
    await expect(fileOf(journey, planned.batchId)).rejects.toThrow('no file was planned')
    const evidence = ['--by', 'li.wei', '--evidence', 'letter 2026-118']
    await reconcile('--file', used.sealedName ?? '', '--is', 'acknowledged', ...evidence)
    const early = JSON.parse((await reconcile('--json')).stdout).files[0].name
    await reconcile('--file', early, '--is', 'absent', ...evidence)
    expect((await reconcile('--resume', '--by', 'li', '--reason', 'settled')).code).toBe(0)
    journey.clock.turn(20)
    await runOnly(journey, ['plan'])
    const next = await fileOf(journey, planned.batchId)
    expect(next.fileId).toBeGreaterThan(used.fileId + 99_999)
    expect(next.sequence).toBeGreaterThan(used.sequence)
    expect(next.name).not.toBe(used.name)
    await runOnly(journey, ['compose', 'send'])
    expect((await fileOf(journey, planned.batchId)).sendFence).toBeGreaterThan(used.sendFence)
  })

  it('F79: holds back lines that were in no file, since the file that took them may be lost with the backup', async () => {
    await open()
    await (await start()).stop()
    const { batchId } = await acceptBatch(journey, 'BARE', plainPeople('BARE', 'cmbc', 4))
    await postgres.backUp()
    const before = await start()
    journey.clock.turn(1)
    await runOnly(journey, ['plan', 'compose'])
    const sent = await fileOf(journey, batchId)
    await send(batchId)
    await journey.world.work()
    await before.stop()
    journey.clock.turn(1)
    await postgres.restore('as-it-was')
    await start()
    await runOnly(journey, ['plan'])
    expect(JSON.parse((await reconcile('--json')).stdout)).toMatchObject({
      clean: false,
      unplanned: [{ batch: 'platform/BARE', count: 4, settled: false }],
    })
    const evidence = ['--by', 'li.wei', '--evidence', 'the bank names this file']
    const said = await reconcile('--batch', 'BARE', '--client', 'platform', '--is', 'delivered', ...evidence)
    expect(said.code).toBe(4)
    await reconcile('--file', sent.sealedName ?? '', '--is', 'acknowledged', ...evidence)
    expect((await reconcile('--resume', '--by', 'li', '--reason', 'settled')).code).toBe(0)
    journey.clock.turn(20)
    await runOnly(journey, ['plan', 'compose', 'send'])
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 4 })
    await journey.world.work()
    expect(arrivalsOf(journey, sent.name)).toBe(1)
  })

  it('F79: leaves answers at the bank until it was compared, and takes one for the proof that the file was sent', async () => {
    await open({ pickUp: 'at-once', answerDelayMinutes: 10, failShare: 0, returnShare: 0 })
    await (await start()).stop()
    const batchId = await sealed('ANSWERED')
    await postgres.backUp()
    const before = await start()
    const file = await fileOf(journey, batchId)
    journey.clock.turn(1)
    await send(batchId)
    await journey.world.work()
    await before.stop()
    journey.clock.turn(30)
    await journey.world.work()
    await postgres.restore('as-it-was')
    await start()
    await journey.runQuiet()
    const { rows } = await journey.assembly.db.query('select 1 from inbound_file')
    expect(rows).toEqual([])
    const { stdout } = await reconcile('--json')
    expect(JSON.parse(stdout)).toMatchObject({ clean: true, files: [], lost: [] })
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    expect((await reconcile('--resume', '--by', 'li', '--reason', 'compared')).code).toBe(0)
    journey.clock.turn(1)
    await journey.runQuiet()
    expect(await countsOf(journey, batchId)).toEqual({ paid: 4 })
    expect(arrivalsOf(journey, file.name)).toBe(1)
    await expectConserved(journey, batchId)
  })

  it('is no restore when nothing was lost, nor is a new database beside no anchor', async () => {
    await open()
    await (await start()).stop()
    await postgres.backUp()
    await (await start()).stop()
    await postgres.restore('as-it-was')
    await start()
    expect(told).toEqual([])
    expect(await restoredBrakes()).toBe(0)
    const compared = await reconcile('--json')
    expect([compared.code, JSON.parse(compared.stdout).paused]).toEqual([0, false])
    expect((await reconcile('--resume', '--by', 'li', '--reason', 'why not')).code).toBe(3)
  })
})

describe('a standby that had not got the last commits and is promoted', () => {
  it('F29: releases nothing on the other timeline, pauses at the next look, and says so once', async () => {
    await open()
    const watch = await start()
    const batchId = await sealed('LOST')
    await postgres.backUp()
    await send(batchId)
    const sent = await fileOf(journey, batchId)
    await postgres.restore('promoted')
    // Nobody has looked yet: the release itself sees that it is on another timeline.
    expect(await send(batchId)).toMatchObject({ kind: 'put-off', fault: { code: 'SENDING_HELD' } })
    watch.outage()
    await watch.inRhythm()
    watch.outage()
    await watch.inRhythm()
    expect(told).toEqual(['sending.paused other-timeline'])
    expect(await restoredBrakes()).toBe(1)
    journey.clock.turn(30)
    await runOnly(journey, ['send'])
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    expect(JSON.parse((await reconcile('--json')).stdout)).toMatchObject({ clean: true, files: [] })
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    expect((await reconcile('--resume', '--by', 'li', '--reason', 'compared')).code).toBe(0)
    await journey.world.work()
    expect(arrivalsOf(journey, sent.name)).toBe(1)
    await expectConserved(journey, batchId)
  })

  it('F29: is seen by a machine that was never there before, by what the ledger remembers', async () => {
    await open()
    await (await start()).stop()
    await postgres.backUp()
    await postgres.restore('promoted')
    rmSync(anchorPath(home()))
    await start()
    expect(told).toEqual(['sending.paused other-timeline'])
  })
})
