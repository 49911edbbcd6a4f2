/** What the API is given, and what its routes share. */
import type { Calendar } from '../../gateway/banks/calendar.ts'
import type { Clock } from '../../gateway/clock.ts'
import type { IntakeNeeds } from '../../gateway/intake/intake-needs.ts'
import type { Wake } from '../../gateway/run-step.ts'
import type { Db } from '../../gateway/store/pool.ts'
import type { TakeNotice } from './notice-door.ts'
import type { Failure } from './problem-answer.ts'

/** The ledger, the time, intake, the working days, and how to wake the next step. */
export interface ApiNeeds {
  readonly db: Db
  readonly clock: Clock
  readonly intake: IntakeNeeds
  readonly calendar: Calendar
  /** Called after a batch was accepted; losing the call costs seconds, a sweep finds the work. */
  readonly wake: (wake: Wake) => void
  /** Version of the program. */
  readonly version: string
  /** Told of every answer of 500 and above, with its trace id; nobody is told when it is left out. */
  readonly onFailure?: (failure: Failure) => void
  /** Takes notices of banks that are reached over an API; without it there is no door for them. */
  readonly takeNotice?: TakeNotice
  readonly limits?: Partial<ApiLimits>
}

/** How much of the machine one caller may use. Sizes in bytes, times in milliseconds. */
export interface ApiLimits {
  readonly jsonBytes: number
  /** For a batch that brings its instructions along: 5,000 lines of some 800 bytes. */
  readonly batchBytes: number
  readonly jsonTimeoutMs: number
  /** Longest silence inside an upload. */
  readonly uploadIdleMs: number
  /** Uploads of one client at the same time. */
  readonly uploadsPerClient: number
}

/** Limits when nothing else was said. */
export const defaultLimits: ApiLimits = {
  jsonBytes: 1024 * 1024,
  batchBytes: 4 * 1024 * 1024,
  jsonTimeoutMs: 30_000,
  uploadIdleMs: 60_000,
  uploadsPerClient: 4,
}
