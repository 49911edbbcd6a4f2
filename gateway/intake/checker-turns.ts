/**
 * Makes the checker of one load. Loads with threads take turns in this process: their bodies are spooled already, so
 * waiting costs nothing, and two of them together would only halve each other's cores and double the memory.
 */
import { regionsOn } from '../../formats/values/region-list.ts'
import { chinaDay } from '../clock.ts'
import { Fault } from '../faults.ts'
import type { ChunkSetting } from './check-chunk.ts'
import { type ChunkChecker, inlineChecker, threadChecker, threadsCanRun } from './chunk-checker.ts'
import type { IntakeNeeds } from './intake-needs.ts'
import type { IntakeBatch } from './open-store.ts'

/** Below this, starting threads costs more than they save. */
const threadsFromBytes = 2 * 1024 * 1024
/** A thread costs some 40 MB of memory; one more is worth that for each so many bytes of lines. */
const threadShareBytes = 32 * 1024 * 1024

let lastTurn: Promise<unknown> = Promise.resolve()

/** Runs `load` with a checker for `sizeBytes` of lines of a batch, and closes the checker whatever happens. */
export async function withChecker<T>(
  needs: IntakeNeeds,
  batch: IntakeBatch,
  sizeBytes: number,
  load: (checker: ChunkChecker) => Promise<T>,
): Promise<T> {
  const setting = chunkSetting(needs, batch)
  if (needs.threads === 0 || !threadsCanRun || sizeBytes < threadsFromBytes) {
    return load(inlineChecker(setting, profilesOf(needs)))
  }
  // Taken now, with the setting: profiles may be exchanged while this load waits for its turn.
  const { catalogFolder } = needs
  const turn = lastTurn.then(async () => {
    const threads = Math.min(needs.threads, Math.ceil(sizeBytes / threadShareBytes))
    const checker = threadChecker({ ...setting, catalogFolder }, threads)
    try {
      return await load(checker)
    } finally {
      await checker.close()
    }
  })
  lastTurn = turn.catch(() => {})
  return turn
}

function chunkSetting(needs: IntakeNeeds, batch: IntakeBatch): ChunkSetting {
  const programme = needs.bankBook.programme(batch.programmeCode)
  if (!programme)
    throw new Fault('CONFIGURATION_INVALID', { programme: batch.programmeCode, reason: 'its rules are gone' })
  return {
    batchId: batch.batchId,
    shard: batch.shard,
    checks: programme.checks,
    counties: needs.regions && regionsOn(needs.regions, chinaDay(needs.clock.now())),
    banks: needs.bankBook.banks.map(({ bank, bankNo, profile }) => ({
      bank,
      bankNo,
      profileId: profile.id,
      profileVersion: profile.version,
    })),
    fieldKey: needs.fieldKey,
  }
}

const profilesOf = (needs: IntakeNeeds) =>
  new Map(needs.bankBook.banks.map(({ profile }) => [profile.id, profile]))
