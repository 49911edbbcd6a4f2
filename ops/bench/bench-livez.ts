/**
 * Whether the service answers while a large file is sealed and opened: the listener of the service on the main loop,
 * asked every 20 ms from the same loop, and the work in a thread with the limits of a step thread.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { request } from 'undici'
import { z } from 'zod'
import { buildHealth } from '../api/health.ts'
import { inOwnFolder, writeBenchFile } from './bench-envelopes.ts'
import { type BenchFamily, makeBenchParties } from './envelope-parties.ts'

/** Delays of the answers, in milliseconds. */
export interface Delays {
  readonly asked: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** Delays while a thread seals and opens, and while nothing else happens. */
export interface LivezFigures {
  readonly family: BenchFamily
  readonly megabytes: number
  readonly workSeconds: number
  readonly busy: Delays
  readonly idle: Delays
}

const ASK_EVERY_MS = 20
const IDLE_MS = 3_000
/** As the step threads of the service have it. */
const resourceLimits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 }

/** Seals and opens one file of that size in a thread while /livez is asked. */
export function benchLivez(
  family: BenchFamily,
  megabytes: number,
  tell: (text: string) => void,
): Promise<LivezFigures> {
  return inOwnFolder(async (folder) => {
    tell(`${family}, ${megabytes} MB, asking /livez every ${ASK_EVERY_MS} ms`)
    await writeBenchFile(`${folder}/content`, megabytes)
    const parties = await makeBenchParties(family, folder)
    const listener = buildHealth({ db: { query: neverAsked }, metrics: neverAsked })
    const url = `${await listener.listen({ host: '127.0.0.1', port: 0 })}/livez`
    try {
      const idle = await asked(url, pause(IDLE_MS))
      const work = sealAndOpen({ ...parties, folder })
      const busy = await asked(url, work)
      return { family, megabytes, workSeconds: await work, busy, idle }
    } finally {
      await listener.close()
    }
  })
}

const neverAsked = (): Promise<never> => Promise.reject(new Error('only /livez is asked here'))

/** Asks until the work ended; the first answers, which open the connection, do not count. */
async function asked(url: string, work: Promise<unknown>): Promise<Delays> {
  const delaysMs: number[] = []
  let working = true
  const over = work.finally(() => {
    working = false
  })
  for (let at = -5; working; at++) {
    const before = performance.now()
    const { statusCode, body } = await request(url)
    await body.dump()
    if (statusCode !== 200) throw new Error(`/livez answered ${statusCode}`)
    const tookMs = performance.now() - before
    if (at >= 0) delaysMs.push(tookMs)
    await pause(Math.max(0, ASK_EVERY_MS - tookMs))
  }
  await over
  return delaysOf(delaysMs.sort((a, b) => a - b))
}

function delaysOf(sorted: readonly number[]): Delays {
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { asked: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

/** Threads run compiled code; from TypeScript sources the compiled twin is used. */
function sealAndOpen(workerData: object): Promise<number> {
  const url = import.meta.url.endsWith('.js')
    ? new URL('./sealing-thread.js', import.meta.url)
    : new URL('../../dist/ops/bench/sealing-thread.js', import.meta.url)
  const worker = new Worker(url, { workerData, resourceLimits })
  return new Promise((resolve, reject) => {
    worker.on('message', (message: unknown) =>
      resolve(z.object({ seconds: z.number() }).parse(message).seconds),
    )
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('the sealing thread ended early')))
  })
}
