/**
 * Folders for PostgreSQL servers of tests, whose data nobody will miss: in memory where there is room, since a commit
 * that waits for a disk proves nothing here. A run that was killed leaves its servers behind; the next run ends them.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../ops/embedded/embedded-postgres.ts'
import { isMarkAlive, processMark } from '../../ops/embedded/server-process.ts'

const memoryFolder = '/dev/shm'
const roomBytes = 4 * 1024 ** 3
const prefix = 'huida-test-postgres-'

/** Makes a folder for a server of this process. Remove it when the server has stopped. */
export function makeServerFolder(): string {
  const folder = mkdtempSync(join(hasRoom(memoryFolder) ? memoryFolder : tmpdir(), prefix))
  writeFileSync(join(folder, 'run-by'), processMark(process.pid))
  return folder
}

/** Ends the servers of processes that are gone, and removes their data. */
export async function endForgottenServers(): Promise<void> {
  for (const place of [tmpdir(), memoryFolder].filter((one) => existsSync(one))) await endForgottenIn(place)
}

async function endForgottenIn(place: string): Promise<void> {
  for (const name of readdirSync(place).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(place, name)
    const mark = join(folder, 'run-by')
    if (!existsSync(mark) || isMarkAlive(readFileSync(mark, 'utf8'))) continue
    const left = await startEmbeddedPostgres({ folder }).catch(() => undefined)
    await left?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function hasRoom(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= roomBytes
  } catch {
    return false
  }
}
