/** A map of texts that survives a restart: entries go to an append log before anybody relies on them. */
import { z } from 'zod'
import { openAppendLog, readLog } from '../append-log.ts'

const entry = z.tuple([z.string(), z.string()])

/** The map, open for writing. */
export interface KeptMap {
  get(key: string): string | undefined
  /** The first key that has this value. */
  keyOf(value: string): string | undefined
  size(): number
  /** Resolves when the entry is on the disk. */
  set(key: string, value: string): Promise<void>
  close(): Promise<void>
}

/** Opens the map at `path`; throws when a line of it is no entry. */
export async function openKeptMap(path: string): Promise<KeptMap> {
  const map = new Map<string, string>()
  for await (const stored of readLog(path)) {
    const [key, value] = entry.parse(stored)
    map.set(key, value)
  }
  const log = await openAppendLog(path)
  let turn: Promise<void> = Promise.resolve()
  return {
    get: (key) => map.get(key),
    keyOf: (value) => [...map].find(([, one]) => one === value)?.[0],
    size: () => map.size,
    set(key, value) {
      const written = turn.then(() => log.append([[key, value]]))
      turn = written.catch(() => undefined)
      map.set(key, value)
      return written
    },
    async close() {
      await turn
      await log.close()
    },
  }
}
