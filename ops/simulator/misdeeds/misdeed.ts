/** One way in which a simulated bank misbehaves: what a real bank does then, and which faults of the matrix it exercises. */

/** Parameters that a rule may carry besides its selectors; units stand last in their names. */
export const parameterNames = [
  'days',
  'minutes',
  'bytes',
  'bytesPerS',
  'status',
  'on',
  'retryAfterS',
  'queries',
  'rows',
  'mendMinutes',
  'after',
] as const
/** One of them. */
export type ParameterName = (typeof parameterNames)[number]

/**
 * Where it happens. `request`: a file is taken in. `rows`: rows of an answer. `answer`: an answer as a whole. `return`:
 * money that comes back. `sftp`, `http`: at the bank's door. `notice`: what a bank says by itself. `sms`: the provider.
 */
export type Stage = 'request' | 'rows' | 'answer' | 'return' | 'sftp' | 'http' | 'notice' | 'sms'

/** What is known of a misdeed. */
export interface Misdeed {
  readonly stage: Stage
  readonly zh: string
  readonly en: string
  /** Ids of the fault matrix. */
  readonly faults: readonly string[]
  readonly takes: readonly ParameterName[]
}

/** A misdeed in one line of a list. */
export const misdeed = (
  stage: Stage,
  faults: string,
  zh: string,
  en: string,
  ...takes: readonly ParameterName[]
): Misdeed => ({ stage, zh, en, faults: faults === '' ? [] : faults.split(' '), takes })
