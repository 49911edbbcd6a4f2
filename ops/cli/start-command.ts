/** `huida start`, `huida migrate`: the service for real, and its database alone. */
import { Command } from 'commander'
import { readConfig } from '../start/config.ts'
import { openDatabase } from '../start/database.ts'
import { openLog } from '../start/log.ts'
import { startService } from '../start/service.ts'
import { print, say, toJson } from './output.ts'

/** Runs until SIGTERM or SIGINT, then finishes what runs and hangs up. */
export function startCommand(): Command {
  return new Command('start')
    .description('run the service: API, steps and health listener')
    .option('--json', 'print one JSON line when ready')
    .addHelpText(
      'before',
      'Examples:\n  huida start\n  DATABASE_URL=postgresql://... REDIS_URL=redis://... huida start\n  HUIDA_ROLE=worker huida start\n',
    )
    .action(async (options: { json?: boolean }) => {
      const service = await startService(readConfig(process.env), openLog())
      const { apiPort, healthPort, databaseUrl: _secret } = service
      // Listened for before anybody is told that we are ready, or a signal right after that would kill what runs.
      const ended = endSignal()
      if (options.json) print(toJson({ ready: true, apiPort, healthPort, pid: process.pid }))
      else
        say(
          `Huida is ready: API ${apiPort === undefined ? 'off' : `on port ${apiPort}`}, health on port ${healthPort}.`,
        )
      await ended
      await service.stop()
    })
}

/** Brings the database to this version's schema. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database to the schema of this version')
    .option('--json', 'print JSON')
    .addHelpText('before', 'Examples:\n  DATABASE_URL=postgresql://... huida migrate\n')
    .action(async (options: { json?: boolean }) => {
      const database = await openDatabase(readConfig(process.env))
      await database.close()
      if (options.json) print(toJson({ applied: database.applied }))
      else
        say(
          database.applied.length === 0
            ? 'The database is up to date.'
            : `Applied: ${database.applied.join(', ')}`,
        )
    })
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function endSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const onSignal = (): void => {
      if (asked) process.exit(1)
      asked = true
      resolve()
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}
