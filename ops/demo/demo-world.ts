/**
 * The world of the demo: a database of its own, simulated banks and SMS provider in a process that knows nothing of
 * it, the service in one process or, with Redis, an API and two workers, and a clock that the demo can turn.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOrMakeFieldKey } from '../../crypto/field-key.ts'
import { migrate } from '../../gateway/store/migrate.ts'
import { type Db, openPool } from '../../gateway/store/pool.ts'
import { createClient } from '../api/client-store.ts'
import { startEmbeddedPostgres } from '../embedded/embedded-postgres.ts'
import { writeSimulatedClock } from '../simulator/simulated-clock.ts'
import { prepareBanks } from '../simulator/world/prepare-banks.ts'
import type { SimulatedWorld } from '../simulator/world/simulated-world.ts'
import { type Child, startChild } from './child-process.ts'
import { demoDatabase } from './demo-database-store.ts'

/** What a demo is made of. */
export interface DemoOptions {
  readonly people: number
  readonly seed: number
  /** External services; without them everything is embedded. */
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  /** Folder of an operator's profiles; each gets a bank of its own. */
  readonly profiles?: string
  readonly onMessage: (message: string) => void
}

/** A world that runs. */
export interface DemoWorld {
  readonly folder: string
  readonly banksFolder: string
  readonly world: SimulatedWorld
  readonly db: Db
  readonly token: string
  readonly apiUrl: string
  readonly services: readonly Child[]
  readonly clock: DemoClock
  close(): Promise<void>
}

/** Simulated time, shared with every process through a file. */
export interface DemoClock {
  now(): Date
  turnTo(at: Date): void
}

/** A Friday morning: the weekend, make-up days and bank hours all come into play. */
const startOfStory = new Date('2026-11-20T10:00:00+08:00')

/** Starts everything; what was started is stopped again when a part fails. */
export async function startWorld(options: DemoOptions): Promise<DemoWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'huida-demo-'))
  const closers: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one()
  }
  try {
    return { ...(await build(options, folder, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function build(
  options: DemoOptions,
  folder: string,
  closers: (() => Promise<unknown>)[],
): Promise<Omit<DemoWorld, 'close'>> {
  const clockFile = join(folder, 'clock.json')
  const clock = demoClock(clockFile)
  clock.turnTo(startOfStory)
  const banksFolder = join(folder, 'world')
  const own = options.profiles === undefined ? {} : { profiles: options.profiles }
  const world = await prepareBanks(banksFolder, options.seed, own)
  const databaseUrl = await openDemoDatabase(options, folder, closers)
  const db = openPool(databaseUrl, { max: 4, applicationName: 'huida-demo', statementTimeoutMs: 0 })
  closers.push(() => db.close())
  await migrate(db)
  const token = await createClient(db, 'finance-platform')
  const onRestart = (name: string, why: string): void =>
    options.onMessage(`${name} ended (${why}) and is started again`)
  const banks = await startChild({
    name: 'banks',
    args: [
      'bank',
      'simulate',
      '--folder',
      banksFolder,
      '--seed',
      String(options.seed),
      '--clock',
      clockFile,
      '--json',
    ],
    env: {},
    onRestart,
  })
  closers.push(() => banks.stop())
  const services = await startServices(
    options,
    serviceEnv(options, folder, clockFile, world, databaseUrl),
    onRestart,
    closers,
  )
  const apiUrl = `http://127.0.0.1:${services[0]?.ready()['apiPort']}`
  return { folder, banksFolder, world, db, token, apiUrl, services, clock }
}

function demoClock(file: string): DemoClock {
  let base = { realMs: Date.now(), simMs: startOfStory.getTime() }
  return {
    now: () => new Date(base.simMs + Date.now() - base.realMs),
    turnTo(at) {
      writeSimulatedClock(file, at)
      base = { realMs: Date.now(), simMs: at.getTime() }
    },
  }
}

async function openDemoDatabase(
  options: DemoOptions,
  folder: string,
  closers: (() => Promise<unknown>)[],
): Promise<string> {
  if (options.databaseUrl !== undefined) {
    const own = await demoDatabase(options.databaseUrl)
    closers.push(() => own.drop())
    return own.url
  }
  const server = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), temporary: true })
  closers.push(() => server.stop())
  return server.url
}

function serviceEnv(
  options: DemoOptions,
  folder: string,
  clockFile: string,
  world: SimulatedWorld,
  databaseUrl: string,
): Record<string, string> {
  const home = join(folder, 'service')
  const fieldKeyFile = join(home, 'keys', 'field-key')
  const smsTokenFile = join(home, 'keys', 'sms-token')
  mkdirSync(join(home, 'keys'), { recursive: true, mode: 0o700 })
  loadOrMakeFieldKey(fieldKeyFile)
  writeFileSync(smsTokenFile, world.sms.token, { mode: 0o600 })
  return {
    DATABASE_URL: databaseUrl,
    ...(options.redisUrl !== undefined && { REDIS_URL: options.redisUrl }),
    HUIDA_FOLDER: home,
    HUIDA_AGREEMENTS: world.agreementsFolder,
    HUIDA_PROGRAMMES: world.programmesFile,
    ...(world.profilesFolder !== undefined && { HUIDA_PROFILES: world.profilesFolder }),
    HUIDA_FIELD_KEY_FILE: fieldKeyFile,
    HUIDA_SMS_URL: `http://${world.sms.host}:${world.sms.port}`,
    HUIDA_SMS_TOKEN_FILE: smsTokenFile,
    HUIDA_SMS_MAX_MESSAGES: '1000',
    HUIDA_SIMULATED_CLOCK: clockFile,
    HUIDA_API_PORT: '0',
    HUIDA_HEALTH_PORT: '0',
    HUIDA_SWEEP_MS: '250',
  }
}

/** One process that does everything, or with Redis an API and two workers that share the work. */
async function startServices(
  options: DemoOptions,
  env: Record<string, string>,
  onRestart: (name: string, why: string) => void,
  closers: (() => Promise<unknown>)[],
): Promise<Child[]> {
  const roles = options.redisUrl === undefined ? ['all'] : ['api', 'worker', 'worker']
  const services: Child[] = []
  for (const [index, role] of roles.entries()) {
    const service = await startChild({
      name: role === 'all' ? 'service' : `${role}-${index}`,
      args: ['start', '--json'],
      env: { ...env, HUIDA_ROLE: role },
      onRestart,
    })
    services.push(service)
    closers.push(() => service.stop())
  }
  return services
}
