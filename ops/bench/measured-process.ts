/** Runs programs and says what they cost: seconds, and the memory that they held at their greatest. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { EnvelopeJob } from './envelope-child.ts'

/** What one run cost. `peakBytes` is 0 where the system does not tell. */
export interface Cost {
  readonly seconds: number
  readonly peakBytes: number
}

/** A program with its arguments. */
export type Program = readonly [string, ...string[]]

const costSchema = z.object({ seconds: z.number(), peakBytes: z.number() })
const WATCH_MS = 10
/** As `npm start` runs the service. */
const serviceFlags = ['--max-semi-space-size=8', '--max-old-space-size=512']

/** Runs programs of which each reads what the one before it writes; throws with what a failing one said. */
export async function runPrograms(
  programs: readonly Program[],
  env: Readonly<Record<string, string>>,
): Promise<Cost> {
  const before = process.hrtime.bigint()
  const children = programs.map(([name, ...args]) =>
    spawn(name, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } }),
  )
  children.forEach((child, at) => {
    const next = children[at + 1]
    if (next === undefined) child.stdout.resume()
    else child.stdout.pipe(next.stdin)
    if (at === 0) child.stdin.end()
  })
  const watches = children.map(watchMemory)
  await Promise.all(children.map((child, at) => ended(child, programs[at]?.[0] ?? '')))
  const seconds = Number(process.hrtime.bigint() - before) / 1e9
  return { seconds, peakBytes: watches.reduce((sum, end) => sum + end(), 0) }
}

/** Runs one piece of our work in a process of its own. */
export function runJob(job: EnvelopeJob): Promise<Cost> {
  const child = spawn(process.execPath, [...serviceFlags, childPath(), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  return ended(child, 'the bench').then(() => costSchema.parse(JSON.parse(Buffer.concat(said).toString())))
}

/** Children run compiled code; from TypeScript sources the compiled twin is used. */
function childPath(): string {
  return import.meta.url.endsWith('.js')
    ? new URL('./envelope-child.js', import.meta.url).pathname
    : new URL('../../dist/ops/bench/envelope-child.js', import.meta.url).pathname
}

function ended(child: ChildProcess, name: string): Promise<void> {
  const said: Buffer[] = []
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk))
  // A reader that failed closes its end; its own message is the one that tells why.
  child.stdin?.on('error', () => undefined)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${name} ended with ${code}: ${Buffer.concat(said).toString().trim()}`)),
    )
  })
}

/** Looks at the high-water mark of a process until the returned function is called, which gives it. */
function watchMemory({ pid }: ChildProcess): () => number {
  let peakBytes = 0
  const look = (): void => {
    peakBytes = Math.max(peakBytes, highWaterBytes(pid))
  }
  const timer = setInterval(look, WATCH_MS)
  look()
  return () => {
    clearInterval(timer)
    return peakBytes
  }
}

/** 0 for a process that has ended, and on systems without /proc. */
function highWaterBytes(pid: number | undefined): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return Number(found?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
