/** What a process needs for any number of runs: a PostgreSQL of its own for data that nobody will miss, and the world. */
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../../gateway/store/migrate.ts'
import { openPool } from '../../../gateway/store/pool.ts'
import { startEmbeddedPostgres } from '../../embedded/embedded-postgres.ts'
import { isMarkAlive, processMark } from '../../embedded/server-process.ts'
import type { RunPlan } from './begin-run.ts'
import { type RunEnd, runSimulation } from './run-simulation.ts'
import { keepClean } from './sim-store.ts'
import { openSimWorld } from './sim-world.ts'

/** A session; runs follow each other. */
export interface SimSession {
  run(plan: RunPlan): Promise<RunEnd>
  close(): Promise<void>
}

/** Memory is the disk of these runs where the machine has such a folder: nothing has to survive them. */
const memoryFolder = '/dev/shm'

const settings = {
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  max_connections: '50',
  // Its rhythm is real time; a run must not depend on that.
  autovacuum: 'off',
  jit: 'off',
}

const prefix = 'huida-sim-'

/** Starts everything; close it. What a killed process left behind is ended first. */
export async function openSession(): Promise<SimSession> {
  const place = canWrite(memoryFolder) ? memoryFolder : tmpdir()
  await endForgotten(place)
  const folder = mkdtempSync(join(place, prefix))
  writeFileSync(join(folder, 'run-by'), processMark(process.pid))
  const server = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), temporary: true, settings })
  const end = async (): Promise<void> => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const db = openPool(server.url, { max: 1 })
    await migrate(db).finally(() => db.close())
    const world = await openSimWorld(folder, server.url)
    const clean = await keepClean(world.assembly.db)
    return {
      run: (plan) => runSimulation(world, clean, plan),
      async close() {
        await world.close()
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** A server outlives a process that was killed, and memory is not given back by itself. */
async function endForgotten(place: string): Promise<void> {
  for (const name of readdirSync(place).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(place, name)
    const mark = join(folder, 'run-by')
    if (!existsSync(mark) || isMarkAlive(readFileSync(mark, 'utf8'))) continue
    const left = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), settings }).catch(
      () => undefined,
    )
    await left?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
