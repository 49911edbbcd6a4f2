/**
 * What carries wake-ups from where work becomes due to where it is done. A wake-up may be lost, doubled or late: the
 * truth is in PostgreSQL, every step claims its work there, and the sweep finds what nobody woke (DESIGN.md law 1).
 */

/** Says that a step may have something to do for a subject. Both are plain names and ids: nothing personal. */
export interface WakeUp {
  /** Name of the step, such as `compose-file`. */
  readonly step: string
  /** Id of what it is about. */
  readonly subject: string
}

/** How many wake-ups run at once in this process. Heavy steps have places of their own and cannot starve the rest. */
export interface Lanes {
  /** Steps that keep a core or a disk busy; every other step is light. */
  readonly heavySteps: readonly string[]
  /** 1 unless told. */
  readonly heavyConcurrency?: number
  /** 4 unless told. */
  readonly lightConcurrency?: number
}

/** Takes wake-ups and runs them. Equal wake-ups that wait are one; the same one runs again if woken while it runs. */
export interface Driver {
  /** Never throws and never waits long, even with Redis away: what is lost here the sweep finds. */
  wake(wakeUp: WakeUp, delayMs?: number): Promise<void> | void
  /** Begins to run wake-ups. What `run` throws is reported and forgotten; `run` records its own failures. */
  start(run: (wakeUp: WakeUp) => Promise<void>, lanes: Lanes): void
  /** Takes no more work and waits for what runs, up to the driver's limit. Safe to call twice. */
  stop(): Promise<void>
}

/** Where a driver tells its troubles; `wakeUp` is there when one caused it. Must not throw. */
export type ReportTrouble = (error: unknown, wakeUp?: WakeUp) => void

/** The lane of a step. */
export type Lane = 'light' | 'heavy'

/** The lane that a step runs in. */
export const laneOf = (lanes: Lanes, step: string): Lane =>
  lanes.heavySteps.includes(step) ? 'heavy' : 'light'

/** The places of a lane in one process, at least 1. */
export const placesIn = (lanes: Lanes, lane: Lane): number =>
  Math.max(
    1,
    Math.trunc(
      (lane === 'heavy' ? lanes.heavyConcurrency : lanes.lightConcurrency) ?? (lane === 'heavy' ? 1 : 4),
    ),
  )

/** One text for a wake-up: equal for equal ones. Steps hold no colon. */
export const keyOf = (wakeUp: WakeUp): string => `${wakeUp.step}:${wakeUp.subject}`
