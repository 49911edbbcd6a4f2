/** Notes which wake-ups ran, and waits until some condition of a test holds. */
import { setTimeout as sleep } from 'node:timers/promises'
import { keyOf, type WakeUp } from '../../schedulers/work-driver.ts'

/** Work that notes its runs and can be held back. */
export interface Recorder {
  readonly runs: string[]
  readonly run: (wakeUp: WakeUp) => Promise<void>
  /** Most runs at one moment, by step. */
  readonly most: Map<string, number>
  /** Lets runs finish that were held. */
  release(): void
}

/** Makes a recorder; with `held`, runs do not finish before `release`. */
export function startRecorder(held = false): Recorder {
  const runs: string[] = []
  const now = new Map<string, number>()
  const most = new Map<string, number>()
  let release = (): void => {}
  const gate = held ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve()
  const run = async (wakeUp: WakeUp): Promise<void> => {
    runs.push(keyOf(wakeUp))
    now.set(wakeUp.step, (now.get(wakeUp.step) ?? 0) + 1)
    most.set(wakeUp.step, Math.max(most.get(wakeUp.step) ?? 0, now.get(wakeUp.step) ?? 0))
    await gate
    now.set(wakeUp.step, (now.get(wakeUp.step) ?? 0) - 1)
  }
  return { runs, run, most, release: () => release() }
}

/** Waits until a condition holds; fails with its name after 20 s. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    if (holds()) return
    await sleep(20)
  }
  throw new Error(`never happened: ${what}`)
}
