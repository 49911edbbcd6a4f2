/**
 * Cooperative tasks: at most one runs, until it pauses at a port or ends, and whoever drives them chooses which goes on.
 * The course of a run is then nothing but the sequence of these choices (reliability.md §3.6, L1).
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** One life of a gateway instance, from its start to its crash. */
export interface Life {
  readonly instance: string
  readonly number: number
  dead: boolean
}

/** Thrown at every port once the life of an instance has ended, so that nothing of it reaches the outside any more. */
export class Crashed extends Error {
  override readonly name = 'Crashed'
}

/** One flow of work in a life. */
export interface Task {
  readonly id: number
  readonly name: string
  readonly life: Life
  /** While a transaction is open nobody else runs: a lock that it holds must never stop the one who runs. */
  inTransaction: boolean
  /** Name of a lock that it waits for. */
  waitsFor: string | undefined
  /** The call before which it paused, such as `sms.send`. */
  at: string
  /** Kept back by the driver, as a worker that the machine stopped. */
  stalled: boolean
}

/** Starts, holds and goes on with tasks. */
export interface Schedule {
  /** Makes a task that runs when it is first turned to. Work must not throw; what it throws is kept in `broken`. */
  start(name: string, life: Life, work: () => Promise<void>): Task
  /** Tasks that can go on now, in the order of their start. */
  ready(): readonly Task[]
  all(): readonly Task[]
  /** Lets one task run until it pauses or ends. */
  turn(task: Task): Promise<void>
  /** The task that runs; undefined for the driver itself. */
  current(): Task | undefined
  /** Called inside a task: waits until it is turned to again. Throws Crashed when its life ended meanwhile. */
  pause(): Promise<void>
  /** Called inside a task: runs work while nobody else holds the lock. */
  locked<T>(lock: string, work: () => Promise<T>): Promise<T>
  /** Ends the tasks of dead lives: every one unwinds, since all its ports throw. */
  bury(): Promise<void>
  /** What a task threw that was not its crash. */
  readonly broken: readonly unknown[]
}

interface Hidden {
  readonly task: Task
  resume: (() => void) | undefined
  yielded: () => void
}

/** Makes an empty schedule. */
export function openSchedule(): Schedule {
  const inside = new AsyncLocalStorage<Hidden>()
  const tasks = new Map<number, Hidden>()
  const locks = new Set<string>()
  const broken: unknown[] = []
  let ids = 0

  const found = (task: Task): Hidden => {
    const hidden = tasks.get(task.id)
    if (hidden === undefined) throw new Error(`${task.name} has ended`)
    return hidden
  }
  const free = ({ waitsFor, stalled }: Task): boolean =>
    !stalled && (waitsFor === undefined || !locks.has(waitsFor))
  const all = (): Task[] => [...tasks.values()].map(({ task }) => task)

  return {
    broken,
    all,
    ready: () => all().filter(free),
    current: () => inside.getStore()?.task,
    turn: (task) => turn(found(task)),
    async pause() {
      const hidden = inside.getStore()
      if (hidden !== undefined) await pauseIn(hidden)
    },
    start(name, life, work) {
      ids += 1
      const task = newTask(ids, name, life)
      const hidden: Hidden = { task, resume: undefined, yielded: () => {} }
      const run = async (): Promise<void> => {
        try {
          await work()
        } catch (error) {
          if (!life.dead) broken.push(error)
        }
        tasks.delete(task.id)
        hidden.yielded()
      }
      hidden.resume = () => void inside.run(hidden, run)
      tasks.set(task.id, hidden)
      return task
    },
    locked: (lock, work) => {
      const hidden = inside.getStore()
      return hidden === undefined ? work() : lockedIn(hidden, locks, lock, work)
    },
    async bury() {
      for (const hidden of [...tasks.values()]) {
        // A finally may pause again before it throws; every further turn throws, too.
        while (hidden.task.life.dead && tasks.has(hidden.task.id)) await turn(hidden)
      }
    },
  }
}

async function pauseIn(hidden: Hidden): Promise<void> {
  // Parallel requests of one task pause together as one.
  if (hidden.resume !== undefined) return
  await new Promise<void>((resolve) => {
    hidden.resume = resolve
    hidden.yielded()
  })
  if (hidden.task.life.dead) throw new Crashed()
}

async function turn(hidden: Hidden): Promise<void> {
  const { resume } = hidden
  if (resume === undefined) throw new Error(`${hidden.task.name} cannot go on`)
  const yielded = new Promise<void>((resolve) => {
    hidden.yielded = resolve
  })
  hidden.resume = undefined
  resume()
  await yielded
}

async function lockedIn<T>(
  hidden: Hidden,
  locks: Set<string>,
  lock: string,
  work: () => Promise<T>,
): Promise<T> {
  hidden.task.waitsFor = lock
  while (locks.has(lock)) await pauseIn(hidden)
  hidden.task.waitsFor = undefined
  locks.add(lock)
  try {
    return await work()
  } finally {
    locks.delete(lock)
  }
}

const newTask = (id: number, name: string, life: Life): Task => ({
  id,
  name,
  life,
  inTransaction: false,
  waitsFor: undefined,
  at: 'start',
  stalled: false,
})
