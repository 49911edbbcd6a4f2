/**
 * Times work beside its floor in the same run: turns alternate, so that both meet the same weather on a noisy
 * machine, and the median of the turns counts. Figures are ratios first and seconds second.
 */

/** One thing to time; `run` does the whole work once and gives how many bytes it moved. */
export interface Timed {
  readonly name: string
  run(): number
}

/** What one piece of work came to. */
export interface Timing {
  readonly name: string
  /** Median of the turns, in seconds. */
  readonly seconds: number
  readonly bytes: number
}

/** Runs all of them in turns and gives the median of each; one more turn before does not count. */
export function takeTurns(works: readonly Timed[], turns: number): readonly Timing[] {
  const seconds = works.map((): number[] => [])
  const bytes = works.map(() => 0)
  for (let turn = 0; turn <= turns; turn++) {
    works.forEach((work, index) => {
      const before = process.hrtime.bigint()
      bytes[index] = work.run()
      const took = Number(process.hrtime.bigint() - before) / 1e9
      if (turn > 0) seconds[index]?.push(took)
    })
  }
  return works.map(({ name }, index) => ({
    name,
    seconds: median(seconds[index] ?? []),
    bytes: bytes[index] ?? 0,
  }))
}

/** The middle one of some figures; 0 of none. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
