/** Slices of seeds for the tests of the simulation: two files run half of them each, on a core each. */
import { spawn } from 'node:child_process'
import { z } from 'zod'
import { allFaultKinds } from '../../ops/drills/sim/fault-kinds.ts'
import type { RunEnd } from '../../ops/drills/sim/run-simulation.ts'

/** Every kind of fault. */
export const everything = new Set(allFaultKinds)

/** Choices of a run in which faults may happen. */
export const steps = 1000

/** Seeds of one test, both ends included. */
export interface SeedSlice {
  readonly from: number
  readonly to: number
}

/** Half of five hundred seeds; the first few by themselves, since guards are tried with them. */
export const seedHalves = {
  first: [
    { from: 1, to: 50 },
    { from: 51, to: 250 },
  ],
  second: [{ from: 251, to: 500 }],
} as const satisfies Readonly<Record<string, readonly SeedSlice[]>>

/** What went wrong in a run, with the seed that shows it again. */
export const flaws = ({ seed, violations }: RunEnd): string[] =>
  violations.map(({ invariant, what }) => `seed ${seed}: ${invariant} ${what}`)

const reportSchema = z.object({
  runs: z.number(),
  failed: z.array(z.object({ seed: z.number(), violations: z.array(z.string()) })),
})

/**
 * Runs a slice as `huida sim` does, on compiled code, which takes half the time; gives what went wrong. Fails when not
 * every seed was run.
 */
export async function brokenSeeds({ from, to }: SeedSlice): Promise<string[]> {
  const runs = to - from + 1
  const words = ['sim', '--seed', String(from), '--runs', String(runs), '--steps', String(steps), '--json']
  const child = spawn(process.execPath, ['ops/cli/huida.mjs', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // A run of the tests that is broken off must not leave it at work.
  const end = (): boolean => child.kill()
  process.once('exit', end)
  const said: string[] = []
  const out: string[] = []
  child.stdout.on('data', (chunk) => out.push(String(chunk)))
  child.stderr.on('data', (chunk) => said.push(String(chunk)))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  process.off('exit', end)
  const read = z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(reportSchema)
    .safeParse(out.join('') || 'null')
  if (!read.success || read.data.runs !== runs)
    throw new Error(`huida sim ended with ${code}: ${said.join('')}`)
  return read.data.failed.flatMap(({ seed, violations }) => violations.map((one) => `seed ${seed}: ${one}`))
}
