/** Turns the simulated clock whenever nothing more can happen at the present hour. */
import { setTimeout as sleep } from 'node:timers/promises'
import { readBankWork } from '../simulator/world/read-bank-work.ts'
import { readGatewayWork, readPulse } from './demo-law-store.ts'
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
  for (let quietSinceMs = performance.now(); performance.now() - quietSinceMs < quietMs; ) {
    if (await done()) return { done: true, pulse }
    await sleep(lookEveryMs)
    const next = await readPulse(world.db)
    if (next !== pulse || (await somebodyWorks(world))) quietSinceMs = performance.now()
    pulse = next
  }
  return { done: await done(), pulse }
}

/** True while the gateway or a bank has something to do at this hour, or an answer lies there unseen. */
async function somebodyWorks(world: DemoWorld): Promise<boolean> {
  const now = world.clock.now()
  const banks = await readBankWork(world.banksFolder, now)
  const gateway = await readGatewayWork(world.db, now)
  return gateway.open > 0 || banks.due > 0 || gateway.fetched < banks.published
}
