/** A run before its first step: everything that its seed makes, put together. */
import { openAgenda } from './agenda.ts'
import { type BrakeHands, openBrakeHands } from './brake-hands.ts'
import { type ExceptionDesk, openExceptionDesk } from './exception-desk.ts'
import { type FaultKind, openChaos } from './fault-kinds.ts'
import { type FinalNames, type ForeignFiles, openForeign } from './final-names.ts'
import { type Outside, planFollowing, planLook } from './outside.ts'
import { openDesk } from './platform-desk.ts'
import { type ChosenFault, openPorts, type Ports } from './ports.ts'
import { drawScenario, ownStream, type Scenario, streamsOf } from './scenario.ts'
import { openSchedule, type Schedule } from './schedule.ts'
import { drawManners, openSimBank, type SimBank } from './sim-bank.ts'
import { type SimGateway, startGateway } from './sim-gateway.ts'
import { type SimSms, simSms } from './sim-sms.ts'
import type { StandingWork } from './sim-store.ts'
import type { SimWorld } from './sim-world.ts'
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

/** Everything of a run at work. */
export interface Run extends Outside {
  readonly plan: RunPlan
  readonly schedule: Schedule
  readonly gateway: SimGateway
  readonly down: Map<string, Date>
  readonly late: (() => void)[]
  readonly foreign: ForeignFiles
  readonly brakes: BrakeHands
  readonly exceptions: ExceptionDesk
  readonly ports: Ports
  readonly sms: SimSms
  steps: number
  /** The last look found no work but the recurring, nobody at work, and nothing under way. */
  quiet: boolean
  /** Due work as it was read last, while nobody can have changed it. */
  work: readonly StandingWork[] | undefined
  /** Banks of this run take files the moment they are complete. */
  readonly eager: boolean
}

/** Puts a run together; nothing of it has happened yet, but what outsiders have planned. */
export function begin(world: SimWorld, plan: RunPlan): Run {
  const streams = streamsOf(plan.seed)
  const schedule = openSchedule()
  const chaos = openChaos(streams.faults, plan.faults, ownStream(plan.seed))
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
  const foreign = openForeign(folderOf, chaos, trace)
  const names: FinalNames = { foreign, published: (file) => brakes.published(file) }
  const given = { world, schedule, ports, chaos, trace, draw, sms, folderOf, isDown, names }
  const gateway = startGateway({ ...given, later: (effect) => void late.push(effect) })
  const insisting = { world, gateway, agenda, trace }
  const desk = openDesk({ ...insisting, seed: plan.seed, draw: streams.platform })
  const bankNos = banks.map(({ side }) => side.contracted.bankNo)
  const brakes = openBrakeHands({ ...insisting, chaos, bankNos, batches: desk.batches })
  const contradicted = new Set<string>()
  const undecided = new Set<string>()
  const isQuiet = (fileId: number): boolean =>
    run.healing && late.length === 0 && !schedule.all().some(({ name }) => name === `send ${fileId}`)
  const people = { ...insisting, chaos, banks, batches: desk.batches, contradicted, undecided, isQuiet }
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
    contradicted,
    undecided,
    foreign,
    brakes,
    exceptions: openExceptionDesk(people),
    ports,
    sms,
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
  return run
}

function bankOf(banks: readonly SimBank[], code: string): SimBank {
  const found = banks.find(({ side }) => side.contracted.bank === code)
  if (!found) throw new Error(`there is no bank ${code}`)
  return found
}
