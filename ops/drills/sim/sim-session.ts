/** What a process needs for any number of runs: a PostgreSQL of its own for data that nobody will miss, and the world. */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../../gateway/store/migrate.ts'
import { openPool } from '../../../gateway/store/pool.ts'
import { startEmbeddedPostgres } from '../../embedded/embedded-postgres.ts'
import { type RunEnd, type RunPlan, runSimulation } from './run-simulation.ts'
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

/** Starts everything; close it. */
export async function openSession(): Promise<SimSession> {
  const folder = mkdtempSync(join(canWrite(memoryFolder) ? memoryFolder : tmpdir(), 'huida-sim-'))
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

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
