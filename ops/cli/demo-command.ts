/** `huida demo`: the main job from an approved batch to the last fen at rest, with simulated banks and real parts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { runChaosDemo } from '../demo/chaos-demo.ts'
import { chaosText } from '../demo/chaos-text.ts'
import { runStory, type StoryEnd, type StoryReports } from '../demo/demo-journey.ts'
import { checkDemoLaws, type LawReport } from '../demo/demo-laws.ts'
import { formatLedger } from '../demo/demo-ledger.ts'
import { type DemoWorld, startWorld } from '../demo/demo-world.ts'
import { type BatchPosition, platformClient } from '../demo/platform-client.ts'
import { layOverShipped } from '../simulator/world/own-banks.ts'
import { envelopeFacts } from '../simulator/world/world-envelopes.ts'
import { wholeNumber } from './number-flags.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'

interface DemoFlags {
  readonly people: number
  readonly seed: number
  readonly profiles?: string
  readonly killWorker?: boolean
  readonly chaos?: boolean
  readonly kills: number
  readonly json?: boolean
}

const examples = `Examples:
  $ huida demo
  $ huida demo --people 20000 --seed 7 --json
  $ huida demo --people 500 --profiles ./my-banks
  $ DATABASE_URL=postgresql://... REDIS_URL=redis://... huida demo --kill-worker
  $ huida demo --chaos --people 300 --seed 11
  $ huida demo --chaos --people 20000 --kills 200

`

/** The command `demo`. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('run the whole journey with made-up people and four simulated banks')
    .addHelpText('before', examples)
    .option('--people <n>', 'how many people are paid', wholeNumber, 3000)
    .option('--seed <n>', 'the same seed gives the same ledger', wholeNumber, 1)
    .option('--profiles <dir>', 'a bank of its own for each payment profile of this folder, beside the four')
    .option('--kill-worker', 'end one worker with SIGKILL half-way; it is started again')
    .option(
      '--chaos',
      'break processes, lines and servers on the way; the ledger must be the undisturbed one',
    )
    .option('--kills <n>', 'with --chaos: how often a process of the gateway is killed', wholeNumber, 8)
    .option('--json', 'print the ledger and the laws as JSON')
    .action(runDemo)
}

async function runDemo(flags: DemoFlags): Promise<void> {
  if (flags.people < 1) throw new CommandEnd(exit.usage, '--people must be at least 1')
  if (flags.profiles !== undefined) refuseBadProfiles(flags.profiles)
  if (flags.chaos) return await runDemoUnderChaos(flags)
  const bar = progressBar(flags.people)
  say(
    `惠达演示：${flags.people} 人，种子 ${flags.seed} / Huida demo: ${flags.people} people, seed ${flags.seed}`,
  )
  const world = await startWorld({ ...flags, ...servers(), onMessage: bar.message })
  closeAtSignal(() => world)
  const client = platformClient(world.apiUrl, world.token)
  try {
    const victim = world.services.at(-1)
    const onUnderWay = async (): Promise<void> => {
      if (flags.killWorker && victim?.pid() !== undefined) process.kill(victim.pid() ?? 0, 'SIGKILL')
    }
    const end = await runStory(world, client, flags.people, flags.seed, { ...bar, onUnderWay })
    const report = await checkDemoLaws(world, end.ledger)
    bar.end()
    if (flags.json)
      print(
        toJson(
          {
            seed: flags.seed,
            people: flags.people,
            ...end.ledger,
            envelopes: envelopesOf(world),
            laws: report.laws,
            run: runFacts(end),
          },
          1,
        ),
      )
    else print(story(end, envelopesOf(world), report.laws, flags.people))
    refuseBrokenLaws(report)
  } finally {
    bar.end()
    await client.close()
    await world.close()
  }
}

/** Servers of the operator's own; without them everything is embedded. */
const servers = (): { databaseUrl: string | undefined; redisUrl: string | undefined } => ({
  databaseUrl: process.env['DATABASE_URL'] || undefined,
  redisUrl: process.env['REDIS_URL'] || undefined,
})

/** Nothing that was started outlives the command. */
function closeAtSignal(running: () => DemoWorld | undefined): void {
  const onSignal = (): void =>
    void Promise.resolve(running()?.close()).finally(() => process.exit(exit.fault))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
}

async function runDemoUnderChaos(flags: DemoFlags): Promise<void> {
  const { people, seed, kills } = flags
  const bar = progressBar(people)
  say(`惠达混乱演示：${people} 人，种子 ${seed} / Huida demo under chaos: ${people} people, seed ${seed}`)
  const running: { world?: DemoWorld } = {}
  closeAtSignal(() => running.world)
  const onWorld = (world: DemoWorld): void => {
    running.world = world
  }
  const options = { ...flags, ...servers(), kills, onMessage: bar.message, onWorld }
  const run = await runChaosDemo(options, bar).finally(bar.end)
  const { end, laws, chaos, digests, world } = run
  const envelopes = envelopesOf(world)
  if (flags.json) {
    const facts = { ...end.ledger, envelopes, laws: laws.laws, run: runFacts(end), chaos, digests }
    print(toJson({ seed, people, ...facts }, 1))
  } else print(`${story(end, envelopes, laws.laws, people)}\n\n${chaosText(run)}`)
  refuseBrokenLaws(laws)
  if (digests.chaos !== digests.undisturbed)
    throw new CommandEnd(exit.inDoubt, 'The ledger is not the one of the undisturbed run.')
  if (chaos.troubles.length > 0) throw new CommandEnd(exit.fault, chaos.troubles.join('\n'))
}

function refuseBrokenLaws({ laws, facts }: LawReport): void {
  if (Object.values(laws).every((holds) => holds)) return
  throw new CommandEnd(exit.inDoubt, `A law is broken: ${toJson(facts)}`)
}

/** A profile that does not hold is told before anything is started. */
function refuseBadProfiles(folder: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'huida-demo-profiles-'))
  try {
    layOverShipped(folder, scratch)
  } catch (error) {
    throw new CommandEnd(exit.refused, error instanceof Error ? error.message : String(error))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

const runFacts = ({ seconds, peakMemoryMb, batchNos }: StoryEnd): object => ({
  seconds,
  peakMemoryMb,
  batchNos,
})

/** How files were sealed with each bank. */
const envelopesOf = ({ world }: Pick<DemoWorld, 'world'>): Readonly<Record<string, string>> =>
  Object.fromEntries(world.banks.map(({ bank, envelope }) => [bank, envelopeFacts[envelope].title]))

function story(
  { ledger, seconds, peakMemoryMb }: StoryEnd,
  envelopes: Readonly<Record<string, string>>,
  laws: Readonly<Record<string, boolean>>,
  people: number,
): string {
  const checks = Object.entries(laws).map(([law, holds]) => `  ${holds ? '✓' : '✗'} ${law}`)
  const perSecond = (over: number): string => Math.round(people / over).toLocaleString('en')
  return [
    formatLedger(ledger, envelopes),
    '\n法则 laws',
    ...checks,
    '\n用时 time',
    `  受理 intake                ${seconds.intake} s (${perSecond(seconds.intake)} people/s)`,
    `  首批结果 every outcome known ${seconds.firstBatchKnown} s (simulated waiting included)`,
    `  下限 floor: COPY alone      ${seconds.copyFloor} s`,
    `  服务内存峰值 peak memory     ${peakMemoryMb} MB`,
  ].join('\n')
}

interface Progress extends Pick<StoryReports, 'onMessage' | 'onProgress'> {
  readonly message: (text: string) => void
  end(): void
}

/** A bar on a terminal, lines elsewhere. */
function progressBar(people: number): Progress {
  const bar = process.stderr.isTTY
    ? new SingleBar({
        format: '  {bar} {percentage}% {value}/{total} {batch}',
        stream: process.stderr,
        clearOnComplete: true,
      })
    : undefined
  let running: string | undefined
  const end = (): void => {
    bar?.stop()
    running = undefined
  }
  const message = (text: string): void => {
    end()
    say(`· ${text}`)
  }
  return {
    message,
    end,
    onMessage: message,
    onProgress(batch: string, { position }: BatchPosition) {
      const { accepted, states } = position.total
      const open = (states['waiting']?.count ?? 0) + (states['in_flight']?.count ?? 0)
      if (running !== batch) bar?.start(accepted.count || people, 0, { batch })
      running = batch
      bar?.update(accepted.count - open, { batch })
    },
  }
}
