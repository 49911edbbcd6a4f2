/** Turns the simulated clock whenever nothing more can happen at the present hour. */
import { setTimeout as sleep } from 'node:timers/promises'
import { countOpenWork, readPulse } from './demo-law-store.ts'
import type { DemoWorld } from './demo-world.ts'

const lookEveryMs = 250
/** Nothing was recorded for so long, and nothing is due: only time can bring more. */
const quietMs = 3_000
const mostTurns = 500

/** Lets time pass in steps of `stepMs` until `done`; each step waits until the world has gone quiet. Throws when it never ends. */
export async function turnUntil(
  world: DemoWorld,
  stepMs: number,
  done: () => Promise<boolean>,
): Promise<void> {
  for (let turn = 0; turn < mostTurns; turn++) {
    if (await quiet(world, done)) return
    world.clock.turnTo(new Date(world.clock.now().getTime() + stepMs))
  }
  throw new Error('the story does not come to its end')
}

/** Waits until the world is quiet (false) or the wanted state is reached (true). */
async function quiet(world: DemoWorld, done: () => Promise<boolean>): Promise<boolean> {
  let pulse = ''
  for (let quietSinceMs = performance.now(); performance.now() - quietSinceMs < quietMs; ) {
    if (await done()) return true
    await sleep(lookEveryMs)
    const next = await readPulse(world.db)
    const working = (await countOpenWork(world.db, world.clock.now())) > 0
    if (next !== pulse || working) quietSinceMs = performance.now()
    pulse = next
  }
  return done()
}
