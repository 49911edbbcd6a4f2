/**
 * A stand for faults of whole processes: a database of its own, simulated banks on real SFTP that answer at once, a
 * clock that the processes read from a file, and the compiled service started as often as a test likes.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadOrMakeFieldKey } from '../../crypto/field-key.ts'
import { type Db, openPool } from '../../gateway/store/pool.ts'
import { createClient } from '../../ops/api/client-store.ts'
import { readSimulatedClock, writeSimulatedClock } from '../../ops/simulator/simulated-clock.ts'
import { type PrepareOptions, prepareBanks } from '../../ops/simulator/world/prepare-banks.ts'
import { type RunningWorld, runWorld } from '../../ops/simulator/world/run-world.ts'
import type { SimulatedWorld } from '../../ops/simulator/world/simulated-world.ts'
import { freshDatabase } from './postgres.ts'
import { type ServiceProcess, startProcess } from './service-process.ts'

/** How the stand is set up. */
export interface StandOptions extends PrepareOptions {
  /** A server of the test's own; one database of the run's server unless told. It must be migrated. */
  readonly databaseUrl?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A stand at hand. */
export interface ProcessStand {
  readonly db: Db
  readonly databaseUrl: string
  readonly banksFolder: string
  /** The folder that processes have as theirs. */
  readonly home: string
  readonly token: string
  readonly world: RunningWorld
  readonly prepared: SimulatedWorld
  /** What the banks told their operators, line by line. */
  readonly reports: readonly string[]
  now(): Date
  turn(minutes: number): void
  /** Starts one process more; `env` is laid over the stand's. */
  start(env?: Readonly<Record<string, string>>): Promise<ServiceProcess>
  /** Ends every process that lives. */
  stopProcesses(): Promise<void>
  /** Looks until it is so; lets a minute of simulated time pass now and then, since what was put off waits for that. */
  until(what: string, isSo: () => Promise<boolean>): Promise<void>
  /** SIGSTOP for a process that is alone, at a moment in which it holds no work. */
  pause(process: ServiceProcess): Promise<void>
  /** A minute passes for the database: leases of dead and sleeping processes run out. */
  leasesRunOut(): Promise<void>
  close(): Promise<void>
}

/** Banks that pay everybody and answer as soon as they look. */
export const promptBanks: PrepareOptions = {
  failShare: 0,
  returnShare: 0,
  answerDelayMinutes: 0,
  lateAnswerHours: 0,
}

/** Builds a stand on a Friday morning in bank hours. Nothing of the service runs yet. */
export async function startStand(options: StandOptions = {}): Promise<ProcessStand> {
  const { databaseUrl, env = {}, ...behaviour } = options
  const folder = mkdtempSync(join(tmpdir(), 'huida-stand-'))
  const clockFile = join(folder, 'clock.json')
  writeSimulatedClock(clockFile, new Date('2026-11-20T10:00:00+08:00'))
  const clock = readSimulatedClock(clockFile)
  const banksFolder = join(folder, 'world')
  const prepared = await prepareBanks(banksFolder, 7, { ...promptBanks, ...behaviour })
  const reports: string[] = []
  const world = await runWorld(banksFolder, { clock, report: (line) => void reports.push(line) })
  const own = databaseUrl === undefined ? await freshDatabase() : undefined
  const url = databaseUrl ?? own?.url ?? ''
  const db = openPool(url, { max: 4, applicationName: 'stand' })
  const token = await createClient(db, 'platform')
  const home = join(folder, 'service')
  const usual = serviceEnv(home, clockFile, prepared, url)
  const processes: ServiceProcess[] = []
  const turn = (minutes: number): void =>
    writeSimulatedClock(clockFile, new Date(clock.now().getTime() + minutes * 60_000))
  const stopProcesses = async (): Promise<void> =>
    void (await Promise.all(processes.splice(0).map((one) => one.stop())))
  return {
    db,
    databaseUrl: url,
    banksFolder,
    home,
    token,
    world,
    prepared,
    reports,
    now: clock.now,
    turn,
    async start(more = {}) {
      const started = await startProcess({ ...usual, ...env, ...more })
      processes.push(started)
      return started
    },
    stopProcesses,
    until: (what, isSo) => until(what, isSo, turn, () => processes.flatMap(({ said }) => said.slice(-15))),
    pause: (one) => pause(db, one),
    leasesRunOut: () => leasesRunOut(db),
    async close() {
      await stopProcesses()
      await world.close()
      await db.close()
      await own?.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Lets the leases of dead and sleeping processes run out at once. */
export async function leasesRunOut(db: Db): Promise<void> {
  await db.query(
    `update due_work set leased_until = now() - interval '1 second' where leased_until is not null`,
  )
}

async function pause(db: Db, one: ServiceProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    one.signal('SIGSTOP')
    const { rows } = await db.query<{ busy: boolean }>(
      `select exists (select from due_work where leased_until > now())
         or exists (select from pg_stat_activity where application_name like 'huida%' and state <> 'idle'
           and datname = current_database()) as busy`,
    )
    if (rows[0]?.busy === false) return
    one.signal('SIGCONT')
    await sleep(20)
  }
  throw new Error('the process always has work in its hands')
}

function serviceEnv(
  home: string,
  clockFile: string,
  world: SimulatedWorld,
  databaseUrl: string,
): Record<string, string> {
  const fieldKeyFile = join(home, 'keys', 'field-key')
  const smsTokenFile = join(home, 'keys', 'sms-token')
  mkdirSync(join(home, 'keys'), { recursive: true, mode: 0o700 })
  loadOrMakeFieldKey(fieldKeyFile)
  writeFileSync(smsTokenFile, world.sms.token, { mode: 0o600 })
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: '',
    HUIDA_FOLDER: home,
    HUIDA_AGREEMENTS: world.agreementsFolder,
    HUIDA_PROGRAMMES: world.programmesFile,
    ...(world.profilesFolder !== undefined && { HUIDA_PROFILES: world.profilesFolder }),
    HUIDA_FIELD_KEY_FILE: fieldKeyFile,
    HUIDA_SMS_URL: `http://${world.sms.host}:${world.sms.port}`,
    HUIDA_SMS_TOKEN_FILE: smsTokenFile,
    HUIDA_SIMULATED_CLOCK: clockFile,
    HUIDA_API_PORT: '0',
    HUIDA_HEALTH_PORT: '0',
    HUIDA_SWEEP_MS: '200',
    HUIDA_STEP_THREADS: '0',
    HUIDA_INTAKE_THREADS: '0',
  }
}

const lookEveryMs = 100
const looksAMinute = 10
const longestMs = 90_000

/** The deadline is far beyond what is needed; it only keeps a broken program from hanging the suite. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  turn: (minutes: number) => void,
  said: () => readonly string[],
): Promise<void> {
  const startMs = performance.now()
  for (let look = 1; performance.now() - startMs < longestMs; look++) {
    if (await isSo()) return
    await sleep(lookEveryMs)
    if (look % looksAMinute === 0) turn(1)
  }
  throw new Error(`in vain: ${what}\n${said().join('\n')}`)
}

/** Makes an agreement of the stand's world say something else; before the first process starts. */
export function rewriteAgreement(stand: ProcessStand, bank: string, change: (text: string) => string): void {
  const file = join(stand.prepared.agreementsFolder, `${bank}.yaml`)
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

/** Names of everything that lies in a process's scratch folder. */
export const scratchLeft = ({ home }: ProcessStand): string[] => readdirSync(join(home, 'scratch'))
