/** `huida sim`: runs the whole gateway in one process over a simulated world, seed by seed, and checks every invariant. */
import { Command, InvalidArgumentError } from 'commander'
import { allFaultKinds, type FaultKind, faultKinds, isFaultKind } from '../drills/sim/fault-kinds.ts'
import { addRun, failureText, faultRows, noRuns, type SimTotals } from '../drills/sim/sim-report.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { textTable } from './text-table.ts'

const examples = `Examples:
  $ huida sim --seed 1 --runs 500
  $ huida sim --seed 4711 --trace
  $ huida sim --runs 100 --faults late,crash,stall --json
  $ huida sim --every-call

Kinds of faults:
${allFaultKinds.map((kind) => `  ${kind.padEnd(10)} ${faultKinds[kind]}`).join('\n')}

`

interface SimFlags {
  readonly seed: number
  readonly runs: number
  readonly steps: number
  readonly faults?: ReadonlySet<FaultKind>
  readonly everyCall?: boolean
  readonly stride: number
  readonly trace?: boolean
  readonly json?: boolean
}

/** The command `sim`. */
export function simCommand(): Command {
  return new Command('sim')
    .description('simulate the whole gateway, its banks and everything that can fail, from a seed')
    .addHelpText('before', examples)
    .option('--seed <n>', 'the first seed; a seed goes the same way every time', wholeNumber, 1)
    .option('--runs <n>', 'how many seeds, one after the other', wholeNumber, 1)
    .option('--steps <n>', 'choices of a run in which faults may happen', wholeNumber, 1000)
    .option('--faults <kinds>', 'only these kinds, with commas between; `none` for none', readKinds)
    .option('--every-call', 'instead: a small run in which the n-th call fails, for every n')
    .option('--stride <n>', 'with --every-call: only every n-th call', wholeNumber, 1)
    .option('--trace', 'print every event of the runs on stderr')
    .option('--json', 'print the sums, and with one run its digest, as JSON')
    .action(runSim)
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number above 0 is wanted')
  return Number(text)
}

function readKinds(text: string): ReadonlySet<FaultKind> {
  const names = text === 'none' ? [] : text.split(',')
  const unknown = names.filter((name) => !isFaultKind(name))
  if (unknown.length > 0)
    throw new InvalidArgumentError(`${unknown.join(', ')}: there are ${allFaultKinds.join(', ')}`)
  return new Set(names.filter(isFaultKind))
}

async function runSim(flags: SimFlags): Promise<void> {
  const { openSession } = await import('../drills/sim/sim-session.ts')
  const session = await openSession()
  const onSignal = (): void => void session.close().finally(() => process.exit(exit.fault))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    await (flags.everyCall ? everyCall(session, flags) : seeds(session, flags))
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await session.close()
  }
}

type Session = Awaited<ReturnType<typeof import('../drills/sim/sim-session.ts')['openSession']>>

const tellEvery = 50

async function seeds(session: Session, flags: SimFlags): Promise<void> {
  const allowed = flags.faults ?? new Set(allFaultKinds)
  const beganMs = performance.now()
  let totals = noRuns
  let digest = ''
  for (let seed = flags.seed; seed < flags.seed + flags.runs; seed++) {
    const end = await session.run({
      seed,
      steps: flags.steps,
      faults: allowed,
      ...(flags.trace && { say }),
    })
    totals = addRun(totals, end)
    digest = end.digest
    const failed = end.violations.length > 0 ? totals.failed.at(-1) : undefined
    if (failed) say(failureText(failed, replayOf(flags, seed)))
    if (totals.runs % tellEvery === 0) say(`${totals.runs}/${flags.runs}`)
  }
  const seconds = Math.round((performance.now() - beganMs) / 100) / 10
  if (flags.json)
    print(toJson({ seed: flags.seed, ...totals, ...(flags.runs === 1 && { digest }), seconds }, 1))
  else print(summary(totals, allowed, seconds))
  if (totals.failed.length > 0)
    throw new CommandEnd(exit.inDoubt, `${totals.failed.length} 次模拟违反法则 / runs broke an invariant`)
}

/** The command line that shows a failure again. */
function replayOf({ steps, faults }: SimFlags, seed: number): string {
  const kinds = faults === undefined ? '' : ` --faults ${[...faults].join(',') || 'none'}`
  return `npx huida sim --seed ${seed} --steps ${steps}${kinds} --trace`
}

const summary = (totals: SimTotals, allowed: ReadonlySet<FaultKind>, seconds: number): string =>
  [
    textTable([['fault', 'injected'], ...faultRows(totals, allowed)], [1]),
    '',
    `runs ${totals.runs}, steps ${totals.steps}, calls ${totals.calls}, files ${totals.files}, ` +
      `instructions ${totals.instructions}, ${seconds} s`,
    totals.failed.length === 0
      ? '✓ 每次模拟都守恒 / every invariant held in every run'
      : `✗ ${totals.failed.length}: seeds ${totals.failed.map(({ seed }) => seed).join(' ')}`,
  ].join('\n')

async function everyCall(session: Session, flags: SimFlags): Promise<void> {
  const { failingWays, runEveryCall } = await import('../drills/sim/every-call.ts')
  const beganMs = performance.now()
  const onRun = (done: number): void => {
    if (done % tellEvery === 0) say(String(done))
  }
  const end = await runEveryCall(session, { ways: failingWays, stride: flags.stride, onRun })
  const seconds = Math.round((performance.now() - beganMs) / 100) / 10
  if (flags.json) print(toJson({ ...end, seconds }, 1))
  else print(`calls ${end.calls}, runs ${end.runs}, failures ${end.failures.length}, ${seconds} s`)
  for (const { chosen, what } of end.failures)
    say(`✗ call ${chosen.nth} ${chosen.how}: ${what.slice(0, 5).join('; ')}`)
  if (end.failures.length > 0)
    throw new CommandEnd(exit.inDoubt, `${end.failures.length} 次调用失败后账目不同 / calls led elsewhere`)
}
