/** The `huida` command: every subcommand in one place, errors as messages on stderr, five exit codes. */
import { Command, CommanderError } from 'commander'
import { isFault } from '../../gateway/faults.ts'
import { version } from '../start/service.ts'
import { bankCommand } from './bank-command.ts'
import { batchCommand } from './batch-command.ts'
import { clientCommand } from './client-command.ts'
import { demoCommand } from './demo-command.ts'
import { doctorCommand } from './doctor-command.ts'
import { fileCommand } from './file-command.ts'
import { CommandEnd, exit, say } from './output.ts'
import { profileCommand } from './profile-command.ts'
import { reconcileCommand, whereCommand } from './reconcile-command.ts'
import { migrateCommand, startCommand } from './start-command.ts'

/** Runs one command line; gives the exit code. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const program = new Command('huida')
    .description('惠达 Huida: the bank side of paying public subsidies to people')
    .version(version)
    .showHelpAfterError()
  for (const command of [
    startCommand(),
    demoCommand(),
    migrateCommand(),
    doctorCommand(),
    clientCommand(),
    batchCommand(),
    whereCommand(),
    reconcileCommand(),
    profileCommand(),
    fileCommand(),
    bankCommand(),
  ])
    program.addCommand(command)
  for (const command of everyCommand(program)) command.exitOverride()
  try {
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? exit.done)
  } catch (error) {
    return codeOf(error)
  }
}

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)]

function codeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage
  if (error instanceof CommandEnd) {
    if (error.message) say(error.message)
    return error.code
  }
  if (isFault(error)) {
    say(`${error.code}: ${error.entry.zh} / ${error.message}`)
    return error.entry.retry === 'after-confirming' ? exit.inDoubt : exit.fault
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return exit.fault
}
