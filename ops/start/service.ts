/** A whole process of Huida: database, API, health listener and the working half, in the role that was configured. */

import { loadRegions } from '../../gateway/banks/load-regions.ts'
import type { IntakeNeeds } from '../../gateway/intake/intake-needs.ts'
import { receiveNotice } from '../../gateway/transfer/api/receive-notice.ts'
import { buildApi } from '../api/api.ts'
import { buildHealth } from '../api/health.ts'
import type { TakeNotice } from '../api/notice-door.ts'
import { readKeyEnds } from '../metrics/key-metrics.ts'
import { collectMetrics, recordProfileReload, recordStepRun } from '../metrics/metrics.ts'
import { type Assembly, assemble, pinned } from './assemble.ts'
import type { Config } from './config.ts'
import { type Database, openDatabase } from './database.ts'
import { type DatabaseWatch, watchDatabase } from './database-watch.ts'
import { type LiveProfiles, liveProfiles } from './live-profiles.ts'
import type { Log } from './log.ts'
import { requireSoundCryptography } from './sound-cryptography.ts'
import { version } from './version.ts'
import { openDriver, startWork, type Work } from './work.ts'

/** A running process. Ports are those that were really taken; undefined for what this role leaves out. */
export interface Service {
  readonly apiPort: number | undefined
  readonly healthPort: number
  readonly databaseUrl: string
  stop(): Promise<void>
}

/** Starts; throws Faults that name what is wrong, and then nothing is left running. */
export async function startService(config: Config, log: Log): Promise<Service> {
  const closers: (() => Promise<unknown>)[] = []
  const ending = new AbortController()
  const stop = async (): Promise<void> => {
    ending.abort()
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    requireSoundCryptography()
    warnOfDrill(config, log)
    const database = await openDatabase(config)
    closers.push(() => database.close())
    const profiles = takeProfiles(config, log)
    closers.push(async () => profiles?.stop())
    const own = profiles ? { ...config, profilesFolder: profiles.copy() } : config
    const assembly = await assemble(own, database.url, {
      name: `huida-${config.role}`,
      connections: 20,
      envelopes: own.stepThreads > 0 || own.role === 'api' ? 'in-threads' : 'here',
    })
    closers.push(() => assembly.close())
    const watch = await watchDatabase(assembly, own, log)
    closers.push(() => watch.stop())
    const ports = await startHalves(
      own,
      log,
      { ...database, watch, ending: ending.signal },
      assembly,
      profiles,
      closers,
    )
    log.info('service.started', { role: config.role, version })
    return { ...ports, databaseUrl: database.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Whoever reads the log must see at once that this process was started to end itself. */
function warnOfDrill({ drill }: Config, log: Log): void {
  if (drill?.killAt !== undefined) log.error('drill.kill_armed', { reason: drill.killAt })
  if (drill?.stopAt !== undefined) log.error('drill.stop_armed', { reason: drill.stopAt })
}

/** The operator's folder of profiles as it is now; undefined where only the shipped ones are used. */
function takeProfiles({ profilesFolder, profilesPollMs }: Config, log: Log): LiveProfiles | undefined {
  if (profilesFolder === undefined) return undefined
  return liveProfiles({
    folder: profilesFolder,
    everyMs: profilesPollMs,
    onReload: (changed) => {
      recordProfileReload(true)
      log.info('profiles.reloaded', { profile: changed.join(', ') })
    },
    onRefusal: (reasons) => {
      recordProfileReload(false)
      log.error('profiles.refused', { count: reasons.length, reason: reasons.slice(0, 5).join('; ') })
    },
  })
}

/** The database with its watch, and the sign that this process comes to its end. */
type WatchedDatabase = Database & { readonly watch: DatabaseWatch; readonly ending: AbortSignal }

async function startHalves(
  config: Config,
  log: Log,
  database: WatchedDatabase,
  assembly: Assembly,
  profiles: LiveProfiles | undefined,
  closers: (() => Promise<unknown>)[],
): Promise<{ apiPort: number | undefined; healthPort: number }> {
  const work = await startHalf(config, log, database, assembly)
  closers.push(() => work.stop())
  profiles?.watch((folder) => {
    assembly.useProfiles(folder)
    work.useProfiles(folder)
  })
  const agreements = assembly.bankBook.banks.map(({ agreement }) => agreement)
  const keyEnds = work.keyEnds ?? (await readKeyEnds(agreements))
  const health = buildHealth({
    db: assembly.db,
    isEnding: () => database.ending.aborted,
    metrics: () =>
      collectMetrics(assembly.db, {
        clock: assembly.clock,
        calendar: assembly.calendar,
        version,
        keyEnds,
      }),
  })
  await health.listen({ host: config.apiHost, port: config.healthPort })
  // Ends after the work, so that whoever gives us work hears until then that we take no more.
  closers.splice(-1, 0, () => health.close())
  const healthPort = portOf(health.addresses())
  if (config.role === 'worker') return { apiPort: undefined, healthPort }
  const api = buildApi({
    db: assembly.db,
    clock: assembly.clock,
    calendar: assembly.calendar,
    version,
    intake: intakeNeeds(config, assembly, profiles),
    wake: (wake) => work.wake(wake),
    takeNotice: noticeTaker(assembly, work),
    onFailure: ({ traceId, code }) => log.error('request.failed', { traceId, code }),
  })
  await api.listen({ host: config.apiHost, port: config.apiPort })
  closers.push(() => closeApi(api))
  return { apiPort: portOf(api.addresses()), healthPort }
}

const apiEndMs = 10_000

/** Calls under way are finished; a body that comes too slowly must not keep the process, so its line is cut then. */
async function closeApi(api: ReturnType<typeof buildApi>): Promise<void> {
  const cut = setTimeout(() => api.server.closeAllConnections(), apiEndMs)
  await api.close()
  clearTimeout(cut)
}

/** A notice makes us look at its bank at once. */
const noticeTaker =
  (assembly: Assembly, work: Work): TakeNotice =>
  async (bank, body) => {
    const result = await receiveNotice(pinned(assembly), bank, body)
    if (result.kind === 'taken') work.wake(result.wake)
    return result
  }

/** Intake asks for banks and profiles at every load, so that new lines meet the profiles that are in use now. */
function intakeNeeds(config: Config, assembly: Assembly, profiles: LiveProfiles | undefined): IntakeNeeds {
  const needs = {
    ...assembly,
    spoolFolder: assembly.scratchFolder,
    threads: config.intakeThreads,
    ...(config.regionsFile !== undefined && { regions: loadRegions(config.regionsFile) }),
  }
  if (profiles === undefined) return needs
  return {
    ...needs,
    get bankBook() {
      return assembly.bankBook
    },
    get catalogFolder() {
      return profiles.copy()
    },
  }
}

/** A process that only serves the API holds no keys and no layouts of files. */
const idle = { keyEnds: [], useProfiles: (): void => {} }

/** A process that only serves the API wakes workers and does no step itself. */
async function startHalf(
  config: Config,
  log: Log,
  { url, watch }: WatchedDatabase,
  assembly: Assembly,
): Promise<Work> {
  if (config.role !== 'api')
    return startWork(config, url, assembly, { log, onRun: recordStepRun, database: watch })
  // Without Redis there is nobody in reach to wake; the sweep of the working processes finds the work.
  if (config.redisUrl === undefined) return { ...idle, wake: () => {}, stop: async () => {} }
  const driver = openDriver(config, log)
  return { ...idle, wake: (wake) => void driver.wake(wake), stop: () => driver.stop() }
}

function portOf([address]: readonly (string | { readonly port: number })[]): number {
  return typeof address === 'object' ? address.port : 0
}
