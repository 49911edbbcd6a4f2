/** The largest resident size that any of some processes ever had, over all their lives, as Linux tells it. */
import { readFileSync } from 'node:fs'
import type { Victim } from './disturb.ts'

/** A watch that runs until `stop`. */
export interface MemoryWatch {
  /** Ends it; MB of 10^6 bytes, undefined where there is no /proc. */
  stop(): number | undefined
}

const lookEveryMs = 500

/** Begins to watch. The kernel keeps each life's peak, so what is missed is only the last half second before a kill. */
export function watchMemory(processes: readonly Victim[]): MemoryWatch {
  let peakBytes = 0
  const look = (): void => {
    for (const process of processes) peakBytes = Math.max(peakBytes, peakOf(process.pid('any')))
  }
  const timer = setInterval(look, lookEveryMs)
  return {
    stop() {
      clearInterval(timer)
      look()
      return peakBytes === 0 ? undefined : Math.round(peakBytes / 1e6)
    },
  }
}

function peakOf(pid: number | undefined): number {
  if (pid === undefined) return 0
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kib ?? 0) * 1024
  } catch {
    return 0
  }
}
