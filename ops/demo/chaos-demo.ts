/**
 * The demo under chaos: the same story twice, once undisturbed and once while its processes, lines and servers are hurt
 * by a seeded plan, then healed. Both must end with the same ledger, and every law must hold.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { toJson } from '../cli/output.ts'
import {
  type ChaosReport,
  type ChaosRun,
  isKill,
  missingKinds,
  startChaos,
} from '../drills/chaos/chaos-run.ts'
import type { ChaosTargets, Victim } from '../drills/chaos/disturb.ts'
import type { DisturbanceKind } from '../drills/chaos/disturbance.ts'
import { watchMemory } from '../drills/chaos/memory-watch.ts'
import { planChaos } from '../drills/chaos/plan-chaos.ts'
import { type Recovery, type RecoveryWatch, watchRecovery } from '../drills/chaos/recovery-watch.ts'
import { runStory, type StoryEnd, type StoryReports } from './demo-journey.ts'
import { checkDemoLaws, type LawReport } from './demo-laws.ts'
import type { DemoLedger } from './demo-ledger.ts'
import { type DemoOptions, type DemoWorld, startWorld } from './demo-world.ts'
import { platformClient } from './platform-client.ts'

/** What to run. */
export interface ChaosDemoOptions extends Omit<DemoOptions, 'fragile' | 'onLine'> {
  /** SIGKILLs of the gateway's processes. */
  readonly kills: number
  /** The world that runs at the moment, so that a signal can close it. */
  readonly onWorld: (world: DemoWorld) => void
}

/** What a run of the demo under chaos came to. */
export interface ChaosDemoEnd {
  readonly end: StoryEnd
  readonly world: Pick<DemoWorld, 'world'>
  readonly laws: LawReport
  readonly chaos: ChaosReport & {
    /** Kinds that this machine or the operator's own servers leave out. */
    readonly leftOut: readonly DisturbanceKind[]
    readonly recovery: Recovery
    /** Times that a process of the gateway was started again. */
    readonly restarts: number
    /** Of any process of the gateway in any of its lives. */
    readonly peakMemoryMb: number | undefined
  }
  /** SHA-256 of the ledger with and without chaos, hex. */
  readonly digests: { readonly undisturbed: string; readonly chaos: string }
}

/** How long the platform goes on asking an API that does not answer. */
const patienceMs = 600_000

/** Runs both. Throws when a story does not come to its end. */
export async function runChaosDemo(
  options: ChaosDemoOptions,
  reports: Pick<StoryReports, 'onMessage' | 'onProgress'>,
): Promise<ChaosDemoEnd> {
  reports.onMessage('先不受干扰地走一遍 / first without any disturbance')
  const undisturbed = await inWorld(options, {}, (world) =>
    storyOf(world, options, { ...reports, onUnderWay: async () => {} }),
  )
  reports.onMessage(`再走一遍，强杀 ${options.kills} 次 / now once more, with ${options.kills} SIGKILLs`)
  const recovery = watchRecovery()
  const fragile = { fragile: true, onLine: recovery.line }
  return await inWorld(options, fragile, async (world) => {
    const { targets } = world
    if (targets === undefined) throw new Error('a fragile world has targets')
    const memory = watchMemory(world.services)
    const { end, chaos } = await disturbed(world, targets, options, reports, recovery)
    const peakMemoryMb = memory.stop()
    const restarts = world.services.reduce((sum, service) => sum + service.restarts(), 0)
    const laws = await checkDemoLaws(world, end.ledger)
    const leftOut = missingKinds(targets)
    return {
      end,
      world,
      laws,
      chaos: { ...chaos, leftOut, recovery: recovery.recovery(), restarts, peakMemoryMb },
      digests: { undisturbed: digestOf(undisturbed.ledger), chaos: digestOf(end.ledger) },
    }
  })
}

/** SHA-256 of a ledger, hex; amounts and counts only, so it is the same wherever the same became of the same lines. */
export const digestOf = (ledger: DemoLedger): string =>
  createHash('sha256')
    .update(toJson(sorted(ledger)))
    .digest('hex')

/** Members in the order of their names: reasons stand in a ledger in the order in which they came. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}

async function inWorld<End>(
  options: ChaosDemoOptions,
  extra: Pick<DemoOptions, 'fragile' | 'onLine'>,
  act: (world: DemoWorld) => Promise<End>,
): Promise<End> {
  const world = await startWorld({ ...options, ...extra })
  options.onWorld(world)
  try {
    return await act(world)
  } finally {
    await world.close()
  }
}

async function storyOf(
  world: DemoWorld,
  { people, seed }: ChaosDemoOptions,
  reports: StoryReports,
  patience = 0,
): Promise<StoryEnd> {
  const client = platformClient(world.apiUrl, world.token, patience)
  try {
    return await runStory(world, client, people, seed, reports)
  } finally {
    await client.close()
  }
}

/** Runs the story with chaos beside it; healed when the plan is through, and at the story's last act at the latest. */
async function disturbed(
  world: DemoWorld,
  targets: ChaosTargets,
  options: ChaosDemoOptions,
  reports: Pick<StoryReports, 'onMessage' | 'onProgress'>,
  recovery: RecoveryWatch,
): Promise<{ end: StoryEnd; chaos: ChaosReport }> {
  const plan = planChaos({ seed: options.seed, kills: options.kills, without: missingKinds(targets) })
  const run: ChaosRun = startChaos(targets, plan, {
    onDone: (disturbance, { victim }) => {
      if (isKill(disturbance)) recovery.killed(victim)
    },
  })
  const absent: string[] = []
  const onLastAct = async (): Promise<void> => {
    run.stop()
    await run.ended
    absent.push(...(await awaitReturn([...targets.apis, ...targets.workers, targets.banks])))
    reports.onMessage('干扰结束，等一切完成 / chaos is over, everything comes to rest')
  }
  try {
    const end = await storyOf(
      world,
      options,
      { ...reports, onUnderWay: async () => {}, onLastAct },
      patienceMs,
    )
    const chaos = await run.ended
    return { end, chaos: { ...chaos, troubles: [...chaos.troubles, ...absent] } }
  } finally {
    run.stop()
    await run.ended.catch(() => {})
  }
}

const returnWithinMs = 180_000

/** Waits until every process works again; names those that hang on their way. */
async function awaitReturn(processes: readonly Victim[]): Promise<string[]> {
  const endsAtMs = performance.now() + returnWithinMs
  const away = (): Victim[] => processes.filter((process) => process.pid('ready') === undefined)
  while (away().length > 0 && performance.now() < endsAtMs) await sleep(100)
  return away().map(({ name }) => `${name} did not come back`)
}
