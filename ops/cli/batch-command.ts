/** `huida batch`: hands in an approved batch over the HTTP API and follows it. The token comes from a file, never a flag. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { formatYuan } from '../../formats/values/money.ts'
import type { AnsweredPosition } from './api-answers.ts'
import { ApiConnection, type ApiFlags } from './api-connection.ts'
import { findingLines, refusalCounts } from './api-problem-text.ts'
import { positionLine, positionTable } from './batch-position-text.ts'
import { readHeader, type SubmissionEnd, sealOf, submitBatch } from './batch-submission.ts'
import { askPosition, inDoubtCount, watchBatch } from './batch-watch.ts'
import { decodedContent, openInstructionFile } from './instruction-file.ts'
import { surveyInstructions } from './instruction-survey.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { openProgressBar } from './progress-bar.ts'
import { chinaTime, textTable } from './text-table.ts'

const submitExamples = `
Examples:
  $ export HUIDA_TOKEN_FILE=county-finance.token
  $ huida batch submit --header header.json --in instructions.ndjson
  $ huida batch submit --header header.json --in instructions.csv.gz --part-bytes 67108864 --seal seal.json --json
`
const statusExamples = `
Examples:
  $ huida batch status 2026-FARMLAND-01
  $ huida batch status 2026-FARMLAND-01 --json
`
const watchExamples = `
Examples:
  $ huida batch watch 2026-FARMLAND-01 --until-settled
  $ huida batch watch 2026-FARMLAND-01 --until-settled --every 60 --json
`

/** The command `batch` with its subcommands. */
export function batchCommand(): Command {
  const command = new Command('batch').description('hand in approved batches and follow them')
  withApi(command.command('submit'))
    .description('open a batch, upload its instructions, seal it; the same command again resumes')
    .addHelpText('before', submitExamples)
    .requiredOption('--header <file>', 'batch header, JSON')
    .requiredOption('--in <file>', 'instructions: .ndjson or .csv, .gz allowed')
    .option(
      '--seal <file>',
      'control totals {count, amountFen, sha256} that the sender counted (usually the file itself)',
    )
    .option(
      '--part-bytes <n>',
      'upload in parts of about this size (usually the whole file at once)',
      partBytes,
    )
    .option('--again', 'hand in content that was refused before, as a new batch')
    .option('--json', 'print the report as JSON')
    .action(submit)
  withApi(command.command('status'))
    .description('show where the money of a batch stands, per bank and state')
    .addHelpText('before', statusExamples)
    .argument('<batch-no>', 'number of the batch')
    .option('--json', 'print JSON')
    .action(status)
  withApi(command.command('watch'))
    .description('follow a batch; exit code 4 when something is unknown or contradictory at the end')
    .addHelpText('before', watchExamples)
    .argument('<batch-no>', 'number of the batch')
    .option('--until-settled', 'end when nothing waits and nothing is in flight, instead of on Ctrl-C')
    .option('--every <seconds>', 'seconds between two looks', seconds, 5)
    .option('--json', 'print one JSON line a change')
    .action(watch)
  return command
}

const withApi = (command: Command): Command =>
  command
    .addOption(
      new Option('--url <url>', 'address of the API')
        .env('HUIDA_URL')
        .default('http://127.0.0.1:8080')
        .argParser(apiUrl),
    )
    .addOption(new Option('--token-file <file>', 'file with the token, mode 0600').env('HUIDA_TOKEN_FILE'))

interface SubmitFlags extends ApiFlags {
  readonly header: string
  readonly in: string
  readonly seal?: string
  readonly partBytes?: number
  readonly again?: boolean
  readonly json?: boolean
}

async function submit(flags: SubmitFlags): Promise<void> {
  const header = readHeader(flags.header)
  const file = openInstructionFile(flags.in)
  const survey = await surveyInstructions(
    file,
    decodedContent(file),
    flags.partBytes ?? Number.MAX_SAFE_INTEGER,
  )
  const submission = { header, file, survey, seal: sealOf(survey, flags.seal), again: flags.again ?? false }
  const bar = openProgressBar('上传 upload', 'KiB')
  const show = (sentBytes: number, allBytes: number): void =>
    bar.show(Math.ceil(sentBytes / 1024), Math.ceil(allBytes / 1024))
  const end = await withConnection(flags, (api) => submitBatch(api, submission, show)).finally(bar.close)
  tell(end, flags.json ?? false)
}

function tell({ state, report }: SubmissionEnd, json: boolean): void {
  for (const line of findingLines(report.findings, report.refused.total)) say(line)
  if (json) print(toJson({ batchNo: report.batchNo, state, report }))
  if (state === 'refused')
    throw new CommandEnd(
      exit.refused,
      `批次 ${report.batchNo} 整批拒收 / The batch was refused whole: ${refusalCounts(report)}`,
    )
  if (json) return
  const rows = [
    ['批次 batch', `${report.batchNo} 已受理 accepted`],
    ['笔数 count', String(report.count)],
    ['金额 yuan', formatYuan(report.amountFen)],
    ['摘要 sha256', report.sha256],
    ['暂停 held', String(report.held)],
    ['提示 warned', String(report.warned)],
  ]
  print(textTable(rows))
}

async function status(batchNo: string, flags: ApiFlags & { json?: boolean }): Promise<void> {
  const batch = await withConnection(flags, (api) => askPosition(api, batchNo))
  print(flags.json ? toJson(batch) : positionTable(batch))
}

interface WatchFlags extends ApiFlags {
  readonly untilSettled?: boolean
  readonly every: number
  readonly json?: boolean
}

async function watch(batchNo: string, flags: WatchFlags): Promise<void> {
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  try {
    const options = {
      everyMs: flags.every * 1000,
      untilSettled: flags.untilSettled ?? false,
      interrupted: stop.signal,
      show: shower(flags.json ?? false),
    }
    const last = await withConnection(flags, (api) => watchBatch(api, batchNo, options))
    if (last) judge(last)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function judge(batch: AnsweredPosition): void {
  if (batch.state === 'refused' || batch.state === 'cancelled')
    throw new CommandEnd(exit.refused, `批次未受理 / The batch is ${batch.state}.`)
  const doubtful = inDoubtCount(batch)
  if (doubtful > 0)
    throw new CommandEnd(
      exit.inDoubt,
      `${doubtful} 笔状态未知或结果矛盾 / Nobody can say yet what became of ${doubtful} payments.`,
    )
}

/** On a terminal the table is drawn anew; elsewhere every change is a line, so that a log can be read. */
function shower(json: boolean): (batch: AnsweredPosition) => void {
  const redraw = process.stdout.isTTY === true && !json
  let before = ''
  return (batch) => {
    if (redraw) return print(`\u001b[2J\u001b[H${chinaTime(new Date())}\n${positionTable(batch)}`)
    const now = json ? toJson(batch) : positionLine(batch)
    if (now !== before) print(json ? now : `${chinaTime(new Date())}  ${now}`)
    before = now
  }
}

async function withConnection<T>(flags: ApiFlags, work: (api: ApiConnection) => Promise<T>): Promise<T> {
  const { protocol, hostname } = new URL(flags.url)
  if (protocol === 'http:' && !/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname))
    say('注意：令牌未加密传输 / Note: the token travels unencrypted; use https outside this machine.')
  const api = new ApiConnection(flags)
  try {
    return await work(api)
  } finally {
    await api.close()
  }
}

function apiUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '')
    return text
  throw new InvalidArgumentError('It must be an http(s) address without user, query or fragment.')
}

function partBytes(text: string): number {
  if (/^[1-9]\d{0,11}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number of bytes.')
}

function seconds(text: string): number {
  if (/^(\d{1,4}(\.\d{1,3})?)$/.test(text) && Number(text) >= 0.05) return Number(text)
  throw new InvalidArgumentError('It must be a number of seconds from 0.05.')
}
