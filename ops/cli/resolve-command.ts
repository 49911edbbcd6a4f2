/**
 * `huida exceptions resolve` and `raise`: a person ends an exception by one of its acts, or opens one on the bank's word.
 * Nothing is done without who, why and on what evidence; every act is a row that stays.
 */
import { Command, InvalidArgumentError, Option } from 'commander'
import { formatYuan, money } from '../../formats/values/money.ts'
import { loadCalendar } from '../../gateway/banks/calendar.ts'
import { systemClock } from '../../gateway/clock.ts'
import { type ActWords, parseAct } from '../../gateway/outcomes/resolution/parse-act.ts'
import { raiseDoubt } from '../../gateway/outcomes/resolution/raise-doubt.ts'
import { failureReasons } from '../../gateway/outcomes/resolution/reason-given.ts'
import { actSentences, refusalSentences } from '../../gateway/outcomes/resolution/refusal-sentences.ts'
import {
  type ActName,
  actNames,
  type ResolutionAct,
  type ResolutionReport,
} from '../../gateway/outcomes/resolution/resolution.ts'
import { resolveException } from '../../gateway/outcomes/resolution/resolve-exception.ts'
import { readSimulatedClock } from '../simulator/simulated-clock.ts'
import { type Config, readConfig } from '../start/config.ts'
import { bankBookForActs } from './command-bank-book.ts'
import { withDatabase } from './command-database.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { personName, reasonText } from './person-flags.ts'

/** Number of an exception. */
export function exceptionNumber(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('the number of an exception is wanted')
  return BigInt(text)
}

const resolveExamples = `Examples:
  $ huida exceptions resolve 17 --act paid --by li.wei --reason "answer of the bank" --evidence "letter of 2026-11-24" --reference "2026-12"
  $ huida exceptions resolve 17 --act failed --reason-code ACCOUNT_CLOSED --by li.wei --reason "answer of the bank" --evidence "letter"
  $ huida exceptions resolve 18 --act remap --by li.wei --reason "code entered in the agreement" --evidence "their circular no. 4"
  $ huida exceptions resolve 19 --act match --instruction 2026-FARMLAND-0000017 --outcome paid --by li.wei --reason "their slip" --evidence "slip no. 88"

`

interface ResolveFlags {
  readonly act: ActName
  readonly reasonCode?: string
  readonly instruction?: string
  readonly outcome?: 'paid' | 'failed'
  readonly fileId?: number
  readonly by: string
  readonly reason: string
  readonly evidence: string
  readonly reference?: string
  readonly json?: boolean
}

/** The command `exceptions resolve`. */
export const resolveCommand = (): Command =>
  new Command('resolve')
    .description('end an exception by an act; exit code 3 when it is not possible, with every reason')
    .addHelpText('before', resolveExamples)
    .argument('<no>', 'number of the exception', exceptionNumber)
    .addOption(new Option('--act <act>', 'what to do').choices(actNames).makeOptionMandatory())
    .requiredOption('--by <name>', 'who answers for it', personName)
    .requiredOption('--reason <text>', 'why', reasonText)
    .requiredOption('--evidence <text>', 'what was seen, without account, ID or phone numbers', reasonText)
    .option('--reference <text>', "number of the bank's letter, digest of a kept paper")
    .option('--reason-code <code>', 'canonical reason of a failure, such as NAME_MISMATCH')
    .option('--instruction <id>', 'the instruction, for match and match-return')
    .addOption(new Option('--outcome <outcome>', 'for match').choices(['paid', 'failed']))
    .option('--file-id <no>', 'our file that was refused, for refused-by-bank', fileNumber)
    .option('--json', 'print JSON')
    .action(resolve)

function fileNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('the number of a bank file is wanted')
  return Number(text)
}

async function resolve(no: bigint, flags: ResolveFlags): Promise<void> {
  const act = actOf(flags)
  const { by, reason, evidence, reference } = flags
  const config = readConfig(process.env)
  const report = await withDatabase(async (db) => {
    const bankBook = await bankBookForActs(db, config)
    const needs = { db, bankBook, clock: clockOf(config), calendar: loadCalendar(config.calendarsFolder) }
    return resolveException(needs, { exceptionId: no, act, evidence: { by, reason, evidence, reference } })
  })
  if (flags.json) print(toJson(report, 1))
  if (report.kind === 'refused') throw new CommandEnd(exit.refused, refusedText(report))
  if (!flags.json) print(resolvedText(no, report))
  if (report.approval === 'wanted')
    say('已记录待第二人复核 / Recorded as an act that a second person is to approve.')
}

/** What an act lacks is a mistake in the words of the command. */
function actOf({ act, reasonCode, instruction, outcome, fileId }: ResolveFlags): ResolutionAct {
  const words: ActWords = { act, reasonCode, instructionId: instruction, outcome, fileId }
  const parsed = parseAct(words)
  if (parsed.kind === 'act') return parsed.act
  const flag = {
    reasonCode: '--reason-code',
    instructionId: '--instruction',
    outcome: '--outcome',
    fileId: '--file-id',
  }
  const more = parsed.member === 'reasonCode' ? `: ${failureReasons.join(', ')}` : ''
  const missing = flag[parsed.member]
  throw new CommandEnd(exit.usage, `处置 ${act} 需要 ${missing} / The act ${act} needs ${missing}${more}`)
}

const clockOf = (config: Config) =>
  config.simulatedClockFile === undefined ? systemClock : readSimulatedClock(config.simulatedClockFile)

function refusedText({ refusals, allowed }: Extract<ResolutionReport, { kind: 'refused' }>): string {
  const lines = refusals.map(({ code, facts }) => {
    const { zh, en } = refusalSentences[code]
    return `${code} ${zh} / ${en}${Object.keys(facts).length === 0 ? '' : ` ${toJson(facts)}`}`
  })
  const possible = allowed.length === 0 ? '' : `\n可用处置 / possible: ${allowed.join(', ')}`
  return `未作处置 / Nothing was done.\n${lines.join('\n')}${possible}`
}

function resolvedText(
  no: bigint,
  { resolutionId, act, effect }: Extract<ResolutionReport, { kind: 'resolved' }>,
) {
  const { zh, en } = actSentences[act]
  const sum = effect.lines === 0 ? '' : ` ${effect.lines} 笔 lines ${formatYuan(money(effect.amountFen))}`
  return `异常 ${no} 已了结（处置 ${resolutionId}）：${zh} / exception ${no} is resolved (resolution ${resolutionId}): ${en};${sum} ${effect.exceptions} 条异常 exceptions`
}

const raiseExamples = `Examples:
  $ huida exceptions raise --instruction 2026-FARMLAND-0000017 --by li.wei --reason "the bank wrote that it was paid"
  $ huida exceptions raise --bank cmbc --file AGENT_20261120_001.txt --by li.wei --reason "the bank says it never came"

`

interface RaiseFlags {
  readonly instruction?: string
  readonly client?: string
  readonly bank?: string
  readonly file?: string
  readonly by: string
  readonly reason: string
  readonly json?: boolean
}

/** The command `exceptions raise`. */
export const raiseCommand = (): Command =>
  new Command('raise')
    .description('open an exception on a line or file in doubt, so that it can be decided on evidence')
    .addHelpText('before', raiseExamples)
    .option('--instruction <id>', 'an instruction in flight or unknown')
    .option('--client <name>', 'whose instruction, where several clients have one of this id')
    .option('--bank <code>', 'bank of the file')
    .option('--file <name>', 'our file whose delivery is in doubt')
    .requiredOption('--by <name>', 'who answers for it', personName)
    .requiredOption('--reason <text>', 'why', reasonText)
    .option('--json', 'print JSON')
    .action(raise)

async function raise({ instruction, client, bank, file, by, reason, json }: RaiseFlags): Promise<void> {
  const subject =
    instruction !== undefined
      ? { kind: 'instruction' as const, instructionId: instruction, client }
      : bank !== undefined && file !== undefined
        ? { kind: 'file' as const, bank, name: file }
        : undefined
  if (!subject)
    throw new CommandEnd(
      exit.usage,
      '请指明 --instruction，或 --bank 与 --file / Name --instruction, or --bank and --file',
    )
  const clock = clockOf(readConfig(process.env))
  const raised = await withDatabase((db) => raiseDoubt({ db, clock }, subject, { by, reason }))
  if (raised.kind === 'refused') {
    const { zh, en } = refusalSentences[raised.code]
    throw new CommandEnd(exit.refused, `${raised.code} ${zh} / ${en} ${raised.state}`.trim())
  }
  const no = raised.exceptionId
  print(
    json
      ? toJson({ exceptionId: no, before: raised.before })
      : `异常 ${no} 待认定 / exception ${no} waits: huida exceptions show ${no}`,
  )
}
