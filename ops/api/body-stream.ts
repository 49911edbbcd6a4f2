/**
 * Bodies as they arrive: with a time limit for the whole or for each silence, and without cutting the connection when
 * reading stops early, so that the client still reads why it was refused.
 */
import type { IncomingMessage } from 'node:http'
import { ApiProblem } from './api-problem.ts'

/** Time limits in milliseconds: for the whole body, or for the silence between two pieces of it. */
export type ReceivingLimit = { readonly wholeMs: number } | { readonly idleMs: number }

/** The pieces of a body. Throws REQUEST_TIMEOUT at the limit, and what the connection throws when it breaks. */
export async function* receiving(raw: IncomingMessage, limit: ReceivingLimit): AsyncGenerator<Buffer> {
  const pieces: AsyncIterator<Buffer> = raw.iterator({ destroyOnReturn: false })
  const endMs = 'wholeMs' in limit ? performance.now() + limit.wholeMs : undefined
  for (;;) {
    const leftMs = endMs === undefined ? ('idleMs' in limit ? limit.idleMs : 0) : endMs - performance.now()
    const step = await within(pieces.next(), leftMs)
    if (step.done) return
    yield step.value
  }
}

function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ApiProblem('REQUEST_TIMEOUT')), Math.max(0, limitMs))
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/**
 * After an answer that came before the body's end: takes in what the client still sends for a while, then hangs up.
 * Hanging up at once could destroy the answer on its way.
 */
export function letGo(raw: IncomingMessage, lingerMs: number): void {
  if (raw.complete || raw.destroyed) return
  const timer = setTimeout(() => raw.socket.destroy(), lingerMs).unref()
  raw.once('close', () => clearTimeout(timer))
  raw.once('end', () => clearTimeout(timer))
  raw.on('error', () => {})
  raw.resume()
}
