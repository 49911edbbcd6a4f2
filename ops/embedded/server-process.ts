/**
 * Processes as the system knows them: alive or not, and the same one as before or not (process ids are reused).
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** True while a process with this id exists; one that is not ours to signal exists too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The process id with its start time in clock ticks, so that a reused id is told apart; id alone without /proc. */
export function processMark(pid: number): string {
  return `${pid} ${statField(pid, 22) ?? '-'}`
}

/** True while the very process that wrote this mark runs. */
export function isMarkAlive(mark: string): boolean {
  const pid = Number(mark.split(' ')[0])
  return Number.isInteger(pid) && pid > 0 && isAlive(pid) && processMark(pid) === mark.trim()
}

/** The program that a process runs, as its command line begins; undefined where that cannot be seen. */
export function programOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]
  } catch {
    return undefined
  }
}

const isZombie = (pid: number): boolean => statField(pid, 3) === 'Z'

function statField(pid: number, field: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may hold anything, so counting starts behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field - 3]
  } catch {
    return undefined
  }
}

/** Waits until a process is gone; false when it is still there after the limit in milliseconds. */
export async function waitUntilGone(pid: number, limitMs: number): Promise<boolean> {
  const endsAt = performance.now() + limitMs
  while (isAlive(pid)) {
    if (performance.now() > endsAt) return false
    await sleep(20)
  }
  return true
}

/** Ends a process by these signals in turn, giving each its time in milliseconds. */
export async function endProcess(pid: number, steps: readonly [NodeJS.Signals, number][]): Promise<void> {
  for (const [signal, limitMs] of steps) {
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    if (await waitUntilGone(pid, limitMs)) return
  }
}
