/** `huida file`: composes and reads bank files on a desk, with no database. Data on stdout, messages on stderr. */
import { mkdir, open } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { isCalendarDate } from '../../formats/values/identifiers.ts'
import { answerFile } from './answer-file.ts'
import { type Composition, composeFiles } from './compose-files.ts'
import { type BatchHeader, readBatchHeader } from './desk-input.ts'
import { type ProfileFlags, profileOf, settingsOf } from './desk-profile.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { readAnswer } from './read-answer.ts'

interface ComposeFlags extends ProfileFlags {
  readonly header: string
  readonly in: string
  readonly out: string
  readonly date?: string
  readonly sequence: number
  readonly json?: boolean
}

interface ReadFlags extends ProfileFlags {
  readonly in: string
  readonly request?: string
  readonly late?: boolean
  readonly json?: boolean
}

interface AnswerFlags extends ProfileFlags {
  readonly in: string
  readonly out: string
  readonly seed: number
  readonly failShare: number
  readonly json?: boolean
}

const composeExamples = `
Examples:
  $ huida file compose --profile rural-fixed --header header.json --in instructions.ndjson --out ./files
  $ huida file compose --profile cmbc-batch --header header.json --in instructions.ndjson --out ./files --date 2026-11-21 --sequence 3 --json
`

const readExamples = `
Examples:
  $ huida file read --profile rural-fixed --in DF_ORG001_20261121_001.RES
  $ huida file read --profile ccb-batch --in CCB_CUST0001_20261121_001_FAIL.txt --request CCB_CUST0001_20261121_001.txt
`

const answerExamples = `
Examples:
  $ huida file answer --profile rural-fixed --in DF_ORG001_20261121_001.txt --out ./answers --seed 7
`

/** The command `file` with its subcommands. */
export function fileCommand(): Command {
  const command = new Command('file').description('compose and read bank files, without a database')
  withProfile(command.command('compose').description("write instructions as a bank's files"))
    .addHelpText('before', composeExamples)
    .requiredOption('--header <file>', 'batch header, JSON')
    .requiredOption('--in <file>', 'instructions, one JSON object a line')
    .requiredOption('--out <dir>', 'folder for the files; made when missing, nothing in it is overwritten')
    .option('--date <YYYY-MM-DD>', 'business date (usually today in China)', calendarDate)
    .option('--sequence <n>', 'daily sequence of the first file', wholeNumber, 1)
    .option('--json', 'print one JSON object')
    .action(compose)
  withProfile(command.command('read').description("print a bank's answer, one JSON line a row and a summary"))
    .addHelpText('before', readExamples)
    .requiredOption('--in <file>', "the bank's answer")
    .option('--request <file>', 'the file that it answers, under the name it was sent with')
    .option('--late', 'read it as a file of later returns, whatever its name')
    .option('--json', 'print reasons for a refusal as JSON lines too')
    .action(read)
  withProfile(command.command('answer').description('answer a file as a simulated bank would'))
    .addHelpText('before', answerExamples)
    .requiredOption('--in <file>', 'a file for the bank, under the name it would be sent with')
    .requiredOption('--out <dir>', 'folder for the answer; made when missing, nothing in it is overwritten')
    .option('--seed <n>', 'decides every outcome', (text) => Number.parseInt(text, 10), 1)
    .option('--fail-share <x>', 'share of lines that fail, 0 to 1', (text) => Number.parseFloat(text), 0.03)
    .option('--json', 'print one JSON object')
    .action(answer)
  return command
}

const withProfile = (command: Command): Command =>
  command
    .requiredOption('--profile <id>', 'bank profile; see: huida profile list')
    .option('--catalog <dir>', 'folder of profiles instead of the shipped ones')
    .option(
      '--setting <name=value>',
      'agreement setting; repeatable',
      (text, before: string[]) => [...before, text],
      [],
    )

async function compose(flags: ComposeFlags): Promise<void> {
  const profile = profileOf(flags.profile, flags.catalog)
  const settings = settingsOf(profile, flags.setting)
  const batch = await readBatchHeader(flags.header)
  const input = await open(flags.in, 'r').catch(() => {
    throw new CommandEnd(exit.usage, `cannot read ${flags.in}`)
  })
  try {
    await mkdir(flags.out, { recursive: true })
    const businessDate = (flags.date ?? todayInChina()).replaceAll('-', '')
    const { out: outFolder, sequence } = flags
    report(
      await composeFiles({ profile, settings, batch, input, outFolder, businessDate, sequence }),
      batch,
      flags,
    )
  } finally {
    await input.close()
  }
}

function report(done: Composition, batch: BatchHeader, flags: ComposeFlags): void {
  const { declared } = batch
  const tiesOut =
    declared === undefined ||
    (declared.count === done.lineCount && BigInt(declared.amountFen) === done.totalFen)
  if (!tiesOut)
    say(`The header declares other totals than the input has: ${done.lineCount} lines, ${done.totalFen} fen.`)
  if (flags.json) print(toJson({ ...done, declaredTiesOut: tiesOut }))
  else {
    for (const file of done.files) print([file.name, ...file.sideFiles].join(' '))
    for (const { lineNo, problems } of done.held) {
      for (const { field, code, facts } of problems)
        say(`held: line ${lineNo} ${field} ${code} ${toJson(facts)}`)
    }
    if (done.heldCount > done.held.length) say(`held: and ${done.heldCount - done.held.length} more lines`)
    const rows = done.files.reduce((sum, file) => sum + file.rows, 0)
    say(`${done.lineCount} lines: ${rows} in ${done.files.length} files, ${done.heldCount} held.`)
  }
  if (done.files.length === 0) throw new CommandEnd(exit.refused, 'The bank can take none of the lines.')
}

const read = (flags: ReadFlags): Promise<void> => {
  const profile = profileOf(flags.profile, flags.catalog)
  return readAnswer({
    profile,
    settings: settingsOf(profile, flags.setting),
    answerPath: flags.in,
    requestPath: flags.request,
    late: flags.late ?? false,
    json: flags.json ?? false,
  })
}

async function answer(flags: AnswerFlags): Promise<void> {
  const { seed, failShare } = flags
  if (!Number.isInteger(seed) || !(failShare >= 0 && failShare <= 1))
    throw new CommandEnd(exit.usage, '--seed is a whole number and --fail-share lies between 0 and 1')
  const profile = profileOf(flags.profile, flags.catalog)
  await mkdir(flags.out, { recursive: true })
  const task = {
    profile,
    settings: settingsOf(profile, flags.setting),
    requestPath: flags.in,
    seed,
    failShare,
  }
  const done = await answerFile({ ...task, outFolder: flags.out })
  print(flags.json ? toJson(done) : done.name)
  say(`${done.all.count} lines: ${done.paid.count} paid, ${done.all.count - done.paid.count} not.`)
}

function calendarDate(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/u.test(text) && isCalendarDate(text.replaceAll('-', ''))) return text
  throw new InvalidArgumentError('a date is written YYYY-MM-DD')
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,3}$/u.test(text)) return Number.parseInt(text, 10)
  throw new InvalidArgumentError('a whole number from 1 to 9999')
}

const todayInChina = (): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date())
