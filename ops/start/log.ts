/** Logs: one JSON line an event, noun and past verb, with ids and sizes. Only what is named here can be logged. */
import { pino } from 'pino'

/** Facts of a log line: ids, codes, counts, sizes. Personal data has no field to stand in. */
export interface LogFacts {
  readonly step?: string
  readonly subject?: string
  readonly code?: string
  readonly traceId?: string
  readonly reason?: string
  readonly tries?: number
  readonly until?: string
  readonly failedSweeps?: number
  readonly port?: number
  readonly role?: string
  readonly version?: string
  readonly count?: number
  readonly profile?: string
}

/** Where a process tells what it does. */
export interface Log {
  info(event: string, facts: LogFacts): void
  warn(event: string, facts: LogFacts): void
  error(event: string, facts: LogFacts): void
}

/** Writes to stderr, since stdout is for data. */
export function openLog(level: 'info' | 'warn' | 'silent' = 'info'): Log {
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  )
  return {
    info: (event, facts) => log.info({ event, ...facts }),
    warn: (event, facts) => log.warn({ event, ...facts }),
    error: (event, facts) => log.error({ event, ...facts }),
  }
}
