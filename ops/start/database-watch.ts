/**
 * Watches that the database is the one that the banks know us by (R9): at the start before any step runs, every minute,
 * after every outage and at the end. A database that lost something pauses sending to every bank.
 */
import { anchorPath } from '../../gateway/store/database-anchor.ts'
import { checkDatabase } from '../../gateway/transfer/brakes/pause-sending.ts'
import type { BrakeNeeds } from '../../gateway/transfer/brakes/pull-brake.ts'
import type { Config } from './config.ts'
import type { Log } from './log.ts'

/** The watch of one process. */
export interface DatabaseWatch {
  /** Checks where a minute has passed or an outage was seen; for the sweep, before it looks for work. Throws what the database throws. */
  inRhythm(): Promise<void>
  /** Says that the database could not be reached: what answers next is checked first. */
  outage(): void
  /** Moves the anchor a last time. Never throws. */
  stop(): Promise<void>
}

const everyMs = 60_000

/** Checks at once and gives the watch. Throws what database and disk throw: a process that cannot tell must not start. */
export async function watchDatabase(
  needs: BrakeNeeds,
  config: Pick<Config, 'folder'>,
  log: Log,
): Promise<DatabaseWatch> {
  const path = anchorPath(config.folder)
  let checkedMs = 0
  const check = async (): Promise<void> => {
    const verdict = await checkDatabase(needs, path)
    checkedMs = performance.now()
    if (verdict.kind === 'restored')
      log.error('sending.paused', {
        code: verdict.cause,
        reason: 'the database may be older than what the banks have seen; see huida reconcile --bank',
      })
  }
  const tell = (error: unknown): void =>
    log.error('database.unchecked', { reason: error instanceof Error ? error.message : String(error) })
  await check()
  const timer = setInterval(() => void check().catch(tell), everyMs)
  timer.unref()
  return {
    async inRhythm() {
      if (performance.now() - checkedMs >= everyMs) await check()
    },
    outage() {
      checkedMs = Number.NEGATIVE_INFINITY
    },
    async stop() {
      clearInterval(timer)
      await check().catch(tell)
    },
  }
}
