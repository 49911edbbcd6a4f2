/** What many runs came to, and how it is shown: faults by kind, and for each failure how to see it again. */
import { allFaultKinds, type FaultKind } from './fault-kinds.ts'
import type { RunEnd } from './run-simulation.ts'

/** A run that broke an invariant. */
export interface FailedRun {
  readonly seed: number
  readonly step: number
  readonly violations: readonly string[]
  readonly lastEvents: readonly string[]
}

/** Sums over runs. */
export interface SimTotals {
  readonly runs: number
  readonly steps: number
  readonly calls: number
  readonly instructions: number
  readonly files: number
  readonly faults: Readonly<Record<string, number>>
  readonly failed: readonly FailedRun[]
}

/** Nothing run yet. */
export const noRuns: SimTotals = {
  runs: 0,
  steps: 0,
  calls: 0,
  instructions: 0,
  files: 0,
  faults: {},
  failed: [],
}

/** Sums with one more run. */
export function addRun(totals: SimTotals, end: RunEnd): SimTotals {
  return {
    runs: totals.runs + 1,
    steps: totals.steps + end.steps,
    calls: totals.calls + end.calls,
    instructions: totals.instructions + end.instructions,
    files: totals.files + end.files,
    faults: addFaults(totals.faults, end.faults),
    failed: end.violations.length === 0 ? totals.failed : [...totals.failed, failedRun(end)],
  }
}

function addFaults(
  before: Readonly<Record<string, number>>,
  more: ReadonlyMap<FaultKind, number>,
): Record<string, number> {
  const sum: Record<string, number> = { ...before }
  for (const [kind, count] of more) sum[kind] = (sum[kind] ?? 0) + count
  return sum
}

const failedRun = (end: RunEnd): FailedRun => ({
  seed: end.seed,
  step: end.failedAt ?? end.steps,
  violations: end.violations.map(({ invariant, what }) => `${invariant}: ${what}`),
  lastEvents: end.lastEvents,
})

/** Injected faults as lines of kind and count, every kind that was allowed. */
export const faultRows = (totals: SimTotals, allowed: ReadonlySet<FaultKind>): string[][] =>
  allFaultKinds.flatMap((kind) => (allowed.has(kind) ? [[kind, String(totals.faults[kind] ?? 0)]] : []))

/** A failure for a person. */
export const failureText = (failed: FailedRun, replay: string): string =>
  [
    `✗ seed ${failed.seed}, step ${failed.step}`,
    ...failed.violations.slice(0, 20).map((one) => `    ${one}`),
    ...failed.lastEvents.map((event) => `      ${event}`),
    `    ${replay}`,
  ].join('\n')
