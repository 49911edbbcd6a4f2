/**
 * Rounds of a soak (reliability.md §3.6, L3), each a process of its own: whole-system simulations over many seeds, one
 * long run of the demo under many kills, then chaos with ever new seeds until the time is up.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { huidaProgram } from '../demo/child-process.ts'

/** What to soak. */
export interface SoakWish {
  /** How long new chaos rounds are begun. */
  readonly minutes: number
  /** SIGKILLs of the one long run; 0 leaves it out. */
  readonly kills: number
  /** Seeds of the simulation; 0 leaves it out. */
  readonly seeds: number
  /** First seed of everything. */
  readonly seed: number
  /** People of a chaos round. */
  readonly people: number
}

/** How one round ended. */
export interface SoakRound {
  readonly round: number
  readonly command: string
  /** Exit code of `huida`; undefined when it was ended by a signal. */
  readonly code: number | undefined
  readonly seconds: number
  /** What a chaos round tells of itself; undefined when it told nothing. */
  readonly chaos: z.infer<typeof chaosFacts> | undefined
  /** Its last lines, when it did not end well. */
  readonly said: readonly string[]
}

const chaosFacts = z.object({
  counts: z.record(z.string(), z.number()),
  restarts: z.number(),
  killsAtWork: z.number(),
  seconds: z.number(),
  peakMemoryMb: z.number().optional(),
  recovery: z.object({ longestToNextStepMs: z.number().optional(), stepsFenced: z.number() }),
})
const chaosReport = z.object({ chaos: chaosFacts })

/** People of the long run: enough that there is work for as long as there are kills. */
const peopleForKills = (kills: number): number => Math.max(1_000, kills * 100)

const chaosKills = 12

/** Runs the rounds one after the other and yields each as it ends; `stopped` ends the present one. */
export async function* soakRounds(wish: SoakWish, stopped: AbortSignal): AsyncGenerator<SoakRound> {
  let round = 0
  const next = (args: readonly string[]): Promise<SoakRound> => runRound(++round, args, stopped)
  if (wish.seeds > 0) yield await next(['sim', '--seed', String(wish.seed), '--runs', String(wish.seeds)])
  const endsAtMs = performance.now() + wish.minutes * 60_000
  if (wish.kills > 0 && !stopped.aborted) {
    yield await next(chaosArgs(wish.seed, peopleForKills(wish.kills), wish.kills))
  }
  for (let seed = wish.seed + 1; performance.now() < endsAtMs && !stopped.aborted; seed++)
    yield await next(chaosArgs(seed, wish.people, chaosKills))
}

const chaosArgs = (seed: number, people: number, kills: number): string[] => [
  ...['demo', '--chaos', '--json', '--seed', String(seed)],
  ...['--people', String(people), '--kills', String(kills)],
]

const saidLines = 30

async function runRound(round: number, args: readonly string[], stopped: AbortSignal): Promise<SoakRound> {
  const startMs = performance.now()
  const child = spawn(process.execPath, [huidaProgram(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const end = (): void => void child.kill('SIGTERM')
  stopped.addEventListener('abort', end)
  const said: string[] = []
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out = (out + text).slice(-1_000_000)
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line)
    if (said.length > saidLines) said.shift()
  })
  const code = await new Promise<number | undefined>((resolve) => {
    child.once('close', (exitCode) => resolve(exitCode ?? undefined))
  })
  stopped.removeEventListener('abort', end)
  const seconds = Math.round((performance.now() - startMs) / 1000)
  return { round, command: args.join(' '), code, seconds, chaos: chaosOf(out), said: code === 0 ? [] : said }
}

function chaosOf(out: string): z.infer<typeof chaosFacts> | undefined {
  try {
    return chaosReport.parse(JSON.parse(out)).chaos
  } catch {
    return undefined
  }
}
