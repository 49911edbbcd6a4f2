/** `huida file`: composes and reads bank files on a desk, with no database. Data on stdout, messages on stderr. */
import { mkdir, open } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import type { AnswerKind } from '../../formats/profile/compiled-profile.ts'
import { isCalendarDate } from '../../formats/values/identifiers.ts'
import { answerFile } from './answer-file.ts'
import { checkLines } from './check-lines.ts'
import { type Composition, composeFiles } from './compose-files.ts'
import { type BatchHeader, readBatchHeader } from './desk-input.ts'
import { type ProfileFlags, profileOf, settingsOf } from './desk-profile.ts'
import { type FieldCipherFlags, fieldCipherOf, withFieldCipher } from './field-cipher-flags.ts'
import { type Lang, withLanguage } from './language.ts'
import { problemWords } from './line-problem-words.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { readAnswer } from './read-answer.ts'

interface ComposeFlags extends ProfileFlags, FieldCipherFlags {
  readonly header: string
  readonly in: string
  readonly out: string
  readonly date?: string
  readonly time?: string
  readonly sequence: number
  readonly json?: boolean
}

interface ReadFlags extends ProfileFlags, FieldCipherFlags {
  readonly in: string
  readonly request?: string
  readonly kind?: AnswerKind
  readonly late?: boolean
  readonly side?: string
  readonly strict?: boolean
  readonly lang: Lang
  readonly json?: boolean
}

interface AnswerFlags extends ProfileFlags, FieldCipherFlags {
  readonly kind: AnswerKind
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

const checkExamples = `
Examples:
  $ huida file check --profile cmbc-batch --in instructions.ndjson
  $ huida file check --profile ./profiles/my-bank.yaml --in instructions.ndjson --json
`

const readExamples = `
Examples:
  $ huida file read --profile rural-fixed --in DF_ORG001_20261121_001.RES
  $ huida file read --profile ccb-batch --in CCB_CUST0001_20261121_001_FAIL.txt --request CCB_CUST0001_20261121_001.txt
  $ huida file read --profile ums-ret --in answer.ret --kind intermediate --side ./side-files --strict
`

const answerExamples = `
Examples:
  $ huida file answer --profile rural-fixed --in DF_ORG001_20261121_001.txt --out ./answers --seed 7
`

/** The command `file` with its subcommands. */
export function fileCommand(): Command {
  const command = new Command('file').description('compose and read bank files, without a database')
  withLanguage(
    withProfile(
      command.command('check').description('tell what the bank could not take, before anything is sent'),
    ),
  )
    .addHelpText('before', checkExamples)
    .requiredOption('--in <file>', 'instructions, one JSON object a line')
    .option('--json', 'print one JSON object a line, and a summary')
    .action(checkLines)
  withFieldCipher(withProfile(command.command('compose').description("write instructions as a bank's files")))
    .addHelpText('before', composeExamples)
    .requiredOption('--header <file>', 'batch header, JSON')
    .requiredOption('--in <file>', 'instructions, one JSON object a line')
    .requiredOption('--out <dir>', 'folder for the files; made when missing, nothing in it is overwritten')
    .option('--date <YYYY-MM-DD>', 'business date (usually today in China)', calendarDate)
    .option('--time <HH:MM:SS>', 'time of planning, for headers that say one (default: 00:00:00)', timeOfDay)
    .option('--sequence <n>', 'daily sequence of the first file', wholeNumber, 1)
    .option('--json', 'print one JSON object')
    .action(compose)
  withLanguage(
    withFieldCipher(
      withProfile(
        command.command('read').description("print a bank's answer, one JSON line a row and a summary"),
      ),
    ),
  )
    .addHelpText('before', readExamples)
    .requiredOption('--in <file>', "the bank's answer")
    .option('--request <file>', 'the file that it answers, under the name it was sent with')
    .option('--kind <answer|intermediate|late>', 'what kind of file it is, whatever its name', answerKind)
    .option('--late', 'the same as --kind late')
    .option('--side <dir>', 'folder of its side files (usually beside it)')
    .option('--strict', 'refuse it when a side file is missing')
    .option('--json', 'print reasons for a refusal as JSON lines too')
    .action(read)
  withFieldCipher(
    withProfile(command.command('answer').description('answer a file as a simulated bank would')),
  )
    .addHelpText('before', answerExamples)
    .requiredOption('--in <file>', 'a file for the bank, under the name it would be sent with')
    .requiredOption('--out <dir>', 'folder for the answer; made when missing, nothing in it is overwritten')
    .option('--kind <answer|intermediate|late>', 'kind of file to write', answerKind, 'answer')
    .option('--seed <n>', 'decides every outcome', (text) => Number.parseInt(text, 10), 1)
    .option('--fail-share <x>', 'share of lines that fail, 0 to 1', (text) => Number.parseFloat(text), 0.03)
    .option('--json', 'print one JSON object')
    .action(answer)
  return command
}

const withProfile = (command: Command): Command =>
  command
    .requiredOption('--profile <id>', 'bank profile, or a file of one; see: huida profile list')
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
    const order = { profile, settings, batch, input, outFolder, businessDate, sequence }
    const time = flags.time?.replaceAll(':', '')
    const done = await composeFiles({ ...order, time, cipher: fieldCipherOf(profile, flags) })
    report(done, batch, flags)
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
    for (const file of done.files)
      print([file.name, ...(file.wrapped === undefined ? [] : [file.wrapped]), ...file.sideFiles].join(' '))
    for (const { lineNo, problems } of done.held) {
      for (const problem of problems) {
        const { zh, en } = problemWords(problem)
        say(`held: line ${lineNo} ${problem.code} ${zh} / ${en}`)
      }
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
    kind: flags.late ? 'late' : flags.kind,
    cipher: fieldCipherOf(profile, flags),
    sideFolder: flags.side,
    strict: flags.strict ?? false,
    lang: flags.lang,
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
    kind: flags.kind,
    cipher: fieldCipherOf(profile, flags),
    seed,
    failShare,
  }
  const done = await answerFile({ ...task, outFolder: flags.out })
  print(flags.json ? toJson(done) : [done.name, ...done.sideFiles].join(' '))
  say(`${done.all.count} lines: ${done.paid.count} paid, ${done.all.count - done.paid.count} not.`)
}

function calendarDate(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/u.test(text) && isCalendarDate(text.replaceAll('-', ''))) return text
  throw new InvalidArgumentError('a date is written YYYY-MM-DD')
}

function timeOfDay(text: string): string {
  if (/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/u.test(text)) return text
  throw new InvalidArgumentError('a time is written HH:MM:SS')
}

function answerKind(text: string): AnswerKind {
  if (text === 'answer' || text === 'intermediate' || text === 'late') return text
  throw new InvalidArgumentError('answer, intermediate or late')
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,3}$/u.test(text)) return Number.parseInt(text, 10)
  throw new InvalidArgumentError('a whole number from 1 to 9999')
}

const todayInChina = (): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date())
