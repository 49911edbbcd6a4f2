/**
 * Simulated time shared by processes through one small JSON file: `{ "baseRealMs": n, "baseSimMs": n }`.
 * Simulated now is `baseSimMs + (real now - baseRealMs)`: it runs at real speed and jumps when the file is replaced.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { Clock } from '../../gateway/clock.ts'

const rereadAfterMs = 100

const clockFile = z.strictObject({ baseRealMs: z.number().int(), baseSimMs: z.number().int() })

/**
 * A clock that follows the file at `path`, read again at most every 100 ms.
 * Throws at once when the file is missing or malformed; later on a bad read keeps the last good base.
 */
export function readSimulatedClock(path: string): Clock {
  let base = readBase(path)
  let readAtMs = Date.now()
  return {
    now: () => {
      const realMs = Date.now()
      if (Math.abs(realMs - readAtMs) >= rereadAfterMs) {
        base = tryReadBase(path) ?? base
        readAtMs = realMs
      }
      return new Date(base.baseSimMs + realMs - base.baseRealMs)
    },
  }
}

/** Makes it `at` now, for everybody who reads this clock file. The file is replaced in one step. */
export function writeSimulatedClock(path: string, at: Date): void {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, `${JSON.stringify({ baseRealMs: Date.now(), baseSimMs: at.getTime() })}\n`)
  renameSync(temporary, path)
}

function readBase(path: string): z.infer<typeof clockFile> {
  const parsed = clockFile.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (!parsed.success)
    throw new Error(`The clock file ${path} is malformed: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

function tryReadBase(path: string): z.infer<typeof clockFile> | undefined {
  try {
    return readBase(path)
  } catch {
    return undefined
  }
}
