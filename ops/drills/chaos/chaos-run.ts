/**
 * The supervisor: does to real processes, lines and servers what a plan says, in its order and with its pauses, keeps
 * count, and heals everything at the end, so that from then on nothing but the gateway's own recovery is at work.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChaosTargets, disturb, type Struck, type Thaws } from './disturb.ts'
import type { Disturbance, DisturbanceCounts, DisturbanceKind } from './disturbance.ts'

/** What a run of chaos did. */
export interface ChaosReport {
  readonly counts: DisturbanceCounts
  readonly planned: number
  /** SIGKILLs of the gateway's processes that ended one which had come to work; the others ended one on its way. */
  readonly killsAtWork: number
  readonly seconds: number
  /** Troubles of the supervisor itself, such as a server that did not come back; empty in a good run. */
  readonly troubles: readonly string[]
}

/** A run of chaos. */
export interface ChaosRun {
  /** True once every disturbance was done or left out and everything was healed. */
  over(): boolean
  /** Resolves when the plan is through, or `stop` was called; everything is healed then. */
  readonly ended: Promise<ChaosReport>
  /** Leaves out what is still to come. */
  stop(): void
}

/** What a run tells; `onDone` once for each disturbance. */
export interface ChaosHooks {
  readonly onDone?: (disturbance: Disturbance, struck: Struck) => void
}

/** Kinds that these targets have nothing for. */
export const missingKinds = ({
  redis,
  postgres,
}: Pick<ChaosTargets, 'redis' | 'postgres'>): readonly DisturbanceKind[] => [
  ...(redis === undefined ? (['flush-redis', 'kill-redis'] as const) : []),
  ...(postgres === undefined ? (['restart-postgres'] as const) : []),
]

/** Begins at once. */
export function startChaos(
  targets: ChaosTargets,
  plan: readonly Disturbance[],
  hooks: ChaosHooks = {},
): ChaosRun {
  const stopping = new AbortController()
  const state = { over: false }
  const ended = run(targets, plan, hooks, stopping.signal).finally(() => {
    state.over = true
  })
  // Whoever asks for the end later hears of a failure then.
  ended.catch(() => {})
  return { over: () => state.over, ended, stop: () => stopping.abort() }
}

async function run(
  targets: ChaosTargets,
  plan: readonly Disturbance[],
  { onDone }: ChaosHooks,
  stopped: AbortSignal,
): Promise<ChaosReport> {
  const startMs = performance.now()
  const counts: Partial<Record<DisturbanceKind, number>> = {}
  const troubles: string[] = []
  let killsAtWork = 0
  const thaws: Thaws = { pending: [], stopped }
  for (const disturbance of plan) {
    await sleep(disturbance.afterMs, undefined, { signal: stopped }).catch(() => {})
    if (stopped.aborted) break
    try {
      const struck = await disturb(targets, disturbance, thaws)
      counts[disturbance.kind] = (counts[disturbance.kind] ?? 0) + 1
      if (isKill(disturbance) && struck.atWork) killsAtWork += 1
      onDone?.(disturbance, struck)
    } catch (error) {
      troubles.push(`${disturbance.kind}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  await Promise.all(thaws.pending)
  for (const line of targets.lines) line.heal()
  const seconds = Math.round(performance.now() - startMs) / 1000
  return { counts, planned: plan.length, killsAtWork, seconds, troubles }
}

/** Whether it ends a process of the gateway. */
export const isKill = ({ kind }: Disturbance): boolean => kind === 'kill-api' || kind === 'kill-worker'
