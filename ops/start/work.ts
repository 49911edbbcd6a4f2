/**
 * The working half of a process: a driver carries wake-ups, a sweep finds what nobody woke, and steps run here or in
 * threads. Everything that a step makes due is woken at once.
 */
import { ensureDueWork, findDueWork, type StepName } from '../../gateway/ledger/due-work-store.ts'
import { openLeaseHolder } from '../../gateway/ledger/lease-holder.ts'
import { runStep, type StepRun, type Wake } from '../../gateway/run-step.ts'
import { adoptObligations } from '../../gateway/transfer/owed/obligation-store.ts'
import { openBullDriver } from '../../schedulers/bull-driver.ts'
import { openInProcessDriver } from '../../schedulers/in-process-driver.ts'
import { startSweep } from '../../schedulers/sweep.ts'
import type { Driver } from '../../schedulers/work-driver.ts'
import { inPlace } from '../drills/kill-points.ts'
import type { KeyEnd } from '../metrics/key-metrics.ts'
import { type Assembly, pinned } from './assemble.ts'
import type { Config } from './config.ts'
import type { DatabaseWatch } from './database-watch.ts'
import type { Log } from './log.ts'
import { heavySteps, stepNamed, steps } from './steps.ts'
import { openThreadPool } from './thread-pool.ts'

/** A running working half. */
export interface Work {
  wake(wake: Wake): void
  /** When the keys end that step threads hold; undefined without threads. */
  readonly keyEnds: readonly KeyEnd[] | undefined
  /** Lets the step threads use another folder of profiles from their next step on. */
  useProfiles(folder: string): void
  stop(): Promise<void>
}

/** What the working half tells. */
export interface WorkReports {
  readonly log: Log
  readonly onRun: (step: StepName, run: StepRun) => void
  readonly database: DatabaseWatch
}

const sweepLimit = 500

/**
 * Begins to work; without threads heavy steps run on the main loop. What it throws leaves nothing running: a process
 * that had failed to start would go on taking wake-ups from the others and do none of them.
 */
export async function startWork(
  config: Config,
  databaseUrl: string,
  assembly: Assembly,
  reports: WorkReports,
): Promise<Work> {
  const closers: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    return { ...(await begin(config, databaseUrl, assembly, reports, closers)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function begin(
  config: Config,
  databaseUrl: string,
  assembly: Assembly,
  { log, onRun, database }: WorkReports,
  closers: (() => Promise<unknown>)[],
): Promise<Omit<Work, 'stop'>> {
  const leaseHolder = await openLeaseHolder(assembly.db)
  closers.push(() => leaseHolder.close())
  const pool =
    config.stepThreads > 0
      ? await openThreadPool(config, databaseUrl, config.stepThreads, trouble(log, 'thread.trouble'))
      : undefined
  closers.push(async () => pool?.close())
  const driver = openDriver(config, log)
  closers.push(() => driver.stop())
  const needs = (): Assembly => ({ ...pinned(assembly), leaseHolder })
  const run = (step: StepName, subject: string): Promise<StepRun> =>
    pool && heavySteps.includes(step)
      ? pool.run(step, subject)
      : inPlace(step, () => runStep(steps[step], needs(), step, subject))
  driver.start(
    async ({ step: name, subject }) => {
      const step = stepNamed(name)
      if (!step) return log.warn('work.unknown_step', { step: name })
      const done = await run(step, subject)
      report({ log, onRun }, step, subject, done)
      if (done.kind === 'done') for (const wake of done.wakes) void driver.wake(wake)
    },
    {
      heavySteps,
      heavyConcurrency: Math.max(1, config.stepThreads),
      lightConcurrency: Math.max(4, assembly.bankBook.banks.length * 2),
    },
  )
  // What a process of the version before sends while the others are exchanged owes a result, too.
  await adoptObligations(assembly.db)
  for (const bank of assembly.bankBook.banks)
    await ensureDueWork(assembly.db, 'collect', bank.bankNo, assembly.clock.now())
  const sweep = startSweep({
    findDue: async () => {
      await database.inRhythm()
      return inPlace('sweep', () => findDueWork(assembly.db, assembly.clock.now(), sweepLimit))
    },
    wake: (wakeUp) => driver.wake(wakeUp),
    everyMs: config.sweepMs,
    onOutage: (error) => {
      database.outage()
      log.error('sweep.failed', { reason: error instanceof Error ? error.message : String(error) })
    },
    onRecovery: (failedSweeps) => log.info('sweep.recovered', { failedSweeps }),
  })
  closers.push(() => sweep.stop())
  return {
    keyEnds: pool?.keyEnds,
    wake: (wake) => void driver.wake(wake),
    useProfiles: (folder) => pool?.useProfiles(folder),
  }
}

/** Bull where Redis is configured, else inside this process: the same steps either way. */
export function openDriver(config: Config, log: Log): Driver {
  const onTrouble = trouble(log, 'driver.trouble')
  return config.redisUrl === undefined
    ? openInProcessDriver({ onTrouble })
    : openBullDriver(config.redisUrl, { onTrouble, onRecovery: () => log.info('driver.recovered', {}) })
}

/** Tells of trouble that a part of the process had and will get over. */
const trouble =
  (log: Log, event: string) =>
  (error: unknown): void =>
    log.warn(event, { reason: error instanceof Error ? error.message : String(error) })

function report(
  { log, onRun }: Pick<WorkReports, 'log' | 'onRun'>,
  step: StepName,
  subject: string,
  run: StepRun,
): void {
  onRun(step, run)
  if (run.kind === 'put-off') {
    log.warn(`${step}.put_off`, {
      subject,
      code: run.fault.code,
      reason: run.fault.message,
      tries: run.tries,
      until: run.until.toISOString(),
    })
  } else if (run.kind === 'done' && step !== 'collect') log.info(`${step}.done`, { subject })
}
