/**
 * One run: a seed makes a scenario, a course and faults; the real steps work, the world disturbs them for a number of
 * choices, then everything heals, time goes on, and every invariant is checked. The same seed goes the same way.
 */
import { createHash } from 'node:crypto'
import { ensureDueWork } from '../../../gateway/ledger/due-work-store.ts'
import type { Db } from '../../../gateway/store/pool.ts'
import { begin, type Run, type RunPlan } from './begin-run.ts'
import { checkForeign } from './check-people.ts'
import { checkBooks, checkEnd, checkLedger, type OutsideView } from './check-run.ts'
import type { FaultKind } from './fault-kinds.ts'
import { heal, isSettled } from './healing.ts'
import { drawStart } from './scenario.ts'
import { type CleanLedger, cleanLedger, readEnds } from './sim-store.ts'
import { type SimWorld, simStart } from './sim-world.ts'
import { takeStep } from './take-step.ts'
import type { Violation } from './violation.ts'

/** How a run ended. */
export interface RunEnd {
  readonly seed: number
  /** Of the course: two runs of one seed have the same. */
  readonly digest: string
  /** Of where every instruction came to rest, whatever the course. */
  readonly ledgerDigest: string
  readonly steps: number
  readonly calls: number
  readonly instructions: number
  readonly files: number
  readonly faults: ReadonlyMap<FaultKind, number>
  readonly violations: readonly Violation[]
  /** The last events before a violation. */
  readonly lastEvents: readonly string[]
  /** The step at which the first violation was seen. */
  readonly failedAt: number | undefined
}

const looksEvery = 250

/** Runs one seed on a clean ledger. */
export async function runSimulation(world: SimWorld, clean: CleanLedger, plan: RunPlan): Promise<RunEnd> {
  await cleanLedger(world.assembly.db, clean)
  world.clock.reset(plan.scenario ? simStart : drawStart(plan.seed))
  const run = begin(world, plan)
  for (const { side } of run.banks)
    await ensureDueWork(world.assembly.db, 'collect', side.contracted.bankNo, world.clock.now())
  const violations: Violation[] = []
  let failedAt: number | undefined
  // A course that is broken off must still end its tasks, or the next run would meet them.
  try {
    violations.push(...(await disturb(run)))
    if (violations.length === 0) {
      await heal(run)
      violations.push(...(await checkNow(run)), ...(await checkEnd(world.assembly.db, viewOf(run))))
    }
  } catch (error) {
    violations.push({
      invariant: 'bug',
      what: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  }
  if (violations.length > 0) failedAt = run.steps
  await endTasks(run)
  const { trace, chaos, banks } = run
  return {
    seed: plan.seed,
    digest: trace.digest(),
    ledgerDigest: await digestLedger(world.assembly.db),
    steps: run.steps,
    calls: run.ports.calls,
    instructions: run.desk.batches.reduce((sum, { lines }) => sum + lines.length, 0),
    files: banks.reduce((sum, { taken }) => sum + taken.length, 0),
    faults: chaos.counts,
    violations,
    lastEvents: violations.length > 0 ? [...trace.last()] : [],
    failedAt,
  }
}

/** The part of a run in which faults happen. */
async function disturb(run: Run): Promise<Violation[]> {
  const { plan } = run
  while (run.steps < plan.steps) {
    await takeStep(run)
    if (run.steps % looksEvery === 0) {
      const found = [...(await checkNow(run)), ...(await checkLedger(run.world.assembly.db))]
      if (found.length > 0) return found
    }
    if (run.quiet && (await isSettled(run))) return []
    if (run.quiet && run.agenda.size <= run.banks.length + 1) run.work = undefined
  }
  return []
}

/** What must hold at every moment outside of the ledger. */
const checkNow = async (run: Run): Promise<Violation[]> => [
  ...checkBooks(run.banks),
  ...checkForeign(run.foreign.lost()),
  ...(await run.brakes.breaches()),
  ...bugsOf(run),
]

const bugsOf = ({ gateway, schedule }: Run): Violation[] => [
  ...gateway.bugs.map(({ task, reason }) => ({ invariant: 'bug', what: `${task}: ${reason}` })),
  ...schedule.broken.map((error) => ({
    invariant: 'bug',
    what: error instanceof Error ? (error.stack ?? error.message) : String(error),
  })),
]

function viewOf(run: Run): OutsideView {
  const { chaos, foreign } = run
  return {
    now: run.world.clock.now(),
    banks: run.banks,
    batches: run.desk.batches,
    outcomes: run.desk.outcomes,
    smsSent: run.sms.sent,
    contradicted: run.contradicted,
    undecided: run.undecided,
    isLate: chaos.counts.has('late'),
    decided: run.exceptions.decided,
    attended: chaos.has('resolution'),
    acts: run.exceptions.flaws(),
    foreign: foreign.laid,
  }
}

/** Where every instruction stands, by the platform's own ids. */
async function digestLedger(db: Db): Promise<string> {
  const ends = await readEnds(db)
  const text = ends.map(({ instructionId, state, amountFen }) => `${instructionId} ${state} ${amountFen}\n`)
  return createHash('sha256').update(text.join('')).digest('hex').slice(0, 32)
}

/** A run that was given up must leave nothing behind that still holds a connection. */
async function endTasks({ schedule }: Run): Promise<void> {
  for (const { life } of schedule.all()) life.dead = true
  await schedule.bury()
}
