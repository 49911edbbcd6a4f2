/**
 * The gateway of a simulation: two instances that live, crash and live again, wake-ups that may be lost or doubled, and
 * the real steps, each as a task. What the instances share is the ledger alone.
 */
import type { IntakeNeeds } from '../../../gateway/intake/intake-needs.ts'
import { findDueWork } from '../../../gateway/ledger/due-work-store.ts'
import { runStep, type StepRun, type Wake } from '../../../gateway/run-step.ts'
import type { Channel } from '../../../gateway/transfer/channel.ts'
import type { Draw } from '../../demo/seeded-draw.ts'
import type { Assembly } from '../../start/assemble.ts'
import { stepNamed, steps } from '../../start/steps.ts'
import type { Chaos } from './fault-kinds.ts'
import type { FinalNames } from './final-names.ts'
import { nameOf, type Ports } from './ports.ts'
import type { RemoteFolder } from './remote-folder.ts'
import type { Life, Schedule, Task } from './schedule.ts'
import { simChannel } from './sim-channel.ts'
import type { LineWorld } from './sim-line.ts'
import type { SimSms } from './sim-sms.ts'
import { endLease, readWork, type StandingWork } from './sim-store.ts'
import type { SimWorld } from './sim-world.ts'
import type { Trace } from './trace.ts'

/** What the instances work with. */
export interface GatewayWorld {
  readonly world: SimWorld
  readonly schedule: Schedule
  readonly ports: Ports
  readonly chaos: Chaos
  readonly trace: Trace
  readonly draw: Draw
  readonly sms: SimSms
  readonly folderOf: (bank: string) => RemoteFolder
  readonly isDown: (bank: string) => boolean
  readonly later: (effect: () => void) => void
  readonly names: FinalNames
}

/** A step that ended with a fault of ours, which is a bug whatever the world did. */
export interface Bug {
  readonly task: string
  readonly reason: string
}

/** Both instances. */
export interface SimGateway {
  /** Queued wake-ups. */
  readonly queued: number
  wake(wakes: readonly Wake[]): void
  /** Asks the ledger what is due. */
  sweep(): Promise<void>
  /** Starts a task for one queued wake-up; false when nobody can take one. */
  deliver(): boolean
  /** Runs a call of a client on one of the instances. */
  call(name: string, work: (needs: IntakeNeeds) => Promise<void>): Task
  /** Gives lives that ended a successor. */
  revive(): void
  /**
   * Lets leases run out of workers that died, that sleep, or that ended without giving theirs back; true when one did.
   * Looks for itself without `work`.
   */
  leasesRunOut(work?: readonly StandingWork[]): Promise<boolean>
  readonly bugs: readonly Bug[]
}

const instances = ['A', 'B']
const mostTasksEach = 5
const sweepLimit = 200
/** Time goes on for everybody while a lease runs out, also for the one who sleeps. */
const leaseMs = 45_000

interface Instance {
  life: Life
  readonly channels: Map<string, Channel>
}

/** Starts both instances. */
export function startGateway(given: GatewayWorld): SimGateway {
  const { world, schedule, chaos, trace, draw } = given
  const { assembly, clock } = world
  const queue = new Map<string, Wake>()
  const bugs: Bug[] = []
  const alive: Instance[] = instances.map((name) => newborn(name, 1))
  const wake = (wakes: readonly Wake[]): void => {
    for (const one of wakes) {
      if (chaos.strikes('wakes') && draw.chance(500)) continue
      queue.set(`${one.step} ${one.subject} ${chaos.strikes('wakes') ? queue.size : ''}`, one)
    }
  }
  const taskOf = new Map<number, string>()
  const running = (instance: Instance): number =>
    schedule.all().filter(({ life }) => life === instance.life).length
  const free = (): Instance[] => alive.filter((one) => !one.life.dead && running(one) < mostTasksEach)
  const startStep = (instance: Instance, { step, subject }: Wake): void => {
    const { life } = instance
    const task: Task = schedule.start(`${step} ${subject}`, life, async () => {
      const needs = needsOf(given, instance)
      const run = await runStep(steps[step], needs, step, subject).catch(lostDatabase)
      if (run === undefined || life.dead) return
      trace.note(`${nameOf(task)} ${ended(run)}`)
      const bug = bugOf(run)
      if (bug !== undefined) bugs.push({ task: nameOf(task), reason: bug })
      if (run.kind === 'done') wake(run.wakes)
    })
    taskOf.set(task.id, `${step} ${subject}`)
  }
  return {
    bugs,
    get queued() {
      return queue.size
    },
    wake,
    async sweep() {
      for (const work of await findDueWork(assembly.db, clock.now(), sweepLimit))
        queue.set(`${work.step} ${work.subject} `, work)
    },
    deliver() {
      const keys = [...queue.keys()].sort()
      const hosts = free()
      if (keys.length === 0 || hosts.length === 0) return false
      const key = draw.pick(keys)
      const one = queue.get(key)
      queue.delete(key)
      if (one !== undefined && stepNamed(one.step)) startStep(draw.pick(hosts), one)
      return true
    },
    call(name, work) {
      const hosts = alive.filter(({ life }) => !life.dead)
      const { life } = hosts.length === 0 ? reviveOne(alive, draw) : draw.pick(hosts)
      const needs: IntakeNeeds = { ...assembly, spoolFolder: assembly.scratchFolder, threads: 0 }
      return schedule.start(name, life, () => work(needs))
    },
    revive() {
      for (const [at, { life }] of alive.entries()) {
        if (!life.dead) continue
        alive[at] = newborn(life.instance, life.number + 1)
        trace.note(`${life.instance}${life.number + 1} begins`)
      }
    },
    leasesRunOut: async (work) => endLeases(given, taskOf, work ?? (await readWork(assembly.db))),
  }
}

/** Ends the leases of work that nobody awake is doing. */
async function endLeases(
  given: GatewayWorld,
  workOf: ReadonlyMap<number, string>,
  work: readonly StandingWork[],
): Promise<boolean> {
  const { schedule, trace, world } = given
  const { db } = world.assembly
  const awake = new Set(
    schedule.all().flatMap((task) => (task.stalled || task.life.dead ? [] : [workOf.get(task.id) ?? ''])),
  )
  const left = work.filter(({ held, step, subject }) => held && !awake.has(`${step} ${subject}`))
  if (left.length > 0) world.clock.turn(leaseMs)
  for (const lease of left) {
    trace.note(`lease of ${lease.step} ${lease.subject} runs out`)
    await endLease(db, lease)
  }
  return left.length > 0
}

const newborn = (instance: string, number: number): Instance => ({
  life: { instance, number, dead: false },
  channels: new Map(),
})

function reviveOne(alive: Instance[], draw: Draw): Instance {
  const at = draw.below(alive.length)
  const { life } = alive[at] ?? newborn('A', 0)
  const next = newborn(life.instance, life.number + 1)
  alive[at] = next
  return next
}

/** The needs of a step in one life: its own channels, everything else as assembled. */
function needsOf(given: GatewayWorld, { life, channels }: Instance): Assembly {
  const { world, schedule, ports, chaos, trace, sms, later, names } = given
  return {
    ...world.assembly,
    sms,
    channelOf(bank) {
      const known = channels.get(bank.bank)
      if (known) return known
      const { channel } = bank.agreement
      if (channel.kind !== 'sftp') throw new Error('only SFTP banks are simulated')
      const line: LineWorld = {
        bank: bank.bank,
        folder: given.folderOf(bank.bank),
        ports,
        chaos,
        clock: world.clock,
        trace,
        later,
        names,
        isDown: () => given.isDown(bank.bank),
      }
      const { kind: _sftp, privateKeyFile: _file, ...config } = channel
      const lock = `${life.instance}${life.number} ${bank.bank}`
      const opened = simChannel(schedule, lock, line, { ...config, privateKey: world.sshKey })
      channels.set(bank.bank, opened)
      return opened
    },
  }
}

/** The database could not be reached at the claim, or to put the step off: the lease runs out by itself. */
const lostDatabase = (error: unknown): undefined => {
  if (error instanceof Error && 'code' in error) return undefined
  throw error
}

function ended(run: StepRun): string {
  if (run.kind === 'put-off') return `put off by ${run.fault.code}`
  return run.kind
}

/** INTERNAL is a fault of ours, and so is whatever only an operator could mend: nothing here gives a reason for it. */
function bugOf(run: StepRun): string | undefined {
  if (run.kind !== 'put-off') return undefined
  const { code, message, cause } = run.fault
  if (code !== 'INTERNAL') return undefined
  return cause instanceof Error ? `${message} ${cause.message}` : message
}
