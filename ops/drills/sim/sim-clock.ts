/** Business time of a simulation: it stands still until it is turned. */
import type { Clock } from '../../../gateway/clock.ts'

/** A clock that is turned by hand. */
export interface SimClock extends Clock {
  turn(ms: number): void
  /** Turns to an instant, never back. */
  turnTo(at: Date): void
  /** Stands anew at the beginning of a run. */
  reset(at: Date): void
}

/** Makes a clock that stands at an instant. */
export function simClock(start: Date): SimClock {
  let nowMs = start.getTime()
  return {
    now: () => new Date(nowMs),
    turn(ms) {
      nowMs += ms
    },
    turnTo(at) {
      nowMs = Math.max(nowMs, at.getTime())
    },
    reset(at) {
      nowMs = at.getTime()
    },
  }
}
