/** Entry of a worker thread that checks chunks: it loads the profiles once and answers each job in order. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { loadCatalog } from '../../formats/profile/load-catalog.ts'
import {
  type ChunkFunction,
  type ChunkJob,
  type ChunkResult,
  type ChunkSetting,
  createChunkFunction,
} from './check-chunk.ts'

/** What a thread is started with. */
export interface WorkerSetting extends ChunkSetting {
  readonly catalogFolder: string | undefined
}

/** What a thread answers to a job. */
export type WorkerAnswer =
  | { readonly kind: 'result'; readonly result: ChunkResult }
  | { readonly kind: 'failed'; readonly message: string }

const port = parentPort
if (!isMainThread && port) {
  const setting: WorkerSetting = workerData
  // Each profile that is not needed would cost every thread a megabyte.
  const needed = new Set(setting.banks.map(({ profileId }) => profileId))
  const check = createChunkFunction(setting, loadCatalog(setting.catalogFolder, needed))
  port.on('message', (job: ChunkJob) => {
    const answer = answerJob(check, job)
    port.postMessage(answer, buffersOf(answer))
  })
}

function answerJob(check: ChunkFunction, job: ChunkJob): WorkerAnswer {
  try {
    return { kind: 'result', result: check(job) }
  } catch (error) {
    // The stack stays here; a message of ours never holds a line.
    return { kind: 'failed', message: error instanceof Error ? error.name : 'unknown' }
  }
}

/** Buffers that are handed over instead of copied; small ones lie in Node's shared pool and are copied. */
function buffersOf(answer: WorkerAnswer): ArrayBuffer[] {
  if (answer.kind === 'failed' || answer.result.kind === 'refused') return []
  return [answer.result.instructions, answer.result.blocks].flatMap(({ buffer, byteLength }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
  )
}
