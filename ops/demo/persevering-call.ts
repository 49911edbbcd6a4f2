/**
 * Repeating a call to the API as a good client does (F01, F03): a call without an answer, or with one that says to come
 * again, is made again as it was; every other answer stands.
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** An answer as it came. */
export interface CallAnswer {
  readonly status: number
  readonly text: string
  /** The header `Retry-After`, in seconds. */
  readonly retryAfter: string | string[] | undefined
}

const shortestPauseMs = 200
const longestPauseMs = 5_000

/**
 * Makes a call until it is answered with a success, and gives that answer's JSON. Throws what the last try threw once
 * `patienceMs` are over, and at once for an answer that would be the same again.
 */
export async function persevering(
  patienceMs: number,
  name: string,
  call: () => Promise<CallAnswer>,
): Promise<unknown> {
  const endsAt = performance.now() + patienceMs
  for (let tries = 0; ; tries++) {
    const tried = await tryOnce(name, call)
    if (tried.kind === 'answered') return tried.body
    if (!tried.again || performance.now() >= endsAt) throw tried.error
    const pauseMs = Math.max(tried.afterMs, shortestPauseMs * 2 ** Math.min(tries, 4))
    await sleep(Math.min(pauseMs, longestPauseMs))
  }
}

type Try =
  | { readonly kind: 'answered'; readonly body: unknown }
  | { readonly kind: 'failed'; readonly error: Error; readonly again: boolean; readonly afterMs: number }

async function tryOnce(name: string, call: () => Promise<CallAnswer>): Promise<Try> {
  let answer: CallAnswer
  try {
    answer = await call()
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error))
    return { kind: 'failed', error: failure, again: true, afterMs: 0 }
  }
  const { status, text, retryAfter } = answer
  if (status < 300) return { kind: 'answered', body: JSON.parse(text) }
  return {
    kind: 'failed',
    error: new Error(`${name} answered ${status}: ${text.slice(0, 2000)}`),
    again: status >= 500 || status === 429 || status === 408,
    afterMs: secondsOf(retryAfter) * 1000,
  }
}

/** Dates, which the gateway does not send, count as none. */
const secondsOf = (header: string | string[] | undefined): number =>
  typeof header === 'string' && /^\d{1,4}$/.test(header) ? Number(header) : 0
