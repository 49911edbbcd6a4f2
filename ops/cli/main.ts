/** The `huida` command: every subcommand in one place, errors as messages on stderr, five exit codes. */
import { Command, CommanderError } from 'commander'
import { KeyRefused } from '../../crypto/secret-file.ts'
import { isFault } from '../../gateway/faults.ts'
import { version } from '../start/version.ts'
import { CommandEnd, exit, say } from './output.ts'

/** Every command, loaded only when it is called or when help lists them all. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start-command.ts')).startCommand(),
  demo: async () => (await import('./demo-command.ts')).demoCommand(),
  soak: async () => (await import('./soak-command.ts')).soakCommand(),
  migrate: async () => (await import('./start-command.ts')).migrateCommand(),
  doctor: async () => (await import('./doctor-command.ts')).doctorCommand(),
  audit: async () => (await import('./audit-command.ts')).auditCommand(),
  client: async () => (await import('./client-command.ts')).clientCommand(),
  batch: async () => (await import('./batch-command.ts')).batchCommand(),
  where: async () => (await import('./reconcile-command.ts')).whereCommand(),
  brake: async () => (await import('./brake-command.ts')).brakeCommand(),
  reconcile: async () => (await import('./reconcile-command.ts')).reconcileCommand(),
  exceptions: async () => (await import('./exceptions-command.ts')).exceptionsCommand(),
  profile: async () => (await import('./profile-command.ts')).profileCommand(),
  file: async () => (await import('./file-command.ts')).fileCommand(),
  statement: async () => (await import('./statement-command.ts')).statementCommand(),
  envelope: async () => (await import('./envelope-command.ts')).envelopeCommand(),
  sim: async () => (await import('./sim-command.ts')).simCommand(),
  bench: async () => (await import('./bench-command.ts')).benchCommand(),
  calendar: async () => (await import('./calendar-command.ts')).calendarCommand(),
  bank: async () => (await import('./bank-command.ts')).bankCommand(),
}

/** Runs one command line; gives the exit code. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const program = new Command('huida')
    .description('惠达 Huida: the bank side of paying public subsidies to people')
    .version(version)
    .showHelpAfterError()
  for (const load of wanted(argv[0])) program.addCommand(await load())
  for (const command of everyCommand(program)) command.exitOverride()
  try {
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? exit.done)
  } catch (error) {
    return codeOf(error)
  }
}

function wanted(name: string | undefined): (() => Promise<Command>)[] {
  if (name === '--version' || name === '-V') return []
  const one = name === undefined ? undefined : commands[name]
  return one ? [one] : Object.values(commands)
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
  if (error instanceof KeyRefused) {
    say(`KEY_UNREADABLE: ${error.message}`)
    return exit.fault
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return exit.fault
}
