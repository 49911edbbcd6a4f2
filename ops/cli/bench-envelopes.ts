/** `huida bench envelopes`: what sealing and opening cost, and whether the service stays awake meanwhile. */
import { Command, InvalidArgumentError, Option } from 'commander'
import type { EnvelopeFigures } from '../bench/bench-envelopes.ts'
import type { LivezFigures } from '../bench/bench-livez.ts'
import { type BenchFamily, benchFamilies } from '../bench/envelope-parties.ts'
import type { Cost } from '../bench/measured-process.ts'
import { print, say, toJson } from './output.ts'
import { textTable } from './text-table.ts'

const examples = `
Examples:
  $ huida bench envelopes
  $ huida bench envelopes --scheme cms --sizes 20,200 --json
  $ huida bench envelopes --livez
`

interface EnvelopeFlags {
  readonly scheme: readonly BenchFamily[]
  readonly sizes: readonly number[]
  readonly turns: number
  readonly livez?: boolean
  readonly json?: boolean
}

/** The subcommand `envelopes` of `bench`. */
export function benchEnvelopesCommand(): Command {
  const schemes = new Option('--scheme <names...>', 'only these families').choices(benchFamilies)
  return new Command('envelopes')
    .description('seconds and peak memory of seal and open, beside openssl, gpg and the bare algorithms')
    .addHelpText('before', examples)
    .addOption(schemes.default([...benchFamilies], 'all'))
    .option('--sizes <list>', 'sizes in MB, with commas', sizes, [20, 200])
    .option('--turns <n>', 'turns of which the median counts', turns, 3)
    .option('--livez', 'instead, ask /livez every 20 ms while a thread seals and opens the largest size')
    .option('--json', 'print one JSON object')
    .action(benchEnvelopes)
}

async function benchEnvelopes(flags: EnvelopeFlags): Promise<void> {
  if (flags.livez) {
    const { benchLivez } = await import('../bench/bench-livez.ts')
    const figures: LivezFigures[] = []
    for (const family of flags.scheme) figures.push(await benchLivez(family, Math.max(...flags.sizes), say))
    print(flags.json ? toJson({ livez: figures }) : livezTable(figures))
    return
  }
  const { benchEnvelopes: measure } = await import('../bench/bench-envelopes.ts')
  const { scheme: families, sizes: sizesMb } = flags
  const figures = await measure({ families, sizesMb, turns: flags.turns }, say)
  for (const command of missingCommands(figures))
    say(`${command} is not installed here: its columns stay empty`)
  print(flags.json ? toJson({ envelopes: figures }) : envelopeTable(figures))
}

const missingCommands = (figures: readonly EnvelopeFigures[]): ReadonlySet<string> =>
  new Set(figures.filter(({ outside }) => outside === undefined).map(({ command }) => command))

const seconds = (cost: Cost | undefined): string => cost?.seconds.toFixed(2) ?? '-'
const mb = (cost: Cost | undefined): string => (cost ? (cost.peakBytes / 1e6).toFixed(0) : '-')
const times = (ratio: number | undefined): string => ratio?.toFixed(2) ?? '-'

const titles = ['family', 'way', 'MB', 's', 'floor s', 'times', 'peak MB', 'beside', 's', 'times', 'peak MB']

/** Times are ours over theirs; the sense of every column is that less is better. */
function envelopeTable(figures: readonly EnvelopeFigures[]): string {
  const rows = figures.map((one) => [
    one.family,
    one.way,
    `${one.megabytes}`,
    seconds(one.ours),
    seconds(one.floor),
    times(one.timesFloor),
    mb(one.ours),
    one.command,
    seconds(one.outside),
    times(one.timesOutside),
    mb(one.outside),
  ])
  return textTable([titles, ...rows], [2, 3, 4, 5, 6, 8, 9, 10])
}

const livezTitles = [
  'family',
  'MB',
  'work s',
  'asked',
  'p50 ms',
  'p99 ms',
  'max ms',
  'idle p99 ms',
  'idle max ms',
]

function livezTable(figures: readonly LivezFigures[]): string {
  const ms = (one: number): string => one.toFixed(1)
  const rows = figures.map(({ family, megabytes, workSeconds, busy, idle }) => [
    family,
    `${megabytes}`,
    workSeconds.toFixed(2),
    `${busy.asked}`,
    ms(busy.p50Ms),
    ms(busy.p99Ms),
    ms(busy.maxMs),
    ms(idle.p99Ms),
    ms(idle.maxMs),
  ])
  return textTable([livezTitles, ...rows], [1, 2, 3, 4, 5, 6, 7, 8])
}

function sizes(text: string): readonly number[] {
  const numbers = text.split(',').map(Number)
  if (numbers.every((one) => Number.isInteger(one) && one >= 1 && one <= 4000)) return numbers
  throw new InvalidArgumentError('whole MB from 1 to 4000, with commas between')
}

function turns(text: string): number {
  if (/^[1-9]\d?$/u.test(text)) return Number.parseInt(text, 10)
  throw new InvalidArgumentError('a whole number from 1 to 99')
}
