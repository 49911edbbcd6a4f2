/** One disturbance done to real processes, lines and servers. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Disturbance } from './disturbance.ts'
import type { FragilePostgres } from './fragile-postgres.ts'
import type { FragileRedis } from './fragile-redis.ts'
import type { BankLine } from './line-proxy.ts'

/** A process that may be hurt; whoever started it starts it again. */
export interface Victim {
  readonly name: string
  /** Of its present life, once that is ready or at any time; undefined between two. */
  pid(when: 'ready' | 'any'): number | undefined
}

/** Everything that chaos may touch. */
export interface ChaosTargets {
  readonly apis: readonly Victim[]
  readonly workers: readonly Victim[]
  readonly banks: Victim
  readonly lines: readonly BankLine[]
  /** Undefined where it is not ours to hurt, or not there. */
  readonly redis: FragileRedis | undefined
  readonly postgres: FragilePostgres | undefined
}

/** Processes that were frozen: when they are all awake again, and what wakes them early. */
export interface Thaws {
  readonly pending: Promise<void>[]
  readonly stopped: AbortSignal
}

/** What a disturbance hit, and whether that had come to work; a process on its way to it had not. */
export interface Struck {
  readonly victim: string
  readonly atWork: boolean
}

/** Does one; tells what was hit. Throws when it could not be done. */
export async function disturb(
  targets: ChaosTargets,
  disturbance: Disturbance,
  thaws: Thaws,
): Promise<Struck> {
  const { kind, pick, lastsMs } = disturbance
  switch (kind) {
    case 'kill-api':
      return struck(await signal(targets.apis, pick, 'SIGKILL'))
    case 'kill-worker':
      return struck(await signal(targets.workers, pick, 'SIGKILL'))
    case 'kill-banks':
      return struck(await signal([targets.banks], 0, 'SIGKILL'))
    case 'stop-worker':
      return await freeze(targets.workers, disturbance, thaws)
    case 'cut-line':
    case 'stall-line':
    case 'slow-line':
    case 'drop-reply':
      return breakLine(oneOf(targets.lines, pick), kind, lastsMs)
    case 'flush-redis':
      await present(targets.redis).flush()
      return { victim: 'redis', atWork: true }
    case 'kill-redis':
      await present(targets.redis).crash()
      return { victim: 'redis', atWork: true }
    case 'restart-postgres':
      await present(targets.postgres).crash()
      return { victim: 'postgres', atWork: true }
    default:
      return kind satisfies never
  }
}

const struck = ({ name, ready }: Hit): Struck => ({ victim: name, atWork: ready })

const slowBytesPerS = 20_000

function breakLine(
  line: BankLine,
  kind: 'cut-line' | 'stall-line' | 'slow-line' | 'drop-reply',
  lastsMs: number,
): Struck {
  if (kind === 'cut-line') line.cut()
  else if (kind === 'stall-line') line.stall(lastsMs)
  else if (kind === 'slow-line') line.slow(slowBytesPerS, lastsMs)
  else line.dropReply()
  return { victim: line.name, atWork: line.open() > 0 }
}

const readyWithinMs = 15_000
const bornWithinMs = 60_000

interface Hit {
  readonly name: string
  readonly pid: number
  readonly ready: boolean
}

/**
 * Signals the victim of a pick, or another one while that is being started again: so that most kills end a process that
 * had come to work. Where none comes up for a while, as on a machine that is too slow, one on its way is as good.
 */
async function signal(victims: readonly Victim[], pick: number, name: NodeJS.Signals): Promise<Hit> {
  const readyByMs = performance.now() + readyWithinMs
  const endsAtMs = readyByMs + bornWithinMs
  for (let nowMs = performance.now(); nowMs < endsAtMs; nowMs = performance.now()) {
    for (let at = 0; at < victims.length; at++) {
      const victim = oneOf(victims, pick + at)
      const pid = victim.pid(nowMs < readyByMs ? 'ready' : 'any')
      const ready = victim.pid('ready') !== undefined
      if (pid !== undefined && send(pid, name)) return { name: victim.name, pid, ready }
    }
    await sleep(20)
  }
  throw new Error(`${oneOf(victims, pick).name} does not come back`)
}

/** Freezes a process now and thaws it later, or as soon as the run is stopped. */
async function freeze(
  victims: readonly Victim[],
  { pick, lastsMs }: Disturbance,
  thaws: Thaws,
): Promise<Struck> {
  const hit = await signal(victims, pick, 'SIGSTOP')
  const thaw = async (): Promise<void> => {
    await sleep(lastsMs, undefined, { signal: thaws.stopped }).catch(() => {})
    send(hit.pid, 'SIGCONT')
  }
  thaws.pending.push(thaw())
  return struck(hit)
}

function send(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

function oneOf<Item>(items: readonly Item[], pick: number): Item {
  const item = items[pick % items.length]
  if (item === undefined) throw new Error('there is nothing of this kind')
  return item
}

function present<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error('there is none here')
  return thing
}
