/** `huida soak`: simulations and chaos with ever new seeds until the time is up, one line a round. */
import { Command } from 'commander'
import { type SoakRound, type SoakWish, soakRounds } from '../drills/soak-rounds.ts'
import { wholeNumber } from './number-flags.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'

interface SoakFlags extends SoakWish {
  readonly json?: boolean
}

const examples = `Examples:
  $ huida soak
  $ huida soak --minutes 60 --seeds 0
  $ huida soak --kills 500 --minutes 0 --seeds 0

`

/** The command `soak`. */
export function soakCommand(): Command {
  return new Command('soak')
    .description('run the simulation and the demo under chaos with new seeds until the time is up')
    .addHelpText('before', examples)
    .option('--minutes <n>', 'how long new rounds of chaos are begun', wholeNumber, 10)
    .option('--kills <n>', 'SIGKILLs of the one long run; 0 leaves it out', wholeNumber, 200)
    .option('--seeds <n>', 'seeds of the simulation; 0 leaves it out', wholeNumber, 10_000)
    .option('--seed <n>', 'first seed', wholeNumber, 1)
    .option('--people <n>', 'people of a round of chaos', wholeNumber, 300)
    .option('--json', 'print one JSON line a round')
    .action(runSoak)
}

async function runSoak(flags: SoakFlags): Promise<void> {
  if (flags.people < 1) throw new CommandEnd(exit.usage, '--people must be at least 1')
  const stopping = new AbortController()
  const onSignal = (): void => stopping.abort()
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  const failed: SoakRound[] = []
  for await (const round of soakRounds(flags, stopping.signal)) {
    print(flags.json ? toJson(round) : roundText(round))
    if (round.code === 0) continue
    failed.push(round)
    for (const line of round.said) say(`  ${line}`)
  }
  if (stopping.signal.aborted) throw new CommandEnd(exit.fault, '已中止 / stopped before its time')
  if (failed.length === 0) return
  const commands = failed.map(({ command }) => `  huida ${command}`).join('\n')
  const worst = failed.some(({ code }) => code === exit.inDoubt) ? exit.inDoubt : exit.fault
  throw new CommandEnd(worst, `${failed.length} 轮未通过 / rounds that did not end well:\n${commands}`)
}

function roundText({ round, command, code, seconds, chaos }: SoakRound): string {
  const verdict = code === 0 ? '✓' : `✗ (${code ?? 'signal'})`
  return [`${verdict} ${round}`, `${seconds} s`, ...chaosFacts(chaos), `huida ${command}`].join('  ')
}

function chaosFacts(chaos: SoakRound['chaos']): string[] {
  if (chaos === undefined) return []
  const { counts, killsAtWork, restarts, recovery, peakMemoryMb } = chaos
  const kills = (counts['kill-api'] ?? 0) + (counts['kill-worker'] ?? 0)
  const others = Object.values(counts).reduce((sum, count) => sum + count, 0) - kills
  const nextStepS = Math.round((recovery.longestToNextStepMs ?? 0) / 100) / 10
  return [
    `${kills} kills (${killsAtWork} at work), ${others} other disturbances, ${restarts} restarts`,
    `recovery ${nextStepS} s, ${recovery.stepsFenced} fenced, ${peakMemoryMb ?? '-'} MB`,
  ]
}
