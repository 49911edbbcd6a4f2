/**
 * The n-th call fails, for n = 1, 2, 3 and so on until a run has no n-th call: once before its effect, once after it, and
 * once with the end of the instance on either side. Every run must come to the ledger of the undisturbed one.
 */
import type { ChosenFault } from './ports.ts'
import type { RunEnd } from './run-simulation.ts'
import { smallScenario } from './scenario.ts'
import type { SimSession } from './sim-session.ts'

/** Ways in which the chosen call fails. */
export const failingWays: readonly ChosenFault['how'][] = ['before', 'after', 'crash-before', 'crash-after']

/** What to run: with `stride` 10 only every tenth call fails, beginning with the first. */
export interface EveryCallPlan {
  readonly ways: readonly ChosenFault['how'][]
  readonly stride: number
  readonly onRun?: (done: number) => void
}

/** A run that broke an invariant, or came to another ledger. */
export interface CallFailure {
  readonly chosen: ChosenFault
  readonly what: readonly string[]
  readonly lastEvents: readonly string[]
}

/** How it went: calls of the undisturbed run, runs made, and those that failed. */
export interface EveryCallEnd {
  readonly calls: number
  readonly runs: number
  readonly failures: readonly CallFailure[]
}

const banks = ['yy-rcb', 'cmbc']
const seed = 0
const steps = 4000

/** Runs the small scenario once for every chosen call and way. */
export async function runEveryCall(session: SimSession, plan: EveryCallPlan): Promise<EveryCallEnd> {
  const runOnce = (chosen?: ChosenFault): Promise<RunEnd> =>
    session.run({
      seed,
      steps,
      faults: new Set(),
      scenario: smallScenario(banks),
      ...(chosen && { chosen }),
    })
  const undisturbed = await runOnce()
  const failures: CallFailure[] = [...failureOf(undisturbed, { nth: 0, how: 'before' }, undisturbed)]
  let runs = 1
  // A disturbed run may need more calls than the undisturbed one; only those that it has in common are chosen.
  for (let nth = 1; nth <= undisturbed.calls; nth += plan.stride) {
    for (const how of plan.ways) {
      const end = await runOnce({ nth, how })
      runs += 1
      failures.push(...failureOf(end, { nth, how }, undisturbed))
      plan.onRun?.(runs)
    }
  }
  return { calls: undisturbed.calls, runs, failures }
}

function failureOf(end: RunEnd, chosen: ChosenFault, undisturbed: RunEnd): CallFailure[] {
  const what = end.violations.map((one) => `${one.invariant} ${one.what}`)
  if (end.ledgerDigest !== undisturbed.ledgerDigest) what.push('it came to another ledger')
  return what.length === 0 ? [] : [{ chosen, what, lastEvents: end.lastEvents }]
}
