/** `huida bench`: measures on this machine, each figure beside a floor taken in the same run. */
import { Command, InvalidArgumentError } from 'commander'
import { benchEnvelopesCommand } from './bench-envelopes.ts'
import { openCatalog } from './desk-profile.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { textTable } from './text-table.ts'

const examples = `
Examples:
  $ huida bench formats
  $ huida bench formats --profile rural-fixed --rows 200000 --json
  $ huida bench formats --profile rural-fixed --flat 5000000
`

interface FormatFlags {
  readonly profile: readonly string[]
  readonly catalog?: string
  readonly rows: number
  readonly turns: number
  readonly flat?: number
  readonly json?: boolean
}

/** The command `bench` with its subcommands. */
export function benchCommand(): Command {
  const command = new Command('bench').description('measure, beside floors of the same run')
  command
    .command('formats')
    .description('rows a second that profiles write and read, beside charset conversion alone')
    .addHelpText('before', examples)
    .option('--profile <id>', 'only this profile; repeatable', (id, before: string[]) => [...before, id], [])
    .option('--catalog <dir>', 'folder of profiles instead of the shipped ones')
    .option('--rows <n>', 'rows of each file', wholeNumber, 50_000)
    .option('--turns <n>', 'turns of which the median counts', wholeNumber, 5)
    .option(
      '--flat <n>',
      'write and read so many rows in one go and print the memory that it took',
      wholeNumber,
    )
    .option('--json', 'print one JSON object')
    .action(benchFormats)
  return command.addCommand(benchEnvelopesCommand())
}

async function benchFormats(flags: FormatFlags): Promise<void> {
  const { benchFlat, benchFormat } = await import('../bench/bench-formats.ts')
  const catalog = openCatalog(flags.catalog)
  const unknown = flags.profile.filter((id) => !catalog.has(id))
  if (unknown.length > 0) throw new CommandEnd(exit.usage, `no profile ${unknown.join(', ')}`)
  const chosen = [...catalog.values()].filter(
    ({ id }) => flags.profile.length === 0 || flags.profile.includes(id),
  )
  if (flags.flat !== undefined) {
    const rows = flags.flat
    const figures = chosen.map((profile) => benchFlat(profile, rows))
    print(flags.json ? toJson({ flat: figures }) : table(flatTitles, figures.map(flatRow)))
    return
  }
  const figures = chosen.map((profile) => {
    say(profile.id)
    return benchFormat(profile, flags.rows, flags.turns)
  })
  print(flags.json ? toJson({ formats: figures }) : table(formatTitles, figures.map(formatRow)))
}

type Formats = typeof import('../bench/bench-formats.ts')

const formatTitles = [
  'profile',
  'bytes/row',
  'write rows/s',
  'encode rows/s',
  'share of floor',
  'read rows/s',
  'decode rows/s',
  'share of floor',
]

const formatRow = (one: ReturnType<Formats['benchFormat']>): readonly string[] => [
  one.profile,
  `${one.bytesPerRow}`,
  `${one.writeRowsPerSecond}`,
  `${one.writeFloorRowsPerSecond}`,
  one.writeShareOfFloor.toFixed(2),
  `${one.readRowsPerSecond}`,
  `${one.readFloorRowsPerSecond}`,
  one.readShareOfFloor.toFixed(2),
]

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0)

const flatTitles = ['profile', 'rows', 'MiB', 'start MiB', 'peak MiB']

const flatRow = (one: ReturnType<Formats['benchFlat']>): readonly string[] => [
  one.profile,
  `${one.rows}`,
  mib(one.bytes),
  mib(one.startBytes),
  mib(one.peakBytes),
]

/** All columns but the first stand flush. */
const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  textTable([titles, ...rows], titles.map((_, index) => index).slice(1))

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,7}$/u.test(text)) return Number.parseInt(text, 10)
  throw new InvalidArgumentError('a whole number from 1')
}
