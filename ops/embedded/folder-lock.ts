/** One start at a time in a folder, over processes; a lock whose holder was killed does not count. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../../gateway/faults.ts'
import { isMarkAlive, processMark } from './server-process.ts'

const waitMs = 150_000
const emptyLimitMs = 5_000

/** Takes the lock of a folder and returns what gives it back. Throws DATABASE_MISSING after 150 s of waiting. */
export async function lockFolder(folder: string): Promise<() => void> {
  const path = join(folder, 'start.lock')
  const endsAt = performance.now() + waitMs
  while (!take(path)) {
    if (performance.now() > endsAt)
      throw new Fault('DATABASE_MISSING', { folder, reason: 'another start takes too long' })
    if (isLeftOver(path)) rmSync(path, { force: true })
    else await sleep(50)
  }
  return () => rmSync(path, { force: true })
}

function take(path: string): boolean {
  try {
    writeFileSync(path, processMark(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function isLeftOver(path: string): boolean {
  try {
    const mark = readFileSync(path, 'utf8')
    // A lock is empty for the moment between its making and its writing.
    if (mark === '') return performance.timeOrigin + performance.now() - statSync(path).mtimeMs > emptyLimitMs
    return !isMarkAlive(mark)
  } catch {
    return false
  }
}
