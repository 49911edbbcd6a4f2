/**
 * A whole world in one process for tests: a database of its own, simulated banks on real SFTP, the SMS provider on
 * HTTP, and the steps of the journey run one after the other, with time standing still until the test turns it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOrMakeFieldKey } from '../../crypto/field-key.ts'
import type { Clock } from '../../gateway/clock.ts'
import { openBatch } from '../../gateway/intake/open-batch.ts'
import { receivePart } from '../../gateway/intake/receive-part.ts'
import { type SealResult, sealBatch } from '../../gateway/intake/seal-batch.ts'
import { ensureDueWork, findDueWork } from '../../gateway/ledger/due-work-store.ts'
import { runStep, type StepRun } from '../../gateway/run-step.ts'
import { digestingNdjson } from '../../ops/demo/batch-ndjson.ts'
import type { DemoLine } from '../../ops/demo/people.ts'
import { inPlace } from '../../ops/drills/kill-points.ts'
import type { PortWatch } from '../../ops/drills/port-call.ts'
import { type PrepareOptions, prepareBanks } from '../../ops/simulator/world/prepare-banks.ts'
import { type RunningWorld, type RunOptions, runWorld } from '../../ops/simulator/world/run-world.ts'
import { type Assembly, assemble } from '../../ops/start/assemble.ts'
import { readConfig } from '../../ops/start/config.ts'
import { steps } from '../../ops/start/steps.ts'
import { freshDatabase } from './postgres.ts'

/** Time that stands still until it is turned. */
export interface TestClock extends Clock {
  turn(minutes: number): void
}

/** A journey at hand. */
export interface Journey {
  readonly assembly: Assembly
  readonly world: RunningWorld
  readonly banksFolder: string
  readonly clock: TestClock
  /** What the banks told their operators, line by line. */
  readonly reports: readonly string[]
  /** Hands a batch in as the finance platform does; gives what sealing said. */
  handIn(
    batchNo: string,
    lines: readonly DemoLine[],
    header?: Readonly<Record<string, unknown>>,
  ): Promise<SealResult>
  /** Runs everything that is due until nothing is, and lets the banks work meanwhile; gives what was put off. */
  runQuiet(): Promise<StepRun[]>
  /** Turns time in half hours until nothing waits or is in flight, or the limit is reached. */
  settle(limitMinutes?: number): Promise<void>
  close(): Promise<void>
}

/** How a journey's world behaves; `sms` tells how often its SMS provider fails. */
export interface JourneyOptions extends PrepareOptions {
  readonly seed?: number
  readonly sms?: Pick<RunOptions, 'smsDropShare' | 'smsBusyShare' | 'smsIdempotent'>
  /** Sees every call through a port, under the name of its step. */
  readonly watch?: PortWatch
  /** A migrated database of the test's own, instead of one on the server of the run; it is left as it is. */
  readonly databaseUrl?: string
}

/** Builds a journey; it begins on a Friday morning in bank hours. */
export async function startJourney(options: JourneyOptions = {}): Promise<Journey> {
  const folder = mkdtempSync(join(tmpdir(), 'huida-journey-'))
  const clock = testClock(new Date('2026-11-20T10:00:00+08:00'))
  const banksFolder = join(folder, 'world')
  const { seed = 7, sms = {}, watch, databaseUrl, ...behaviour } = options
  const prepared = await prepareBanks(banksFolder, seed, behaviour)
  const reports: string[] = []
  const report = (line: string): void => void reports.push(line)
  const world = await runWorld(banksFolder, { ...sms, clock, report })
  const database =
    databaseUrl === undefined ? await freshDatabase() : { url: databaseUrl, drop: async () => {} }
  const assembly = await openAssembly(folder, database.url, prepared, clock, watch)
  await assembly.db.query(`insert into api_client (client, token_sha256) values ('platform', sha256('test'))`)
  for (const bank of assembly.bankBook.banks)
    await ensureDueWork(assembly.db, 'collect', bank.bankNo, clock.now())
  const journey = { assembly, world, banksFolder, clock, reports }
  return {
    ...journey,
    handIn: (batchNo, lines, header = {}) => handIn(assembly, batchNo, lines, header),
    runQuiet: () => runQuiet(journey),
    settle: (limitMinutes = 60 * 48) => settle(journey, limitMinutes),
    async close() {
      await world.close()
      await assembly.close()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A clock that stands at `start` until it is turned. */
export function testClock(start: Date): TestClock {
  let nowMs = start.getTime()
  return {
    now: () => new Date(nowMs),
    turn(minutes) {
      nowMs += minutes * 60_000
    },
  }
}

function openAssembly(
  folder: string,
  databaseUrl: string,
  world: Awaited<ReturnType<typeof prepareBanks>>,
  clock: Clock,
  watch: PortWatch | undefined,
): Promise<Assembly> {
  const home = join(folder, 'service')
  mkdirSync(join(home, 'keys'), { recursive: true })
  const fieldKeyFile = join(home, 'keys', 'field-key')
  const smsTokenFile = join(home, 'keys', 'sms-token')
  loadOrMakeFieldKey(fieldKeyFile)
  writeFileSync(smsTokenFile, world.sms.token, { mode: 0o600 })
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    HUIDA_FOLDER: home,
    HUIDA_AGREEMENTS: world.agreementsFolder,
    HUIDA_PROGRAMMES: world.programmesFile,
    ...(world.profilesFolder !== undefined && { HUIDA_PROFILES: world.profilesFolder }),
    HUIDA_FIELD_KEY_FILE: fieldKeyFile,
    HUIDA_SMS_URL: `http://${world.sms.host}:${world.sms.port}`,
    HUIDA_SMS_TOKEN_FILE: smsTokenFile,
  })
  return assemble(config, databaseUrl, {
    name: 'huida-test',
    connections: 6,
    clock,
    ...(watch && { watch }),
  })
}

/** Hands a batch in as the finance platform does. */
export async function handIn(
  assembly: Assembly,
  batchNo: string,
  lines: readonly DemoLine[],
  header: Readonly<Record<string, unknown>>,
): Promise<SealResult> {
  const needs = { ...assembly, spoolFolder: assembly.scratchFolder, threads: 0 }
  const body = digestingNdjson(lines)
  const chunks = [...body.chunks]
  const { count, amountFen, sha256 } = body.totals()
  const opened = await openBatch(
    needs,
    'platform',
    { ...usualHeader(batchNo, count, Number(amountFen)), ...header },
    `open-${batchNo}`,
  )
  if (opened.kind !== 'opened') throw new Error(`the batch was not opened: ${JSON.stringify(opened)}`)
  const part = await receivePart(needs, 'platform', batchNo, 1, toAsync(chunks), 'ndjson', 'identity')
  if (part.kind !== 'received') throw new Error(`the part was not received: ${JSON.stringify(part)}`)
  return sealBatch(
    needs,
    'platform',
    batchNo,
    { count, amountFen: Number(amountFen), sha256 },
    `seal-${batchNo}`,
  )
}

const usualHeader = (batchNo: string, count: number, amountFen: number): Record<string, unknown> => ({
  batchNo,
  programme: { code: 'FARMLAND-2026', name: '耕地地力保护补贴' },
  period: '2026',
  region: '430621',
  fundingAccount: '43050166360800000999',
  voucherNo: '5201-2026-000123',
  dueBy: '2026-12-04',
  approvals: [{ role: 'finance', by: '县财政局', at: '2026-11-20T09:00:00+08:00' }],
  declared: { count, amountFen },
})

async function* toAsync(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}

type Parts = Pick<Journey, 'assembly' | 'world' | 'clock'>

async function runQuiet({ assembly, world, clock }: Parts): Promise<StepRun[]> {
  const putOff: StepRun[] = []
  // Two looks at an inbox must agree, so polling comes round a few times before nothing more can happen.
  for (let idleRounds = 0; idleRounds < 3; ) {
    await world.work()
    const polls = assembly.bankBook.banks.map((bank) => bank.bankNo)
    await assembly.db.query(`update due_work set due_at = $1 where step = 'collect' and subject = any ($2)`, [
      clock.now(),
      polls.map(String),
    ])
    const due = await findDueWork(assembly.db, clock.now(), 100)
    for (const { step, subject } of due) {
      const run = await inPlace(step, () => runStep(steps[step], assembly, step, subject))
      if (run.kind === 'put-off') putOff.push(run)
    }
    idleRounds = due.every((work) => work.step === 'collect') ? idleRounds + 1 : 0
  }
  return putOff
}

async function settle(parts: Parts, limitMinutes: number): Promise<void> {
  for (let minutes = 0; minutes <= limitMinutes; minutes += 30) {
    await runQuiet(parts)
    const { rows } = await parts.assembly.db.query<{ open: bigint }>(
      'select sum(waiting_count + in_flight_count) as open from position',
    )
    if ((rows[0]?.open ?? 0n) === 0n) return
    parts.clock.turn(30)
  }
}
