/** Child processes of the demo: started, watched, and started again when they die without having been asked to. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** How a child is started. */
export interface ChildPlan {
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Told when the child died and is started again. */
  readonly onRestart: (name: string, why: string) => void
}

/** A child that runs; `pid` is that of the latest life. */
export interface Child {
  readonly name: string
  pid(): number | undefined
  /** What the child printed when it was ready, parsed. */
  ready(): Record<string, unknown>
  restarts(): number
  stop(): Promise<void>
}

const huida = (): string =>
  fileURLToPath(
    new URL(
      import.meta.url.endsWith('.js') ? '../../../ops/cli/huida.mjs' : '../cli/huida.mjs',
      import.meta.url,
    ),
  )

/** Starts a child and waits for its first line of JSON. Rejects when it dies before that. */
export async function startChild(plan: ChildPlan): Promise<Child> {
  let life = await begin(plan)
  let stopping = false
  let restarts = 0
  const watch = (): void => {
    life.process.once('exit', (code, signal) => {
      if (stopping) return
      restarts += 1
      plan.onRestart(plan.name, signal ?? `exit ${code}`)
      void begin(plan).then((next) => {
        life = next
        if (stopping) life.process.kill('SIGTERM')
        else watch()
      })
    })
  }
  watch()
  return {
    name: plan.name,
    pid: () => life.process.pid,
    ready: () => life.ready,
    restarts: () => restarts,
    async stop() {
      stopping = true
      await end(life.process)
    },
  }
}

/** As `npm start` has it: streams need little, and V8 lets garbage grow with the heap that it may have. */
const heap = ['--max-semi-space-size=8', '--max-old-space-size=512']

interface Life {
  readonly process: ChildProcess
  readonly ready: Record<string, unknown>
}

function begin(plan: ChildPlan): Promise<Life> {
  const child = spawn(process.execPath, [...heap, huida(), ...plan.args], {
    env: { ...process.env, ...plan.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line)
    if (said.length > 20) said.shift()
    if (process.env['HUIDA_DEMO_LOG']) process.stderr.write(`${plan.name}: ${line}\n`)
  })
  return new Promise((resolve, reject) => {
    const failed = (code: number | null): void =>
      reject(new Error(`${plan.name} ended with ${code}: ${said.join('\n')}`))
    child.once('exit', failed)
    createInterface({ input: child.stdout }).once('line', (line) => {
      child.off('exit', failed)
      const ready: Record<string, unknown> = JSON.parse(line)
      resolve({ process: child, ready })
    })
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 40_000)
  await gone
  clearTimeout(timer)
}
