/**
 * The world of the demo: a database of its own, simulated banks and SMS provider in a process that knows nothing of
 * it, the service in one process or, with Redis or under chaos, an API and two workers, and a clock that the demo can
 * turn.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOrMakeFieldKey } from '../../crypto/field-key.ts'
import { migrate } from '../../gateway/store/migrate.ts'
import { type Db, openPool } from '../../gateway/store/pool.ts'
import { createClient } from '../api/client-store.ts'
import type { ChaosTargets } from '../drills/chaos/disturb.ts'
import { startFragilePostgres } from '../drills/chaos/fragile-postgres.ts'
import { startFragileRedis } from '../drills/chaos/fragile-redis.ts'
import { freePort } from '../simulator/listen-patiently.ts'
import { writeSimulatedClock } from '../simulator/simulated-clock.ts'
import { prepareBanks } from '../simulator/world/prepare-banks.ts'
import type { SimulatedWorld } from '../simulator/world/simulated-world.ts'
import { type Child, startChild } from './child-process.ts'
import { demoDatabase } from './demo-database-store.ts'
import { openBankLines } from './demo-lines.ts'

/** What a demo is made of. */
export interface DemoOptions {
  readonly people: number
  readonly seed: number
  /** External services; without them everything is embedded. */
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  /** Folder of an operator's profiles; each gets a bank of its own. */
  readonly profiles?: string
  /** Makes every part so that chaos can hurt it: several processes, lines that break, servers that crash. */
  readonly fragile?: boolean
  readonly onMessage: (message: string) => void
  /** Told what a process of the gateway logs. */
  readonly onLine?: (process: string, line: string) => void
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
  /** What chaos may touch; undefined in a world that is not fragile. */
  readonly targets: ChaosTargets | undefined
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
  const lines = options.fragile ? await openBankLines(world, closers) : undefined
  const servers = await openServers(options, folder, closers)
  const db = openPool(servers.databaseUrl, { max: 4, applicationName: 'huida-demo', statementTimeoutMs: 0 })
  closers.push(() => db.close())
  await migrate(db)
  const token = await createClient(db, 'finance-platform')
  const banks = await startBanks(options, banksFolder, clockFile, closers)
  const env = {
    ...serviceEnv(folder, clockFile, world, servers),
    ...(lines && { HUIDA_SMS_URL: `http://127.0.0.1:${lines.smsPort}` }),
  }
  const services = await startServices(options, env, servers.redisUrl, closers)
  const apiUrl = `http://127.0.0.1:${services[0]?.ready()['apiPort']}`
  const [api, ...workers] = services
  const targets =
    lines && api ? { apis: [api], workers, banks, lines: lines.all, ...servers.fragile } : undefined
  return { folder, banksFolder, world, db, token, apiUrl, services, clock, targets }
}

async function startBanks(
  options: DemoOptions,
  banksFolder: string,
  clockFile: string,
  closers: (() => Promise<unknown>)[],
): Promise<Child> {
  const place = ['--folder', banksFolder, '--seed', String(options.seed), '--clock', clockFile]
  const banks = await startChild({
    name: 'banks',
    args: ['bank', 'simulate', ...place, '--json'],
    env: {},
    onRestart: tellRestart(options),
  })
  closers.push(() => banks.stop())
  return banks
}

/** Under chaos a process that ends is no news. */
const tellRestart =
  ({ fragile, onMessage }: DemoOptions) =>
  (name: string, why: string): void => {
    if (!fragile) onMessage(`${name} ended (${why}) and is started again`)
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

/** The servers that a demo stands on, and those of them that are its own to hurt. */
interface DemoServers {
  readonly databaseUrl: string
  readonly redisUrl: string | undefined
  readonly fragile: Pick<ChaosTargets, 'redis' | 'postgres'>
}

async function openServers(
  options: DemoOptions,
  folder: string,
  closers: (() => Promise<unknown>)[],
): Promise<DemoServers> {
  const redis =
    options.fragile && options.redisUrl === undefined ? await startFragileRedis(folder) : undefined
  if (redis) closers.push(() => redis.close())
  const redisUrl = options.redisUrl ?? redis?.url
  if (options.databaseUrl !== undefined) {
    const own = await demoDatabase(options.databaseUrl)
    closers.push(() => own.drop())
    return { databaseUrl: own.url, redisUrl, fragile: { redis, postgres: undefined } }
  }
  const postgres = await startFragilePostgres({ folder: join(folder, 'postgres'), temporary: true })
  closers.push(() => postgres.close())
  return { databaseUrl: postgres.url, redisUrl, fragile: { redis, postgres } }
}

function serviceEnv(
  folder: string,
  clockFile: string,
  world: SimulatedWorld,
  { databaseUrl, redisUrl }: DemoServers,
): Record<string, string> {
  const home = join(folder, 'service')
  const fieldKeyFile = join(home, 'keys', 'field-key')
  const smsTokenFile = join(home, 'keys', 'sms-token')
  mkdirSync(join(home, 'keys'), { recursive: true, mode: 0o700 })
  loadOrMakeFieldKey(fieldKeyFile)
  writeFileSync(smsTokenFile, world.sms.token, { mode: 0o600 })
  return {
    DATABASE_URL: databaseUrl,
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    HUIDA_FOLDER: home,
    HUIDA_AGREEMENTS: world.agreementsFolder,
    HUIDA_PROGRAMMES: world.programmesFile,
    ...(world.profilesFolder !== undefined && { HUIDA_PROFILES: world.profilesFolder }),
    HUIDA_FIELD_KEY_FILE: fieldKeyFile,
    HUIDA_SMS_URL: `http://${world.sms.host}:${world.sms.port}`,
    HUIDA_SMS_TOKEN_FILE: smsTokenFile,
    HUIDA_SMS_MAX_MESSAGES: '1000',
    HUIDA_SIMULATED_CLOCK: clockFile,
    HUIDA_HEALTH_PORT: '0',
    HUIDA_SWEEP_MS: '250',
  }
}

/** One process that does everything, or an API and two workers that share the work. */
async function startServices(
  options: DemoOptions,
  env: Record<string, string>,
  redisUrl: string | undefined,
  closers: (() => Promise<unknown>)[],
): Promise<Child[]> {
  const roles = redisUrl === undefined && !options.fragile ? ['all'] : ['api', 'worker', 'worker']
  // Under chaos the API comes back where its client looks for it.
  const apiPort = options.fragile ? String(await freePort()) : '0'
  const services: Child[] = []
  for (const [index, role] of roles.entries()) {
    const name = role === 'all' ? 'service' : `${role}-${index}`
    const service = await startChild({
      name,
      args: ['start', '--json'],
      env: { ...env, HUIDA_ROLE: role, HUIDA_API_PORT: apiPort },
      onRestart: tellRestart(options),
      onLine: (line) => options.onLine?.(name, line),
    })
    services.push(service)
    closers.push(() => service.stop())
  }
  return services
}
