/**
 * One run: a seed makes a scenario, a course and faults; the real steps work, the world disturbs them for a number of
 * choices, then everything heals, time goes on, and every invariant is checked. The same seed goes the same way.
 */
import { createHash } from 'node:crypto'
import { ensureDueWork } from '../../../gateway/ledger/due-work-store.ts'
import type { Db } from '../../../gateway/store/pool.ts'
import { type AgendaItem, openAgenda } from './agenda.ts'
import { checkBooks, checkEnd, checkLedger, type Violation } from './check-run.ts'
import { type FaultKind, openChaos } from './fault-kinds.ts'
import { type Outside, planFollowing, planLook, removeForeign, takeAtOnce } from './outside.ts'
import { openDesk } from './platform-desk.ts'
import { type ChosenFault, openPorts } from './ports.ts'
import { drawScenario, drawStart, type Scenario, streamsOf } from './scenario.ts'
import { openSchedule, type Schedule } from './schedule.ts'
import { drawManners, openSimBank, type SimBank } from './sim-bank.ts'
import { type SimGateway, startGateway } from './sim-gateway.ts'
import { simSms } from './sim-sms.ts'
import {
  type CleanLedger,
  cleanLedger,
  lookNow,
  readCollected,
  readEnds,
  readWork,
  type StandingWork,
} from './sim-store.ts'
import { type SimWorld, simStart } from './sim-world.ts'
import { openTrace } from './trace.ts'

/** What to run. */
export interface RunPlan {
  readonly seed: number
  /** Choices of the schedule while faults may happen. */
  readonly steps: number
  readonly faults: ReadonlySet<FaultKind>
  /** A scenario of its own instead of the seed's. */
  readonly scenario?: Scenario
  /** The one call that fails, instead of chance. */
  readonly chosen?: ChosenFault
  /** Sees every event, for a replay. */
  readonly say?: (event: string) => void
}

/** How a run ended. */
export interface RunEnd {
  readonly seed: number
  /** Of the course: two runs of one seed have the same. */
  readonly digest: string
  /** Of where every instruction came to rest, whatever the course. */
  readonly ledgerDigest: string
  readonly steps: number
  readonly calls: number
  readonly instructions: number
  readonly files: number
  readonly faults: ReadonlyMap<FaultKind, number>
  readonly violations: readonly Violation[]
  /** The last events before a violation. */
  readonly lastEvents: readonly string[]
  /** The step at which the first violation was seen. */
  readonly failedAt: number | undefined
}

/** Everything of a run at work. */
interface Run extends Outside {
  readonly plan: RunPlan
  readonly schedule: Schedule
  readonly gateway: SimGateway
  readonly down: Map<string, Date>
  readonly late: (() => void)[]
  steps: number
  /** The last look found no work but the recurring, nobody at work, and nothing under way. */
  quiet: boolean
  /** Due work as it was read last, while nobody can have changed it. */
  work: readonly StandingWork[] | undefined
  /** Banks of this run take files the moment they are complete. */
  readonly eager: boolean
}

const minuteMs = 60_000
/** Steps that come again for as long as a bank exists, or owes something. */
const recurring = ['collect', 'chase']
const looksEvery = 250
const healSteps = 30_000
const longestHealMs = 30 * 24 * 60 * minuteMs

/**
 * A provider that takes a request twice cannot tell a sleeper who wakes up from his successor, and nothing of ours lies
 * between the last look at the ledger and the call: a worker that is stopped right there is beyond every fence.
 */
const unfenced = 'sms.send'

/** Runs one seed on a clean ledger. */
export async function runSimulation(world: SimWorld, clean: CleanLedger, plan: RunPlan): Promise<RunEnd> {
  await cleanLedger(world.assembly.db, clean)
  world.clock.reset(plan.scenario ? simStart : drawStart(plan.seed))
  const { run, ports, sent } = begin(world, plan)
  for (const { side } of run.banks)
    await ensureDueWork(world.assembly.db, 'collect', side.contracted.bankNo, world.clock.now())
  const violations: Violation[] = []
  let failedAt: number | undefined
  // A course that is broken off must still end its tasks, or the next run would meet them.
  try {
    violations.push(...(await disturb(run)))
    if (violations.length === 0) {
      await heal(run)
      violations.push(...bugsOf(run), ...(await checkEnd(world.assembly.db, viewOf(run, sent))))
    }
  } catch (error) {
    violations.push({
      invariant: 'bug',
      what: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  }
  if (violations.length > 0) failedAt = run.steps
  await endTasks(run)
  const { trace, chaos, banks } = run
  return {
    seed: plan.seed,
    digest: trace.digest(),
    ledgerDigest: await digestLedger(world.assembly.db),
    steps: run.steps,
    calls: ports.calls,
    instructions: run.desk.batches.reduce((sum, { lines }) => sum + lines.length, 0),
    files: banks.reduce((sum, { taken }) => sum + taken.length, 0),
    faults: chaos.counts,
    violations,
    lastEvents: violations.length > 0 ? [...trace.last()] : [],
    failedAt,
  }
}

function begin(world: SimWorld, plan: RunPlan) {
  const streams = streamsOf(plan.seed)
  const schedule = openSchedule()
  const chaos = openChaos(streams.faults, plan.faults)
  const trace = openTrace(plan.say)
  const ports = openPorts(schedule, chaos, trace, plan.chosen)
  world.watch = ports.statement
  const all = world.banks.map(({ contracted }) => contracted.bank)
  const scenario = plan.scenario ?? drawScenario(plan.seed, all, streams.scenario)
  const manners = drawManners(streams.banks)
  const banks = world.banks.flatMap((side) =>
    scenario.banks.includes(side.contracted.bank) ? [openSimBank(side, manners, world.clock)] : [],
  )
  const agenda = openAgenda()
  const down = new Map<string, Date>()
  const late: (() => void)[] = []
  const sms = simSms(ports, chaos)
  const isDown = (bank: string): boolean => (down.get(bank)?.getTime() ?? 0) > world.clock.now().getTime()
  const folderOf = (bank: string) => bankOf(banks, bank).folder
  const draw = streams.course
  const given = { world, schedule, ports, chaos, trace, draw, sms, folderOf, isDown }
  const gateway = startGateway({ ...given, later: (effect) => void late.push(effect) })
  const desk = openDesk({ seed: plan.seed, world, gateway, agenda, draw: streams.platform, trace })
  const run: Run = {
    plan,
    world,
    schedule,
    chaos,
    streams,
    trace,
    banks,
    gateway,
    desk,
    agenda,
    contradicted: new Set(),
    undecided: new Set(),
    down,
    late,
    steps: 0,
    healing: false,
    quiet: false,
    work: undefined,
    eager: streams.banks.chance(400),
  }
  desk.open(scenario.batches)
  for (const bank of banks) planLook(run, bank)
  planFollowing(run)
  return { run, ports, sent: sms.sent }
}

function bankOf(banks: readonly SimBank[], code: string): SimBank {
  const found = banks.find(({ side }) => side.contracted.bank === code)
  if (!found) throw new Error(`there is no bank ${code}`)
  return found
}

/** The part of a run in which faults happen. */
async function disturb(run: Run): Promise<Violation[]> {
  const { plan, world } = run
  while (run.steps < plan.steps) {
    await step(run)
    if (run.steps % looksEvery === 0) {
      const found = [...checkBooks(run.banks), ...bugsOf(run), ...(await checkLedger(world.assembly.db))]
      if (found.length > 0) return found
    }
    if (run.quiet && (await isSettled(run))) return []
    if (run.quiet && run.agenda.size <= run.banks.length + 1) run.work = undefined
  }
  return []
}

/** No faults any more: sleepers wake, the dead get successors, and time goes on until nothing is left to do. */
async function heal(run: Run): Promise<void> {
  const { chaos, world, schedule, banks } = run
  run.trace.note('heals')
  chaos.end()
  run.healing = true
  run.down.clear()
  for (const effect of run.late.splice(0)) effect()
  for (const task of schedule.all()) task.stalled = false
  for (const bank of banks) removeForeign(bank)
  const endsAt = world.clock.now().getTime() + longestHealMs
  for (let at = 0; at < healSteps && world.clock.now().getTime() < endsAt; at++) {
    await step(run)
    if (run.quiet && (await isSettled(run))) return
    if (run.quiet && run.agenda.size <= run.banks.length + 1) run.work = undefined
  }
}

/** One choice: who goes on, or what happens outside. */
async function step(run: Run): Promise<void> {
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
    if (task.at !== unfenced && chaos.strikes('stall')) {
      task.stalled = true
      task.wasStalled = true
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

/** True when nothing is left that time or work could change: only the recurring looks are due again. */
async function isSettled(run: Run): Promise<boolean> {
  const { agenda, banks, desk } = run
  if (agenda.size > banks.length + 1) return false
  if (banks.some((bank) => bank.arrivals().length > 0)) return false
  if (!(await allCollected(run))) return false
  await desk.follow()
  return !(await desk.work())
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

const bugsOf = ({ gateway, schedule }: Run): Violation[] => [
  ...gateway.bugs.map(({ task, reason }) => ({ invariant: 'bug', what: `${task}: ${reason}` })),
  ...schedule.broken.map((error) => ({
    invariant: 'bug',
    what: error instanceof Error ? (error.stack ?? error.message) : String(error),
  })),
]

const viewOf = (run: Run, smsSent: ReadonlyMap<string, number>) => ({
  now: run.world.clock.now(),
  banks: run.banks,
  batches: run.desk.batches,
  outcomes: run.desk.outcomes,
  smsSent,
  contradicted: run.contradicted,
  undecided: run.undecided,
  overtaken: overtaking.some((kind) => run.chaos.counts.has(kind)),
})

const overtaking: readonly FaultKind[] = ['stall', 'crash', 'late']

/** Where every instruction stands, by the platform's own ids. */
async function digestLedger(db: Db): Promise<string> {
  const ends = await readEnds(db)
  const text = ends.map(({ instructionId, state, amountFen }) => `${instructionId} ${state} ${amountFen}\n`)
  return createHash('sha256').update(text.join('')).digest('hex').slice(0, 32)
}

/** A run that was given up must leave nothing behind that still holds a connection. */
async function endTasks({ schedule }: Run): Promise<void> {
  for (const { life } of schedule.all()) life.dead = true
  await schedule.bury()
}
