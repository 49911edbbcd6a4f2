/** A whole process of Huida: database, API, health listener and the working half, in the role that was configured. */
import { buildApi } from '../api/api.ts'
import { buildHealth } from '../api/health.ts'
import { collectMetrics, recordStepRun } from '../metrics/metrics.ts'
import { type Assembly, assemble } from './assemble.ts'
import type { Config } from './config.ts'
import { type Database, openDatabase } from './database.ts'
import type { Log } from './log.ts'
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
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    const database = await openDatabase(config)
    closers.push(() => database.close())
    const assembly = await assemble(config, database.url, { name: `huida-${config.role}`, connections: 20 })
    closers.push(() => assembly.close())
    const ports = await startHalves(config, log, database, assembly, closers)
    log.info('service.started', { role: config.role, version })
    return { ...ports, databaseUrl: database.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startHalves(
  config: Config,
  log: Log,
  database: Database,
  assembly: Assembly,
  closers: (() => Promise<unknown>)[],
): Promise<{ apiPort: number | undefined; healthPort: number }> {
  const work = await startHalf(config, log, database, assembly)
  closers.push(() => work.stop())
  const health = buildHealth({
    db: assembly.db,
    metrics: () => collectMetrics(assembly.db, { clock: assembly.clock, version }),
  })
  await health.listen({ host: config.apiHost, port: config.healthPort })
  closers.push(() => health.close())
  const healthPort = portOf(health.addresses())
  if (config.role === 'worker') return { apiPort: undefined, healthPort }
  const api = buildApi({
    db: assembly.db,
    clock: assembly.clock,
    version,
    intake: {
      ...assembly,
      spoolFolder: assembly.scratchFolder,
      threads: config.intakeThreads,
      ...(config.profilesFolder !== undefined && { catalogFolder: config.profilesFolder }),
    },
    wake: (wake) => work.wake(wake),
    onFailure: ({ traceId, code }) => log.error('request.failed', { traceId, code }),
  })
  await api.listen({ host: config.apiHost, port: config.apiPort })
  closers.push(() => api.close())
  return { apiPort: portOf(api.addresses()), healthPort }
}

/** A process that only serves the API wakes workers and does no step itself. */
async function startHalf(config: Config, log: Log, database: Database, assembly: Assembly): Promise<Work> {
  if (config.role !== 'api') return startWork(config, database.url, assembly, { log, onRun: recordStepRun })
  // Without Redis there is nobody in reach to wake; the sweep of the working processes finds the work.
  if (config.redisUrl === undefined) return { wake: () => {}, stop: async () => {} }
  const driver = openDriver(config, log)
  return { wake: (wake) => void driver.wake(wake), stop: () => driver.stop() }
}

function portOf([address]: readonly (string | { readonly port: number })[]): number {
  return typeof address === 'object' ? address.port : 0
}
