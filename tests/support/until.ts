/** Waiting for what has to come, without saying when: a test that waits in vain fails by its own limit. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves once `holds` does. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(25)
}
