/** The thread of heavy steps: assembles for itself and runs what it is told, one at a time. */
import { parentPort, workerData } from 'node:worker_threads'
import { openLeaseHolder } from '../../gateway/ledger/lease-holder.ts'
import { runStep } from '../../gateway/run-step.ts'
import { inPlace } from '../drills/kill-points.ts'
import { readKeyEnds } from '../metrics/key-metrics.ts'
import { assemble, pinned } from './assemble.ts'
import { steps } from './steps.ts'
import { plainRun, threadSetupSchema, threadTaskSchema } from './thread-message.ts'

const { config, databaseUrl } = threadSetupSchema.parse(workerData)
const assembly = await assemble(config, databaseUrl, { name: 'huida-thread', connections: 5 })
const leaseHolder = await openLeaseHolder(assembly.db)

parentPort?.on('message', async (message: unknown) => {
  const task = threadTaskSchema.parse(message)
  if (task.kind === 'stop') {
    await leaseHolder.close()
    await assembly.close()
    parentPort?.close()
    return
  }
  if (task.kind === 'profiles') {
    assembly.useProfiles(task.folder)
    return
  }
  try {
    const run = await inPlace(task.step, () =>
      runStep(steps[task.step], { ...pinned(assembly), leaseHolder }, task.step, task.subject),
    )
    parentPort?.postMessage({ id: task.id, ok: plainRun(run) })
  } catch (error) {
    parentPort?.postMessage({ id: task.id, error: error instanceof Error ? error.message : String(error) })
  }
})
const keyEnds = await readKeyEnds(assembly.bankBook.banks.map(({ agreement }) => agreement))
parentPort?.postMessage({ ready: true, keyEnds })
