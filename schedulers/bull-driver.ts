/**
 * Wake-ups through Bull on Redis, for several processes. A job carries a step and a subject, nothing else; Bull's own
 * retries are off, since a step's fate is recorded in PostgreSQL. Redis may be flushed, killed or away: `wake` gives
 * up after a moment and says so once, and the sweep wakes again (measured.md §3, reliability.md M1-M4). While it is
 * away a process that works runs what its own sweep wakes, so that work goes on without it (F25).
 */
import Bull, { type Job, type Queue } from 'bull'
import { asFault, Fault } from '../gateway/faults.ts'
import { openInProcessDriver } from './in-process-driver.ts'
import { settled, within } from './time-limit.ts'
import {
  type Driver,
  keyOf,
  type Lane,
  type Lanes,
  laneOf,
  placesIn,
  type ReportTrouble,
  type WakeUp,
} from './work-driver.ts'

/** How the driver behaves; milliseconds. */
export interface BullOptions {
  /** Told once when Redis goes away, and of every wake-up whose run threw. */
  readonly onTrouble?: ReportTrouble
  /** Told once when Redis answers again. */
  readonly onRecovery?: () => void
  /** How long a wake-up may take to reach Redis before it is left to the sweep; 1 s unless told. */
  readonly wakeLimitMs?: number
  /** How long `stop` waits for what runs; 30 s unless told. */
  readonly stopLimitMs?: number
  /** How long a job is kept from other processes without a sign of life; 20 s unless told. */
  readonly lockMs?: number
  /** Keeps installations apart that share one Redis; `huida` unless told. */
  readonly prefix?: string
}

/** A driver on Redis, with a way to see whether Redis is fit for it. */
export interface BullDriver extends Driver {
  /** Throws REDIS_UNREACHABLE, or REDIS_EVICTS when Redis may throw wake-ups away (F24). For start-up and doctor. */
  check(): Promise<void>
}

const checkLimitMs = 5_000

/** Connects to Redis in the background; nothing here waits for it, and nothing throws when it is away. */
export function openBullDriver(redisUrl: string, options: BullOptions = {}): BullDriver {
  const state = openState(redisUrl, options)
  return {
    wake: (wakeUp, delayMs = 0) => wake(state, wakeUp, delayMs),
    start: (run, lanes) => start(state, run, lanes),
    stop: () => (state.stopping ??= stop(state)),
    check: () => check(state),
  }
}

interface State {
  readonly queues: Readonly<Record<Lane, Queue<WakeUp>>>
  readonly options: BullOptions
  readonly running: Map<string, Promise<void>>
  lanes: Lanes | undefined
  away: boolean
  /** Carries wake-ups inside this process while Redis is away. */
  readonly standIn: Driver
  /** When Redis was last tried while it was away, on the monotonic clock. */
  triedAtMs: number
  stopping: Promise<void> | undefined
}

function openState(redisUrl: string, options: BullOptions): State {
  const queues = {
    light: openQueue('light', redisUrl, options),
    heavy: openQueue('heavy', redisUrl, options),
  }
  const state: State = {
    queues,
    options,
    running: new Map(),
    lanes: undefined,
    away: false,
    standIn: openInProcessDriver(options),
    triedAtMs: 0,
    stopping: undefined,
  }
  for (const queue of Object.values(queues)) {
    queue.on('error', (error: Error) => noteAway(state, error))
    queue.client.on('ready', () => void noteBack(state))
  }
  return state
}

function openQueue(lane: Lane, redisUrl: string, options: BullOptions): Queue<WakeUp> {
  const lockMs = options.lockMs ?? 20_000
  return new Bull<WakeUp>(lane, redisUrl, {
    prefix: options.prefix ?? 'huida',
    redis: {
      // Bull itself sets no limit, and an add then waits for ever while Redis is down.
      maxRetriesPerRequest: 2,
      retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
      connectTimeout: 5_000,
      // Bull does not look at the scheme of the address.
      ...(redisUrl.startsWith('rediss:') ? { tls: {} } : {}),
    },
    settings: {
      lockDuration: lockMs,
      lockRenewTime: lockMs / 4,
      stalledInterval: lockMs / 2,
      maxStalledCount: 1,
    },
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  })
}

/** A job that a flushed Redis forgot while it ran. That is no outage, and the sweep finds what is still due. */
const isForgotten = (error: unknown): boolean =>
  error instanceof Error && /^Missing (key|lock) for job /.test(error.message)

function noteAway(state: State, error: unknown): void {
  if (state.away || state.stopping || isForgotten(error)) return
  state.away = true
  state.options.onTrouble?.(asFault(error, 'REDIS_UNREACHABLE'))
}

async function noteBack(state: State): Promise<void> {
  if (!state.away || state.stopping) return
  state.away = false
  state.options.onRecovery?.()
  // A Redis that came back may be another one, set up otherwise.
  await check(state).catch((error: unknown) => state.options.onTrouble?.(error))
}

async function wake(state: State, wakeUp: WakeUp, delayMs: number): Promise<void> {
  if (state.stopping) return
  // A process that only wakes does not know the lanes; the worker that takes it sends it over.
  const queue = state.queues[state.lanes ? laneOf(state.lanes, wakeUp.step) : 'light']
  if (state.away && performance.now() - state.triedAtMs < tryAgainMs) return standIn(state, wakeUp, delayMs)
  state.triedAtMs = performance.now()
  try {
    await within(
      state.options.wakeLimitMs ?? 1_000,
      enqueue(state, queue, wakeUp, Math.max(0, delayMs)),
      late,
    )
    await noteBack(state)
  } catch (error) {
    noteAway(state, error)
    standIn(state, wakeUp, delayMs)
  }
}

/** While Redis is away a sweep must not wait a second for each of hundreds of wake-ups. */
const tryAgainMs = 1_000

/** A process that only wakes has nobody to stand in: the sweep of those that work finds the work. */
function standIn(state: State, wakeUp: WakeUp, delayMs: number): void {
  if (state.lanes) void state.standIn.wake(wakeUp, delayMs)
}

const late = (): Fault => new Fault('REDIS_UNREACHABLE', { reason: 'no answer in time' })

/**
 * Names that a wake-up may have while others of its subject run. Two are enough where it runs here; a process that was
 * killed leaves its own behind for `lockMs`, and several that died one after the other must not keep work waiting.
 */
const namesOf = (key: string, runsHere: boolean): readonly string[] => [
  key,
  `${key}:again`,
  ...Array.from({ length: runsHere ? 0 : 8 }, (_, at) => `${key}:again-${at + 2}`),
]

async function enqueue(state: State, queue: Queue<WakeUp>, wakeUp: WakeUp, delayMs: number): Promise<void> {
  const key = keyOf(wakeUp)
  // Bull ignores an id that exists, a running one too; a wake-up that comes meanwhile takes the next name.
  for (const jobId of namesOf(key, state.running.has(key))) {
    const job = await queue.getJob(jobId)
    const kept = job ? await keep(job, delayMs) : 'gone'
    if (kept === 'waiting') return
    if (kept === 'running') continue
    await queue.add({ step: wakeUp.step, subject: wakeUp.subject }, { jobId, delay: delayMs })
    return
  }
}

async function keep(job: Job<WakeUp>, delayMs: number): Promise<'waiting' | 'running' | 'gone'> {
  const jobState = await job.getState()
  if (jobState === 'active') return 'running'
  if (jobState === 'waiting' || jobState === 'paused') return 'waiting'
  if (jobState === 'delayed' && job.timestamp + (job.opts.delay ?? 0) <= Date.now() + delayMs)
    return 'waiting'
  // A later one gives way to an earlier one; one without a state is a leftover of a broken Redis.
  await job.remove().catch(() => {})
  return 'gone'
}

function start(state: State, run: (wakeUp: WakeUp) => Promise<void>, lanes: Lanes): void {
  if (state.lanes || state.stopping) throw new Error('a driver is started once')
  state.lanes = lanes
  state.standIn.start((wakeUp) => runOnce(state, run, wakeUp), lanes)
  for (const lane of ['light', 'heavy'] as const) {
    const work = (job: Job<WakeUp>): Promise<void> => runJob(state, lane, lanes, run, job.data)
    void state.queues[lane]
      .process(placesIn(lanes, lane), work)
      .catch((error: unknown) => noteAway(state, error))
  }
}

async function runJob(
  state: State,
  lane: Lane,
  lanes: Lanes,
  run: (wakeUp: WakeUp) => Promise<void>,
  wakeUp: WakeUp,
): Promise<void> {
  if (laneOf(lanes, wakeUp.step) !== lane) return await wake(state, wakeUp, 0)
  await runOnce(state, run, wakeUp)
}

/** Whichever way it was woken: one subject never runs beside itself in this process. */
async function runOnce(state: State, run: (wakeUp: WakeUp) => Promise<void>, wakeUp: WakeUp): Promise<void> {
  const key = keyOf(wakeUp)
  const before = state.running.get(key) ?? Promise.resolve()
  const done = before
    .then(() => run(wakeUp))
    .catch((error: unknown) => state.options.onTrouble?.(error, wakeUp))
    .finally(() => {
      if (state.running.get(key) === done) state.running.delete(key)
    })
  state.running.set(key, done)
  await done
}

async function check(state: State): Promise<void> {
  const info = await within(checkLimitMs, state.queues.light.client.info('memory'), late).catch(
    (error: unknown) => {
      throw asFault(error, 'REDIS_UNREACHABLE')
    },
  )
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1]
  if (policy !== 'noeviction') throw new Fault('REDIS_EVICTS', { policy })
}

async function stop(state: State): Promise<void> {
  const queues = Object.values(state.queues)
  // Pausing waits for a connection, which may never come; what runs is waited for below in any case.
  await settled(
    queues.map((queue) => queue.pause(true, true)),
    1_000,
  )
  await Promise.all([
    state.standIn.stop(),
    settled(state.running.values(), state.options.stopLimitMs ?? 30_000),
  ])
  // With Redis away a close would wait for it; its sockets are cut then.
  await settled(
    queues.map((queue) => queue.close(true)),
    2_000,
  )
  for (const client of queues.flatMap((queue) => queue.clients)) client.disconnect()
}
