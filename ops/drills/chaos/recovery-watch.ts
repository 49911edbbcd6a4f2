/**
 * How long the gateway takes to get over each SIGKILL, told from its own logs: until the killed process is ready again,
 * and until any process ends a step after it.
 */

/** The longest times of a run, in milliseconds of real time; undefined when nothing of the kind was seen. */
export interface Recovery {
  /** Kills after which the process was ready again; of several kills on its way there the first one counts. */
  readonly recovered: number
  readonly longestRestartMs: number | undefined
  /** From the last kill before a step ended; of several kills the last one counts. */
  readonly longestToNextStepMs: number | undefined
  /** From the first of several kills without a step between them. */
  readonly longestStandstillMs: number | undefined
  readonly stepsDone: number
  /** Steps that ended too late: another worker had taken them over, and the fence refused their effect. */
  readonly stepsFenced: number
}

/** Watches a run. */
export interface RecoveryWatch {
  /** A process was killed now. */
  killed(process: string): void
  /** A process wrote a line of its log now. */
  line(process: string, line: string): void
  /** What was seen so far. */
  recovery(): Recovery
}

/** Begins to watch; `nowMs` is a clock of real time in milliseconds. */
export function watchRecovery(nowMs: () => number = () => performance.now()): RecoveryWatch {
  const dead = new Map<string, number>()
  const unanswered: number[] = []
  const longest: { restartMs?: number; stepMs?: number; standstillMs?: number } = {}
  const count = { recovered: 0, done: 0, fenced: 0 }
  return {
    killed(process) {
      dead.set(process, dead.get(process) ?? nowMs())
      unanswered.push(nowMs())
    },
    line(process, line) {
      const event = /"event":"([a-z._-]+)"/.exec(line)?.[1] ?? ''
      if (event === 'service.started' && dead.has(process)) {
        longest.restartMs = Math.max(longest.restartMs ?? 0, nowMs() - (dead.get(process) ?? 0))
        dead.delete(process)
        count.recovered += 1
      }
      if (line.includes('LEASE_LOST')) count.fenced += 1
      if (!event.endsWith('.done')) return
      count.done += 1
      const [first, ...more] = unanswered.splice(0)
      if (first === undefined) return
      longest.stepMs = Math.max(longest.stepMs ?? 0, nowMs() - (more.at(-1) ?? first))
      longest.standstillMs = Math.max(longest.standstillMs ?? 0, nowMs() - first)
    },
    recovery: () => ({
      recovered: count.recovered,
      longestRestartMs: rounded(longest.restartMs),
      longestToNextStepMs: rounded(longest.stepMs),
      longestStandstillMs: rounded(longest.standstillMs),
      stepsDone: count.done,
      stepsFenced: count.fenced,
    }),
  }
}

const rounded = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.round(ms)
