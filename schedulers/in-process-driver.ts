/**
 * Wake-ups inside one process, for running without Redis: the demo, small sites, tests. They are kept by key, so
 * memory is bounded by the number of different subjects that the sweep hands over.
 */
import { settled } from './time-limit.ts'
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
export interface InProcessOptions {
  readonly onTrouble?: ReportTrouble
  /** How long `stop` waits for what runs; 30 s unless told. */
  readonly stopLimitMs?: number
}

/** A wake-up whose time has not come, or that came before `start`. */
interface Waiting {
  readonly wakeUp: WakeUp
  readonly dueMs: number
  timer: NodeJS.Timeout | undefined
}

interface State {
  readonly options: InProcessOptions
  readonly waiting: Map<string, Waiting>
  readonly ready: Readonly<Record<Lane, Map<string, WakeUp>>>
  readonly running: Map<string, Promise<void>>
  readonly busy: Record<Lane, number>
  started: { readonly run: (wakeUp: WakeUp) => Promise<void>; readonly lanes: Lanes } | undefined
  stopped: boolean
}

/** Makes a driver that holds wake-ups in memory. Before `start` they wait. */
export function openInProcessDriver(options: InProcessOptions = {}): Driver {
  const state: State = {
    options,
    waiting: new Map(),
    ready: { light: new Map(), heavy: new Map() },
    running: new Map(),
    busy: { light: 0, heavy: 0 },
    started: undefined,
    stopped: false,
  }
  return {
    wake: (wakeUp, delayMs = 0) => wake(state, wakeUp, delayMs),
    start: (run, lanes) => start(state, run, lanes),
    stop: () => stop(state),
  }
}

function wake(state: State, wakeUp: WakeUp, delayMs: number): void {
  const key = keyOf(wakeUp)
  if (state.stopped || state.ready.light.has(key) || state.ready.heavy.has(key)) return
  const dueMs = performance.now() + Math.max(0, delayMs)
  const earlier = state.waiting.get(key)
  if (earlier && earlier.dueMs <= dueMs) return
  clearTimeout(earlier?.timer)
  const entry: Waiting = { wakeUp, dueMs, timer: undefined }
  state.waiting.set(key, entry)
  if (state.started) schedule(state, key, entry)
}

function schedule(state: State, key: string, entry: Waiting): void {
  const makeReady = (): void => {
    state.waiting.delete(key)
    if (!state.started || state.stopped) return
    const lane = laneOf(state.started.lanes, entry.wakeUp.step)
    state.ready[lane].set(key, entry.wakeUp)
    fill(state, lane)
  }
  const delayMs = entry.dueMs - performance.now()
  if (delayMs <= 0) makeReady()
  // A timer cannot count further than 2^31 ms; one that is further away wakes early, which does no harm.
  else entry.timer = setTimeout(makeReady, Math.min(delayMs, 2_000_000_000))
}

function fill(state: State, lane: Lane): void {
  const { started } = state
  if (!started || state.stopped) return
  for (const [key, wakeUp] of state.ready[lane]) {
    if (state.busy[lane] >= placesIn(started.lanes, lane)) return
    // Woken while it runs: it stays ready and runs again afterwards, never beside itself.
    if (!state.running.has(key)) begin(state, key, wakeUp, lane, started.run)
  }
}

function begin(
  state: State,
  key: string,
  wakeUp: WakeUp,
  lane: Lane,
  run: (wakeUp: WakeUp) => Promise<void>,
): void {
  state.ready[lane].delete(key)
  state.busy[lane]++
  const done = Promise.resolve()
    .then(() => run(wakeUp))
    .catch((error: unknown) => state.options.onTrouble?.(error, wakeUp))
    .finally(() => {
      state.running.delete(key)
      state.busy[lane]--
      fill(state, lane)
    })
  state.running.set(key, done)
}

function start(state: State, run: (wakeUp: WakeUp) => Promise<void>, lanes: Lanes): void {
  if (state.started || state.stopped) throw new Error('a driver is started once')
  state.started = { run, lanes }
  for (const [key, entry] of [...state.waiting]) schedule(state, key, entry)
}

async function stop(state: State): Promise<void> {
  state.stopped = true
  for (const entry of state.waiting.values()) clearTimeout(entry.timer)
  state.waiting.clear()
  state.ready.light.clear()
  state.ready.heavy.clear()
  await settled(state.running.values(), state.options.stopLimitMs ?? 30_000)
}
