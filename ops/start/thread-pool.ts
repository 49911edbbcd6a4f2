/** A few threads for heavy steps. A thread that dies takes its step with it; the lease ends and the sweep wakes it again. */
import { Worker } from 'node:worker_threads'
import { Fault, isFaultCode } from '../../gateway/faults.ts'
import type { StepName } from '../../gateway/ledger/due-work-store.ts'
import type { StepRun } from '../../gateway/run-step.ts'
import type { KeyEnd } from '../metrics/key-metrics.ts'
import type { Config } from './config.ts'
import { runOf, threadAnswerSchema } from './thread-message.ts'

/** Runs heavy steps beside the main loop. */
export interface ThreadPool {
  /** When the keys end that the threads hold, as read at the start. */
  readonly keyEnds: readonly KeyEnd[]
  run(step: StepName, subject: string): Promise<StepRun>
  /** Every thread, and every one that takes a dead one's place, uses this folder from its next step on. */
  useProfiles(folder: string): void
  close(): Promise<void>
}

interface Waiting {
  resolve(run: StepRun): void
  reject(error: Error): void
}

interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, Waiting>
  keyEnds: readonly KeyEnd[]
}

/** Starts threads; resolves when each has assembled itself. */
export async function openThreadPool(
  config: Config,
  databaseUrl: string,
  count: number,
  onTrouble: (error: unknown) => void,
): Promise<ThreadPool> {
  let nextId = 1
  let setup = config
  const threads: Thread[] = []
  const open = async (): Promise<void> => {
    const { profilesFolder } = setup
    const thread = await openThread(setup, databaseUrl, () => {
      const index = threads.indexOf(thread)
      if (index >= 0) threads.splice(index, 1)
      if (closing) return
      onTrouble(new Fault('INTERNAL', { reason: 'a step thread ended' }))
      reopen()
    })
    threads.push(thread)
    if (setup.profilesFolder !== profilesFolder) tellFolder(thread, setup.profilesFolder)
  }
  // A thread that cannot come back, with the database away for instance, is tried again until it does.
  const reopen = (): void => {
    const again = (): void => {
      if (closing) return
      open().catch((error: unknown) => {
        onTrouble(error)
        reopen()
      })
    }
    setTimeout(again, reopenMs).unref()
  }
  let closing = false
  try {
    for (let i = 0; i < count; i++) await open()
  } catch (error) {
    closing = true
    await Promise.all(threads.map(endThread))
    throw error
  }
  return {
    keyEnds: threads[0]?.keyEnds ?? [],
    run(step, subject) {
      const thread = threads.reduce<Thread | undefined>(
        (least, one) => (least && least.waiting.size <= one.waiting.size ? least : one),
        undefined,
      )
      if (!thread) return Promise.reject(new Fault('INTERNAL', { reason: 'no step thread is alive' }))
      const id = nextId++
      return new Promise((resolve, reject) => {
        thread.waiting.set(id, { resolve, reject })
        thread.worker.postMessage({ kind: 'run', id, step, subject })
      })
    },
    useProfiles(folder) {
      setup = { ...setup, profilesFolder: folder }
      for (const thread of threads) tellFolder(thread, folder)
    },
    async close() {
      closing = true
      await Promise.all(threads.map(endThread))
    },
  }
}

function tellFolder({ worker }: Thread, folder: string | undefined): void {
  if (folder !== undefined) worker.postMessage({ kind: 'profiles', folder })
}

const reopenMs = 2_000

/** Steps stream, so a thread needs little; without a cap V8 lets garbage of long steps pile up. */
const youngMb = 8
const oldMb = 256

function openThread(config: Config, databaseUrl: string, onDeath: () => void): Promise<Thread> {
  const worker = new Worker(threadUrl(), {
    workerData: { config, databaseUrl },
    resourceLimits: { maxYoungGenerationSizeMb: youngMb, maxOldGenerationSizeMb: oldMb },
  })
  const thread: Thread = { worker, waiting: new Map(), keyEnds: [] }
  let alive = false
  return new Promise((ready, failed) => {
    worker.on('message', (message: unknown) => {
      const answer = threadAnswerSchema.parse(message)
      if ('ready' in answer) {
        alive = true
        thread.keyEnds = answer.keyEnds
        return ready(thread)
      }
      const waiting = thread.waiting.get(answer.id)
      thread.waiting.delete(answer.id)
      if ('ok' in answer) waiting?.resolve(runOf(answer.ok))
      else waiting?.reject(new Error(answer.error))
    })
    worker.on('error', (error) => {
      failed(asStartFault(error))
      for (const waiting of thread.waiting.values())
        waiting.reject(error instanceof Error ? error : new Error(String(error)))
    })
    worker.on('exit', () => {
      for (const waiting of thread.waiting.values()) waiting.reject(new Error('the step thread ended'))
      if (alive) onDeath()
      else failed(new Error('the step thread ended before it was ready'))
    })
  })
}

/** A fault crosses from a thread as a plain error; its code makes it a fault again. */
function asStartFault(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && isFaultCode(code)
    ? new Fault(code, { reason: error instanceof Error ? error.message : '' }, error)
    : error
}

/** Threads run compiled code; from TypeScript sources the compiled twin is used. */
function threadUrl(): URL {
  return import.meta.url.endsWith('.js')
    ? new URL('./step-thread.js', import.meta.url)
    : new URL('../../dist/ops/start/step-thread.js', import.meta.url)
}

async function endThread(thread: Thread): Promise<void> {
  const ended = new Promise<void>((resolve) => thread.worker.once('exit', () => resolve()))
  thread.worker.postMessage({ kind: 'stop' })
  const timer = setTimeout(() => void thread.worker.terminate(), 5_000)
  await ended
  clearTimeout(timer)
}
