/** Turns the simulated clock whenever nothing more can happen at the present hour. */
import { setTimeout as sleep } from 'node:timers/promises'
import { asFault } from '../../gateway/faults.ts'
import { readBankWork } from '../simulator/world/read-bank-work.ts'
import { readGatewayWork, readNextRetry, readPulse } from './demo-law-store.ts'
import type { DemoWorld } from './demo-world.ts'

const lookEveryMs = 250
/** Nothing was recorded for so long, and nothing is due: only time can bring more. */
const quietMs = 1_000
const mostTurns = 300
const longestStepMs = 6 * 3_600_000

/**
 * Lets time pass until `done`: a first step of `stepMs`, doubled while nothing happens, begun anew when something did.
 * Before each step the world must have gone quiet. Throws when the story never ends.
 */
export async function turnUntil(
  world: DemoWorld,
  stepMs: number,
  done: () => Promise<boolean>,
): Promise<void> {
  let nextMs = stepMs
  let pulse = ''
  for (let turn = 0; turn < mostTurns; turn++) {
    const end = await waitUntilQuiet(world, done)
    if (end.done) return
    nextMs = end.pulse === pulse ? nextMs * 2 : stepMs
    pulse = end.pulse
    world.clock.turnTo(new Date(world.clock.now().getTime() + Math.min(nextMs, longestStepMs)))
  }
  throw new Error('the story does not come to its end')
}

/** Turns the clock once and waits for what that brings. */
export async function turnOnce(world: DemoWorld, stepMs: number): Promise<void> {
  world.clock.turnTo(new Date(world.clock.now().getTime() + stepMs))
  await waitUntilQuiet(world, async () => false)
}

async function waitUntilQuiet(
  world: DemoWorld,
  done: () => Promise<boolean>,
): Promise<{ done: boolean; pulse: string }> {
  let pulse = ''
  let turnedAtMs = 0
  for (let quietSinceMs = performance.now(); performance.now() - quietSinceMs < quietMs; ) {
    if (await done()) return { done: true, pulse }
    await sleep(lookEveryMs)
    const seen = await look(world)
    if (seen === undefined || seen.working || seen.unfetched || seen.retryAt || seen.pulse !== pulse)
      quietSinceMs = performance.now()
    pulse = seen?.pulse ?? pulse
    // A second apart: what comes due must have had the time to be tried.
    if (!seen?.retryAt || seen.working || performance.now() - turnedAtMs < quietMs) continue
    world.clock.turnTo(seen.retryAt)
    turnedAtMs = performance.now()
  }
  return { done: await done(), pulse }
}

interface Sight {
  readonly pulse: string
  /** The gateway or a bank has something to do at this hour. */
  readonly working: boolean
  /** An answer lies at a bank, unseen or not fetched. */
  readonly unfetched: boolean
  /**
   * Work that a fault put off is not at rest: the clock goes to its next try, so that the story neither waits through
   * the pause nor goes on without it.
   */
  readonly retryAt: Date | undefined
}

/** What can be seen of the gateway and the banks; undefined while the database is away. */
async function look(world: DemoWorld): Promise<Sight | undefined> {
  try {
    const pulse = await readPulse(world.db)
    const now = world.clock.now()
    const banks = await readBankWork(world.banksFolder, now)
    const gateway = await readGatewayWork(world.db, now)
    return {
      pulse,
      working: gateway.open > 0 || banks.due > 0,
      unfetched: gateway.fetched < banks.published,
      retryAt: await readNextRetry(world.db, now),
    }
  } catch (error) {
    if (asFault(error).code === 'DATABASE_UNREACHABLE') return undefined
    throw error
  }
}
