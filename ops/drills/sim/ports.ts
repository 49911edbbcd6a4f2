/**
 * Where tasks meet the outside: before each call outside of a transaction the schedule may turn to another task, and at
 * each call a fault may strike or the instance may end.
 */
import type { PortCall } from '../port-call.ts'
import type { Chaos } from './fault-kinds.ts'
import { Crashed, type Schedule, type Task } from './schedule.ts'
import type { Trace } from './trace.ts'

/** What is done to one chosen call instead of chance: for runs in which exactly the n-th call fails. */
export interface ChosenFault {
  readonly nth: number
  readonly how: 'before' | 'after' | 'crash-before' | 'crash-after'
}

/** How a call goes. `before` and `after`: it fails without, or with, its effect. */
export type Fate = 'well' | 'before' | 'after' | 'crash-after'

/** The ports of a run. */
export interface Ports {
  /** Watches statements, as a pool's watch. */
  statement(call: PortCall): Promise<void>
  /** Passes a call to a bank or the SMS provider; the caller gives it the fate. Throws Crashed. */
  pass(port: 'bank' | 'sms', verb: string): Promise<Fate>
  /** Ends the life of the task that runs. Throws Crashed. */
  die(): never
  /** Calls so far. */
  readonly calls: number
}

/** Opens the ports of a run. */
export function openPorts(schedule: Schedule, chaos: Chaos, trace: Trace, chosen?: ChosenFault): Ports {
  const counter = { calls: 0 }
  const chosenNow = (): ChosenFault['how'] | undefined => {
    counter.calls += 1
    return chosen !== undefined && counter.calls === chosen.nth ? chosen.how : undefined
  }
  const die: (task: Task, where: string) => never = (task, where) => {
    task.life.dead = true
    trace.note(`${nameOf(task)} crashes ${where}`)
    throw new Crashed()
  }
  /** Faults at statements, by task, that are to strike after the statement. */
  const afterwards = new Map<number, 'fail' | 'crash'>()
  const before = async (task: Task, verb: string): Promise<void> => {
    if (task.life.dead) {
      if (verb === 'rollback') return
      throw new Crashed()
    }
    task.at = `db.${verb}`
    if (!task.inTransaction) await schedule.pause()
    if (verb === 'begin') task.inTransaction = true
    if (verb === 'rollback') return
    const fate = chosenNow() ?? statementFate(chaos, verb, task.inTransaction)
    if (fate === 'crash-before') die(task, `before ${verb}`)
    if (fate === 'before') fail(task, verb, trace, 'before', chaos)
    if (fate === 'after') afterwards.set(task.id, 'fail')
    if (fate === 'crash-after') afterwards.set(task.id, 'crash')
  }
  const after = (task: Task, verb: string): void => {
    if (verb === 'commit' || verb === 'rollback') task.inTransaction = false
    const fate = afterwards.get(task.id)
    afterwards.delete(task.id)
    if (fate === 'crash') die(task, `after ${verb}`)
    if (fate === 'fail') fail(task, verb, trace, 'after', chaos)
  }
  return {
    get calls() {
      return counter.calls
    },
    async statement({ verb, when }) {
      const task = schedule.current()
      if (task === undefined) return
      if (when === 'before') await before(task, verb)
      else after(task, verb)
    },
    async pass(port, verb) {
      const task = schedule.current()
      if (task === undefined) return 'well'
      if (task.life.dead) throw new Crashed()
      task.at = `${port}.${verb}`
      await schedule.pause()
      const fate = chosenNow() ?? (chaos.strikes('crash') ? crashOf(chaos) : 'well')
      trace.note(`${nameOf(task)} ${port}.${verb}${fate === 'well' ? '' : ` ${fate}`}`)
      return fate === 'crash-before' ? die(task, `before ${port}.${verb}`) : fate
    },
    die() {
      const task = schedule.current()
      if (task === undefined) throw new Error('nobody runs')
      return die(task, 'there')
    },
  }
}

/** A task in a trace: instance, life and what it does. */
export const nameOf = ({ life, name }: Pick<Task, 'life' | 'name'>): string =>
  `${life.instance}${life.number} ${name}`

type StatementFate = ChosenFault['how'] | undefined

const crashOf = (chaos: Chaos): 'crash-before' | 'crash-after' =>
  chaos.draw.chance(500) ? 'crash-before' : 'crash-after'

function statementFate(chaos: Chaos, verb: string, inTransaction: boolean): StatementFate {
  const half = (): 'before' | 'after' => (chaos.draw.chance(500) ? 'before' : 'after')
  if (verb === 'commit') {
    if (chaos.strikes('commit')) return half()
    return chaos.strikes('crash') ? crashOf(chaos) : undefined
  }
  if (!inTransaction || verb === 'begin') {
    if (chaos.strikes('crash')) return crashOf(chaos)
    return chaos.strikes('database') ? half() : undefined
  }
  // Inside a transaction both ways end in a rollback.
  return chaos.draw.chance(200) && chaos.strikes('database') ? 'before' : undefined
}

function fail(task: Task, verb: string, trace: Trace, when: string, chaos: Chaos): never {
  trace.note(`${nameOf(task)} loses db.${verb} ${when}`)
  if (verb === 'commit' || (verb === 'begin' && when === 'before')) task.inTransaction = false
  // A broken line is tried again inside the transaction runner; a busy server puts the step off.
  const code = verb === 'commit' || chaos.draw.chance(300) ? 'ECONNRESET' : '53300'
  throw Object.assign(new Error('the simulation broke this call'), { code })
}
