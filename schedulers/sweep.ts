/**
 * The sweep: asks PostgreSQL again and again what is due and wakes it. It is what makes a lost Redis cost seconds and
 * nothing else (reliability.md F22, F23, F25). It runs on real time: wake-ups are not business time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { WakeUp } from './work-driver.ts'

/** What a sweep needs. */
export interface SweepOptions {
  /** Asks for due work, oldest first and bounded; called once at a time. */
  readonly findDue: () => Promise<readonly WakeUp[]>
  /** Hands one wake-up to a driver. */
  readonly wake: (wakeUp: WakeUp) => Promise<void> | void
  /** Time between sweeps, 5 s unless told; each is up to a fifth earlier or later so that processes spread out. */
  readonly everyMs?: number
  /** Called once when sweeping begins to fail, not at every try. Must not throw. */
  readonly onOutage?: (error: unknown) => void
  /** Called once when it works again, with the number of sweeps that failed. Must not throw. */
  readonly onRecovery?: (failedSweeps: number) => void
}

/** A sweep that runs. */
export interface Sweep {
  /** Sweeps once now, beside the rhythm; for start-up and tests. Never rejects; false when it failed. */
  once(): Promise<boolean>
  /** Ends the rhythm and waits for a sweep in progress. Safe to call twice. */
  stop(): Promise<void>
}

/** Begins to sweep, at once and then in its rhythm. A failure is told once and the rhythm goes on. */
export function startSweep(options: SweepOptions): Sweep {
  const everyMs = options.everyMs ?? 5_000
  const stopping = new AbortController()
  let failedSweeps = 0
  let current: Promise<boolean> | undefined

  async function sweep(): Promise<boolean> {
    try {
      for (const wakeUp of await options.findDue()) {
        if (stopping.signal.aborted) return true
        await options.wake(wakeUp)
      }
    } catch (error) {
      if (failedSweeps++ === 0) options.onOutage?.(error)
      return false
    }
    if (failedSweeps > 0) options.onRecovery?.(failedSweeps)
    failedSweeps = 0
    return true
  }

  // A sweep that is slow must not be overtaken by the next: whoever asks meanwhile shares it.
  function once(): Promise<boolean> {
    current ??= sweep().finally(() => {
      current = undefined
    })
    return current
  }

  async function rhythm(): Promise<void> {
    while (!stopping.signal.aborted) {
      await once()
      await sleep(everyMs * (0.8 + Math.random() * 0.4), undefined, { signal: stopping.signal }).catch(
        () => {},
      )
    }
  }

  const ended = rhythm()
  return {
    once,
    stop: async () => {
      stopping.abort()
      await ended
      await current
    },
  }
}
