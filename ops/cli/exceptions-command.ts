/** `huida exceptions`: the queues of what needs a person, with the reason in facts and no personal data. */
import { Command, InvalidArgumentError } from 'commander'
import { type ExceptionRow, listExceptions } from '../../gateway/transfer/exception-store.ts'
import { withDatabase } from './command-database.ts'
import { print, say, toJson } from './output.ts'
import { chinaTime, textTable } from './text-table.ts'

interface Flags {
  readonly bank?: string
  readonly kind?: string
  readonly resolved?: boolean
  readonly limit: number
  readonly json?: boolean
}

const examples = `Examples:
  $ huida exceptions
  $ huida exceptions --bank yy-rcb --kind quarantined-file --json

`

/** The command `exceptions`. */
export function exceptionsCommand(): Command {
  return new Command('exceptions')
    .description('list what needs a person: quarantined files, unknown codes, contradictions')
    .addHelpText('before', examples)
    .option('--bank <code>', 'only this bank')
    .option('--kind <kind>', 'only this queue, such as unmapped or conflicting')
    .option('--resolved', 'those that are resolved instead of the open ones')
    .option('--limit <n>', 'at most so many', wholeNumber, 200)
    .option('--json', 'print JSON')
    .action(async ({ bank, kind, resolved, limit, json }: Flags) => {
      const filter = { bank, kind, state: resolved ? ('resolved' as const) : ('open' as const), limit }
      const rows = await withDatabase((db) => listExceptions(db, filter))
      if (json) return print(toJson({ items: rows }, 1))
      if (rows.length === 0) return say('没有待处理的异常 / nothing waits for a person')
      print(
        textTable([
          ['no', '时间 opened', '类别 kind', '银行 bank', '文件 file', '行 line', '事实 facts'],
          ...rows.map(cells),
        ]),
      )
    })
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
