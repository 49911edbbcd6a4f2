/** Child processes of the demo: started, watched, and started again when they die without having been asked to. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** How a child is started. */
export interface ChildPlan {
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Told when the child died and is started again. */
  readonly onRestart: (name: string, why: string) => void
  /** Told every line that the child writes to its log. */
  readonly onLine?: (line: string) => void
}

/** A child that runs. */
export interface Child {
  readonly name: string
  /** Of the present life, once that is ready or at any time; undefined between two. */
  pid(when?: 'ready' | 'any'): number | undefined
  /** What the child printed when it was last ready, parsed. */
  ready(): Record<string, unknown>
  /** How often it was started again, tries that died before they were ready included. */
  restarts(): number
  /** Ends it for good, also when it is just being started again. */
  stop(): Promise<void>
}

/** The program `huida` of this installation, for processes of our own. */
export const huidaProgram = (): string =>
  fileURLToPath(
    new URL(
      import.meta.url.endsWith('.js') ? '../../../ops/cli/huida.mjs' : '../cli/huida.mjs',
      import.meta.url,
    ),
  )

interface State {
  life: Life
  restarts: number
  stopping: boolean
  /** Done when the present life has begun. */
  beginning: Promise<unknown>
}

/** The last life that was ready, and what it said. */
interface Last {
  ready: Record<string, unknown>
  life: Life
}

/** Starts a child and waits for its first line of JSON. Rejects when it dies before that. */
export async function startChild(plan: ChildPlan): Promise<Child> {
  const first = begin(plan)
  const ready = await first.ready
  const state: State = { life: first, restarts: 0, stopping: false, beginning: Promise.resolve() }
  const last: Last = { ready, life: first }
  watch(plan, state, last)
  return {
    name: plan.name,
    pid: (when = 'any') =>
      isOver(state.life.process) || (when === 'ready' && last.life !== state.life)
        ? undefined
        : state.life.process.pid,
    ready: () => last.ready,
    restarts: () => state.restarts,
    async stop() {
      state.stopping = true
      await end(state.life.process)
      await state.beginning
    },
  }
}

function watch(plan: ChildPlan, state: State, last: Last): void {
  state.life.process.once('exit', (code, signal) => {
    if (state.stopping) return
    plan.onRestart(plan.name, signal ?? `exit ${code}`)
    state.beginning = beginAgain(plan, state).then((ready) => {
      if (ready === undefined) return
      last.ready = ready
      last.life = state.life
      watch(plan, state, last)
    })
  })
}

/** Tries until it is ready: while a server that it needs is away a child ends before it began. */
async function beginAgain(plan: ChildPlan, state: State): Promise<Record<string, unknown> | undefined> {
  for (;;) {
    if (state.stopping) return undefined
    state.restarts += 1
    state.life = begin(plan)
    const ready = await state.life.ready.catch(() => undefined)
    if (ready !== undefined && !isOver(state.life.process)) return ready
    await sleep(againMs)
  }
}

const againMs = 200

const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

/** As `npm start` has it: streams need little, and V8 lets garbage grow with the heap that it may have. */
const heap = ['--max-semi-space-size=8', '--max-old-space-size=512']

interface Life {
  readonly process: ChildProcess
  /** Rejects when the child ends before it is ready. */
  readonly ready: Promise<Record<string, unknown>>
}

function begin(plan: ChildPlan): Life {
  const child = spawn(process.execPath, [...heap, huidaProgram(), ...plan.args], {
    env: { ...process.env, ...plan.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line)
    if (said.length > 20) said.shift()
    plan.onLine?.(line)
    if (process.env['HUIDA_DEMO_LOG']) process.stderr.write(`${plan.name}: ${line}\n`)
  })
  return { process: child, ready: readyLine(plan.name, child, said) }
}

function readyLine(
  name: string,
  child: ChildProcessByStdio<null, Readable, Readable>,
  said: readonly string[],
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null): void =>
      reject(new Error(`${name} ended with ${code}: ${said.join('\n')}`))
    child.once('exit', failed)
    createInterface({ input: child.stdout }).once('line', (line) => {
      child.off('exit', failed)
      const ready: Record<string, unknown> = JSON.parse(line)
      resolve(ready)
    })
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (isOver(child)) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 40_000)
  await gone
  clearTimeout(timer)
}
