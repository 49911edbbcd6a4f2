/**
 * The end of a run: no faults any more, people do what is theirs, and time goes on until nothing is left that time, work
 * or a person could change.
 */
import type { Run } from './begin-run.ts'
import { chaseNow, lookNow, readCollected } from './sim-store.ts'
import { takeStep } from './take-step.ts'

const healSteps = 30_000
const foreignStaysMs = 30 * 60_000
const longestHealMs = 30 * 24 * 60 * 60_000

/** No faults any more: sleepers wake, the dead get successors, and time goes on until nothing is left to do. */
export async function heal(run: Run): Promise<void> {
  const { chaos, world, schedule, brakes } = run
  run.trace.note('heals')
  chaos.end()
  run.healing = true
  run.down.clear()
  for (const effect of run.late.splice(0)) effect()
  for (const task of schedule.all()) task.stalled = false
  removeForeign(run)
  brakes.liftAll()
  const endsAt = world.clock.now().getTime() + longestHealMs
  let isSwept = false
  for (let at = 0; at < healSteps && world.clock.now().getTime() < endsAt; at++) {
    await takeStep(run)
    if (run.quiet && (await isSettled(run))) {
      if (isSwept) return
      isSwept = true
      await chaseNow(world.assembly.db, world.clock.now())
      run.work = undefined
    }
    if (run.quiet && run.agenda.size <= run.banks.length + 1) run.work = undefined
  }
}

/** Its owner takes what is none of ours away, late enough for every sender to meet it once more. */
function removeForeign({ agenda, world, foreign }: Run): void {
  if (foreign.laid.length === 0) return
  const at = new Date(world.clock.now().getTime() + foreignStaysMs)
  agenda.add({ at, name: 'others take their files away', outside: true, act: foreign.remove })
}

/** True when nothing is left that time, work or people could change: only the recurring looks are due again. */
export async function isSettled(run: Run): Promise<boolean> {
  const { agenda, banks, desk } = run
  if (agenda.size > banks.length + 1) return false
  if (banks.some((bank) => bank.arrivals().length > 0)) return false
  if (!(await allCollected(run))) return false
  await desk.follow()
  // Both are asked: what the platform has begun may wait for a doubt that only a person ends.
  const isPersonBusy = run.healing && (await run.exceptions.work())
  return !(await desk.work()) && !isPersonBusy
}

/** True when every answer was collected as it lies there; otherwise the gateway looks again. */
async function allCollected({ banks, world }: Run): Promise<boolean> {
  const { db } = world.assembly
  const collected = await readCollected(db)
  const waiting = banks.filter(({ side, folder }) =>
    folder.names('/out').some((name) => {
      const node = folder.files.get(`/out/${name}`)
      return !collected.has(`${side.contracted.bankNo} ${name} ${node?.bytes.length} ${node?.modifiedS}`)
    }),
  )
  for (const { side } of waiting) await lookNow(db, side.contracted.bankNo, world.clock.now())
  return waiting.length === 0
}
