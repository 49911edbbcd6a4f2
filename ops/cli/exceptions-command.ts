/**
 * `huida exceptions`: the queues of what needs a person, with the reason in facts and no personal data; what may be done
 * about each, and doing it with name, reason and evidence.
 */
import { Command, InvalidArgumentError } from 'commander'
import { type ExceptionRow, exceptionKinds, listExceptions } from '../../gateway/transfer/exception-store.ts'
import { withDatabase } from './command-database.ts'
import { print, say, toJson } from './output.ts'
import { exceptionNumber, raiseCommand, resolveCommand } from './resolve-command.ts'
import { showCommand } from './show-exception.ts'
import { chinaTime, textTable } from './text-table.ts'

interface Flags {
  readonly bank?: string
  readonly kind?: string
  readonly resolved?: boolean
  readonly after?: bigint
  readonly limit: number
  readonly json?: boolean
}

const examples = `Examples:
  $ huida exceptions
  $ huida exceptions --bank yy-rcb --kind quarantined-file --json
  $ huida exceptions show 17
  $ huida exceptions resolve 17 --act paid --by li.wei --reason "answer of the bank" --evidence "letter of 2026-11-24" --reference "2026-12"

`

/** The command `exceptions` with its subcommands; without one it lists. */
export function exceptionsCommand(): Command {
  return new Command('exceptions')
    .description('what needs a person: list it, look at one, resolve it with evidence')
    .addHelpText('before', examples)
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(resolveCommand())
    .addCommand(raiseCommand())
}

const listExamples = `Examples:
  $ huida exceptions list
  $ huida exceptions list --kind conflicting --bank cmbc
  $ huida exceptions list --resolved --after 200 --json

`

const listCommand = (): Command =>
  new Command('list')
    .description('list what waits for a person, oldest first')
    .addHelpText('before', listExamples)
    .option('--bank <code>', 'only this bank')
    .option('--kind <kind>', `only this queue: ${exceptionKinds.join(', ')}`)
    .option('--resolved', 'those that are resolved instead of the open ones')
    .option('--after <no>', 'only behind this number', exceptionNumber)
    .option('--limit <n>', 'at most so many', wholeNumber, 200)
    .option('--json', 'print JSON')
    .action(list)

async function list({ bank, kind, resolved, after, limit, json }: Flags): Promise<void> {
  const filter = { bank, kind, after, state: resolved ? ('resolved' as const) : ('open' as const), limit }
  const rows = await withDatabase((db) => listExceptions(db, filter))
  if (json) return print(toJson({ items: rows }, 1))
  if (rows.length === 0) return say('没有待处理的异常 / nothing waits for a person')
  print(
    textTable([
      ['no', '时间 opened', '类别 kind', '银行 bank', '文件 file', '行 line', '事实 facts'],
      ...rows.map(cells),
    ]),
  )
}

const cells = (row: ExceptionRow): string[] => [
  String(row.exceptionId),
  chinaTime(row.openedAt),
  row.kind,
  row.bank,
  row.inboundName ?? row.fileName ?? '',
  row.lineNo === undefined ? '' : String(row.lineNo),
  `${row.instructionId ?? ''} ${toJson(row.facts)}`.trim(),
]

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new InvalidArgumentError('a whole number from 1 to 999999 is wanted')
  return Number(text)
}
