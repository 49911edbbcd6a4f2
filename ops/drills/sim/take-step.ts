/** One step of a run: a task goes on, something happens outside, or time passes. The seed chooses. */
import type { AgendaItem } from './agenda.ts'
import type { Run } from './begin-run.ts'
import { takeAtOnce } from './outside.ts'
import { readWork } from './sim-store.ts'

const minuteMs = 60_000

/** Steps that come again for as long as a bank exists, or owes something. */
const recurring = ['collect', 'chase']

/** One choice: who goes on, or what happens outside. */
export async function takeStep(run: Run): Promise<void> {
  const { schedule, gateway, streams, world, chaos, agenda, trace } = run
  const { course } = streams
  run.steps += 1
  run.quiet = false
  if (schedule.all().some(({ life }) => life.dead)) await schedule.bury()
  if (course.chance(300) || schedule.ready().length === 0) gateway.revive()
  if (run.late.length > 0 && course.chance(15)) run.late.splice(course.below(run.late.length), 1)[0]?.()
  if (course.chance(30) && (await gateway.leasesRunOut())) run.work = undefined
  if (chaos.strikes('outage')) {
    const bank = course.pick(run.banks).side.contracted.bank
    trace.note(`${bank} is down`)
    run.down.set(bank, new Date(world.clock.now().getTime() + course.below(90) * minuteMs))
  }
  run.brakes.maybePull()
  run.exceptions.maybeLook()
  if (run.eager && course.chance(200)) await takeAtOnce(run)
  if (course.chance(150)) {
    const item = agenda.takeDue(world.clock.now(), (count) => course.below(count))
    if (item) {
      await happen(run, item)
      return
    }
  }
  if (gateway.queued > 0 && course.chance(250) && gateway.deliver()) return
  const ready = schedule.ready()
  if (ready.length > 0) {
    const task = course.pick(ready)
    if (chaos.strikes('stall')) {
      task.stalled = true
      trace.note(`${task.name} stalls`)
      return
    }
    world.clock.turn(course.below(2000))
    run.work = undefined
    await schedule.turn(task)
    return
  }
  await idle(run)
}

async function happen(run: Run, item: AgendaItem): Promise<void> {
  run.trace.note(item.name)
  if (!item.outside) run.work = undefined
  await item.act()
}

/** Nobody can go on: look what is due, wake a sleeper, or let time pass until something is. */
async function idle(run: Run): Promise<void> {
  const { schedule, gateway, streams, world, agenda } = run
  const { clock, assembly } = world
  const sleeper = schedule.all().find(({ stalled }) => stalled)
  if (gateway.queued > 0 && gateway.deliver()) return
  run.work ??= await readWork(assembly.db)
  const { work } = run
  if (work.some(({ held, dueAt }) => !held && dueAt <= clock.now())) return gateway.sweep()
  const item = agenda.takeDue(clock.now(), (count) => streams.course.below(count))
  if (item) return happen(run, item)
  if (await gateway.leasesRunOut(work)) {
    run.work = undefined
    return
  }
  if (sleeper && streams.course.chance(400)) {
    run.trace.note(`${sleeper.name} wakes up`)
    sleeper.stalled = false
    return
  }
  run.quiet =
    schedule.all().length === 0 && !run.desk.busy && work.every(({ step: of }) => recurring.includes(of))
  const due = work.map(({ dueAt }) => dueAt)
  const next = [agenda.nextAt(), ...due].flatMap((at) => (at && at > clock.now() ? [at] : []))
  const soonest = next.sort((a, b) => a.getTime() - b.getTime())[0]
  clock.turnTo(soonest ?? new Date(clock.now().getTime() + 10 * minuteMs))
}
