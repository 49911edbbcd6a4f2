/** `huida where`, `huida reconcile`: one instruction's whole way, and the laws of the ledger recounted from outside. */
import { Command, InvalidArgumentError } from 'commander'
import { formatYuan, type Money } from '../../formats/values/money.ts'
import { findLineage } from '../../gateway/ledger/lineage-store.ts'
import { withDatabase } from './command-database.ts'
import { type CompareFlags, compareWithBank } from './compare-bank.ts'
import { lineageTrail } from './lineage-trail.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { personName, reasonText } from './person-flags.ts'
import { openProgressBar } from './progress-bar.ts'
import { type Disagreement, type Reconciliation, reconcileLedger } from './reconcile-ledger.ts'
import { stateName } from './state-names.ts'
import { textTable } from './text-table.ts'

const whereExamples = `
Examples:
  $ huida where 2026-FARMLAND-0000017
  $ huida where 2026-FARMLAND-0000017 --client county-finance --json
`

/** The command `where`. */
export function whereCommand(): Command {
  return new Command('where')
    .description('show the whole way of one instruction, from its batch to what became of it')
    .addHelpText('before', whereExamples)
    .argument('<instruction-id>', 'id that the finance platform gave it')
    .option('--client <name>', 'only among the instructions of this API client')
    .option('--json', 'print JSON')
    .action(where)
}

async function where(instructionId: string, flags: { client?: string; json?: boolean }): Promise<void> {
  const lineage = await withDatabase((db) => findLineage(db, instructionId, flags.client))
  if (!lineage) throw new CommandEnd(exit.refused, noSuch(instructionId))
  print(flags.json ? toJson(lineage) : lineageTrail(lineage))
  const { replacedBy } = lineage
  if (replacedBy !== undefined && !flags.json)
    say(`\n重发指令的去向 / What replaces it: huida where ${replacedBy}`)
}

const noSuch = (id: string): string =>
  `没有已受理的指令 / There is no instruction ${id} in an accepted batch. A refused batch leaves no instructions.`

const reconcileExamples = `
Examples:
  $ huida reconcile
  $ huida reconcile --batch 2026-FARMLAND-01 --json
  $ huida reconcile --bank yy-rcb
  $ huida reconcile --bank yy-rcb --file req_20261120_003.txt.p7m --is absent --by li.wei --evidence "letter 2026-117"
  $ huida reconcile --bank yy-rcb --resume --by li.wei --reason "everything settled"
`

/** The command `reconcile`. */
export function reconcileCommand(): Command {
  return new Command('reconcile')
    .description(
      'recount the ledger from facts and check its laws, or compare our side with a bank after a restore; exit code 4 when a law is broken or something is in doubt',
    )
    .addHelpText('before', reconcileExamples)
    .option(
      '--batch <batch-no>',
      'recount the batches of this number only; the laws are asked of the whole ledger. With --bank: its lines without a file',
    )
    .option('--bank <code>', 'compare our side with what lies at this bank')
    .option('--file <name>', 'with --bank: the file, or the name at the bank, that is settled')
    .option('--client <name>', 'with --bank and --batch: whose batch')
    .option('--is <what>', 'what is settled: delivered, absent or acknowledged', asVerdict)
    .option(
      '--evidence <text>',
      'where that is written: a letter, a call with its number, a file',
      reasonText,
    )
    .option('--resume', 'with --bank: send to it again; refused while something is in doubt')
    .option('--by <name>', 'who settles or resumes', personName)
    .option('--reason <text>', 'why sending may go on', reasonText)
    .option('--json', 'print JSON')
    .action(chosen)
}

interface ReconcileFlags extends Partial<CompareFlags> {
  readonly batch?: string
  readonly json?: boolean
}

/** With a bank it is a comparison; without one, flags of the comparison make no sense. */
async function chosen(flags: ReconcileFlags): Promise<void> {
  const { bank } = flags
  if (bank !== undefined) return compareWithBank({ ...flags, bank })
  const stray = [flags.file, flags.client, flags.is, flags.evidence, flags.resume, flags.by, flags.reason]
  if (stray.some((flag) => flag !== undefined))
    throw new CommandEnd(exit.usage, '这些选项须与 --bank 同用 / These options go with --bank only.')
  return reconcile(flags)
}

function asVerdict(text: string): 'delivered' | 'absent' | 'acknowledged' {
  if (text === 'delivered' || text === 'absent' || text === 'acknowledged') return text
  throw new InvalidArgumentError('delivered, absent or acknowledged')
}

async function reconcile(flags: { batch?: string; json?: boolean }): Promise<void> {
  const bar = openProgressBar('复核 recount', '批 batches')
  const result = await withDatabase((db) => reconcileLedger(db, flags.batch, bar.show)).finally(bar.close)
  print(flags.json ? toJson(result) : reconciliationText(result))
  if (!result.holds)
    throw new CommandEnd(
      exit.inDoubt,
      '账不平：有规则被破坏 / A law is broken; stop sending and look at each line.',
    )
}

function reconciliationText({ batchCount, disagreements, laws }: Reconciliation): string {
  const balance = disagreements.length === 0 ? '平 holds' : `不平 BROKEN: ${disagreements.length}`
  const rows = [
    ['资金守恒 conservation', `${balance} (${batchCount} 批 batches)`],
    ...laws.map(({ law, broken }) => [lawName(law), broken === 0 ? '平 holds' : `不平 BROKEN: ${broken}`]),
  ]
  const table = disagreements.length === 0 ? '' : `\n\n${disagreementTable(disagreements)}`
  return `${textTable(rows)}${table}`
}

function disagreementTable(disagreements: readonly Disagreement[]): string {
  const rows = disagreements.map(({ batchNo, bank, state, counted, position }) => [
    ...[batchNo, bank, `${stateName(state)} ${state}`],
    ...[standing(counted), standing(position)],
  ])
  return textTable(
    [['批次 batch', '银行 bank', '状态 state', '明细 counted', '账面 position'], ...rows],
    [3, 4],
  )
}

const standing = ({ count, amountFen }: { count: number; amountFen: Money }): string =>
  `${count} / ${formatYuan(amountFen)}`

const lawNames: ReadonlyMap<string, string> = new Map([
  ['positionIsTheSumOfItsMoves', '账面等于流水之和'],
  ['noLineInTwoLiveFiles', '一笔不入两个文件'],
  ['everyReissueHasOneParent', '重发必有原指令'],
  ['onePlaceForEachReturn', '退库各归其位'],
  ['smsOncePerPaidLine', '到账短信一笔一次'],
  ['everyAnswerLineIsAccountedFor', '回盘行行有着落'],
  ['everyStatementReturnIsTold', '流水退回笔笔有据'],
  ['everyResolvedExceptionNamesItsResolution', '异常了结皆有依据'],
  ['everyResolutionEndedItsException', '处置与异常一一对应'],
  ['everyConflictWaitsForPeople', '结果矛盾皆待人工认定'],
  ['everyLumpTies', '并笔扣款退款相符'],
])

const lawName = (law: string): string => `${lawNames.get(law) ?? ''} ${law}`.trim()
