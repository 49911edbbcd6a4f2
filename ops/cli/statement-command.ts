/** `huida statement`: reads statements of banks and matches returned money on a desk, without a database. */
import { Command, InvalidArgumentError } from 'commander'
import type { CompiledStatement } from '../../formats/statement/compiled-statement.ts'
import { loadStatements } from '../../formats/statement/load-statements.ts'
import { usualWindowDays } from '../../gateway/results/statement/match-returns.ts'
import { profileOf, settingsOf } from './desk-profile.ts'
import { CommandEnd, exit } from './output.ts'
import { matchStatement } from './statement-matching.ts'
import { printStatement } from './statement-reading.ts'

interface ReadFlags {
  readonly profile: string
  readonly catalog?: string
  readonly in: string
  readonly account?: string
  readonly json?: boolean
}

interface MatchFlags extends ReadFlags {
  readonly request: string
  readonly result: string
  readonly bankProfile: string
  readonly bankCatalog?: string
  readonly setting: readonly string[]
  readonly windowDays: number
}

const readExamples = `
Examples:
  $ huida statement read --profile mt940 --in MT940_43050166360800000777_20261123.txt
  $ huida statement read --profile cib-530 --in CIB_STMT_43050166360800000777_20261124.txt --account 43050166360800000777
`

const matchExamples = `
Examples:
  $ huida statement match --profile camt053 --in CAMT053_43050166360800000777_20261123.xml \\
      --bank-profile rural-fixed --request DF_ORG001_20261120_001.txt --result DF_ORG001_20261120_001.RES
`

/** The command `statement` with its subcommands. */
export function statementCommand(): Command {
  const command = new Command('statement').description(
    "read banks' statements and match returned money, without a database",
  )
  withStatement(
    command.command('read').description('print a statement, one JSON line an entry and a summary'),
  )
    .addHelpText('before', readExamples)
    .action(read)
  withStatement(
    command
      .command('match')
      .description(
        'match returned money with the paid lines of one file; print matches, lumps and leftovers',
      ),
  )
    .addHelpText('before', matchExamples)
    .requiredOption('--bank-profile <id>', 'profile of the bank file; see: huida profile list')
    .requiredOption('--request <file>', 'the bank file, under the name it was sent with')
    .requiredOption('--result <file>', "the bank's answer to it")
    .option('--bank-catalog <dir>', 'folder of bank profiles instead of the shipped ones')
    .option(
      '--setting <name=value>',
      'agreement setting; repeatable',
      (text, before: string[]) => [...before, text],
      [],
    )
    .option('--window-days <n>', 'working days in which money may come back', workingDays, usualWindowDays)
    .action(match)
  return command
}

const withStatement = (command: Command): Command =>
  command
    .requiredOption('--profile <id>', 'statement profile: mt940, camt053, camt054, cib-530, treasury-2203')
    .requiredOption('--in <file>', "the bank's statement")
    .option('--catalog <dir>', 'folder of statement profiles instead of the shipped ones')
    .option('--account <no>', 'refuse a statement of another account')
    .option('--json', 'print reasons for a refusal as JSON lines too')

const read = async (flags: ReadFlags): Promise<void> => printStatement(orderOf(flags))

async function match(flags: MatchFlags): Promise<void> {
  const bankProfile = profileOf(flags.bankProfile, flags.bankCatalog)
  await matchStatement({
    ...orderOf(flags),
    bankProfile,
    settings: settingsOf(bankProfile, flags.setting),
    requestPath: flags.request,
    resultPath: flags.result,
    windowDays: flags.windowDays,
  })
}

const orderOf = (flags: ReadFlags) => ({
  statement: statementOf(flags.profile, flags.catalog),
  path: flags.in,
  account: flags.account,
  json: flags.json ?? false,
})

function statementOf(id: string, folder: string | undefined): CompiledStatement {
  const statements = openStatements(folder)
  const found = statements.get(id)
  if (found) return found
  throw new CommandEnd(
    exit.usage,
    `no statement profile ${id}; there are: ${[...statements.keys()].join(', ')}`,
  )
}

function openStatements(folder: string | undefined): ReadonlyMap<string, CompiledStatement> {
  try {
    return loadStatements(folder)
  } catch (error) {
    throw new CommandEnd(exit.refused, error instanceof Error ? error.message : String(error))
  }
}

function workingDays(text: string): number {
  if (/^\d{1,2}$/u.test(text)) return Number.parseInt(text, 10)
  throw new InvalidArgumentError('working days from 0 to 99')
}
