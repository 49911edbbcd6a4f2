/**
 * The compiled service as a real process of a test: started, killed, stopped, woken and asked to end as a test needs.
 * Nobody starts it again when it dies.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process that was ready once. */
export interface ServiceProcess {
  readonly pid: number
  /** Where its API listens; empty in the role `worker`. */
  readonly apiUrl: string
  readonly healthUrl: string
  /** Resolves when it is gone, however that came. */
  readonly ended: Promise<ProcessEnd>
  /** Lines that it wrote to stderr so far. */
  readonly said: readonly string[]
  signal(name: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL if that is not enough. */
  stop(): Promise<ProcessEnd>
}

const main = join(import.meta.dirname, '../../ops/cli/huida.mjs')
const readySchema = z.object({ apiPort: z.number().optional(), healthPort: z.number() })

/** A test that fails half-way must not leave its processes behind. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts the service and waits until it is ready. Throws with what it said when it ends before that. */
export async function startProcess(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [main, 'start', '--json'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const ended = once(child, 'exit').then(([code, signal]): ProcessEnd => {
    running.delete(child)
    return { code, signal }
  })
  const first = await Promise.race([firstLine(child), ended])
  if (typeof first !== 'string') throw new Error(`the service ended with ${first.code}: ${said.join('\n')}`)
  const { apiPort, healthPort } = readySchema.parse(JSON.parse(first))
  const { pid = 0 } = child
  return {
    pid,
    apiUrl: apiPort === undefined ? '' : `http://127.0.0.1:${apiPort}`,
    healthUrl: `http://127.0.0.1:${healthPort}`,
    ended,
    said,
    signal: (name) => void child.kill(name),
    stop: () => stop(child, ended),
  }
}

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve)
  })

async function stop(child: ChildProcess, ended: Promise<ProcessEnd>): Promise<ProcessEnd> {
  // One that is stopped by a signal would not hear another.
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  const giveUp = new AbortController()
  const late = sleep(45_000, undefined, { signal: giveUp.signal, ref: false }).then(
    () => child.kill('SIGKILL'),
    () => {},
  )
  const end = await ended
  giveUp.abort()
  await late
  return end
}

/** True while a process stands still after SIGSTOP. */
export async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return /\) T /.test(stat)
}
