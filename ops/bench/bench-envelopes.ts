/**
 * What sealing and opening cost, beside the floor of digest and cipher alone and beside openssl and gpg over the same
 * bytes in the same run: seconds and the peak memory of a process that does nothing else.
 */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { benchContent } from './bench-people.ts'
import { type BenchFamily, makeBenchParties } from './envelope-parties.ts'
import type { Way } from './envelope-work.ts'
import { type Cost, runJob } from './measured-process.ts'
import { type OutsideTool, outsideTool } from './outside-tools.ts'
import { median } from './turns.ts'

/** One family, size and way; ratios are our seconds over theirs, so that less is better. */
export interface EnvelopeFigures {
  readonly family: BenchFamily
  readonly way: Way
  readonly megabytes: number
  readonly ours: Cost
  readonly floor: Cost
  readonly timesFloor: number
  /** Name of the command beside us; its cost is absent where it is missing on this machine. */
  readonly command: string
  readonly outside?: Cost
  readonly timesOutside?: number
}

/** What is measured. */
export interface EnvelopeBench {
  readonly families: readonly BenchFamily[]
  /** Sizes of the content in MB of 10^6 bytes. */
  readonly sizesMb: readonly number[]
  readonly turns: number
}

/** Measures one after the other; `tell` hears what is under way. */
export async function benchEnvelopes(
  { families, sizesMb, turns }: EnvelopeBench,
  tell: (text: string) => void,
): Promise<EnvelopeFigures[]> {
  const figures: EnvelopeFigures[] = []
  for (const family of families)
    for (const megabytes of sizesMb) {
      tell(`${family}, ${megabytes} MB`)
      figures.push(...(await inOwnFolder((folder) => benchFamily(family, { folder, megabytes, turns }))))
    }
  return figures
}

/** A folder that goes away whatever happens. */
export async function inOwnFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'huida-bench-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes made-up payment lines, UTF-8, to a file of so many MB. */
export async function writeBenchFile(path: string, megabytes: number): Promise<void> {
  await pipeline(benchContent(megabytes * 1e6), createWriteStream(path))
}

interface Place {
  readonly folder: string
  readonly megabytes: number
  readonly turns: number
}

async function benchFamily(family: BenchFamily, place: Place): Promise<EnvelopeFigures[]> {
  const { folder, megabytes } = place
  const inPath = join(folder, 'content')
  await writeBenchFile(inPath, megabytes)
  const parties = await makeBenchParties(family, folder)
  const tool = await outsideTool(family, folder, inPath)
  const there = 'missing' in tool ? undefined : tool
  const scratchFolder = join(folder, 'scratch')
  const [sealed, out] = [join(folder, 'sealed'), join(folder, 'out')]
  const jobs = {
    seal: { terms: parties.us, files: { inPath, outPath: sealed, scratchFolder } },
    open: { terms: parties.bank, files: { inPath: sealed, outPath: out, scratchFolder } },
  }
  try {
    const figures: EnvelopeFigures[] = []
    for (const way of ['seal', 'open'] as const) {
      const { terms, files } = jobs[way]
      const ours = (): Promise<Cost> => runJob({ family, way, terms, files })
      const floor = (): Promise<Cost> => runJob({ family, way, files: { ...files, inPath } })
      const costs = await inTurns({ ours, floor, outside: there?.[way] }, place.turns)
      figures.push({ family, way, megabytes, command: tool.command, ...costs })
    }
    return figures
  } finally {
    await there?.end()
  }
}

interface Works {
  readonly ours: () => Promise<Cost>
  readonly floor: () => Promise<Cost>
  readonly outside: OutsideTool[Way] | undefined
}

/** Turns alternate, so that all meet the same weather; the median of seconds and the greatest peak count. */
async function inTurns({ ours, floor, outside }: Works, turns: number) {
  const costs: { ours: Cost[]; floor: Cost[]; outside: Cost[] } = { ours: [], floor: [], outside: [] }
  for (let turn = 0; turn < turns; turn++) {
    costs.ours.push(await ours())
    costs.floor.push(await floor())
    if (outside !== undefined) costs.outside.push(await outside())
  }
  const [our, their, least] = [summed(costs.ours), summed(costs.outside), summed(costs.floor)]
  const beside = { outside: their, timesOutside: ratio(our, their) }
  return {
    ours: our,
    floor: least,
    timesFloor: ratio(our, least),
    ...(outside !== undefined && beside),
  }
}

const summed = (costs: readonly Cost[]): Cost => ({
  seconds: median(costs.map(({ seconds }) => seconds)),
  peakBytes: Math.max(0, ...costs.map(({ peakBytes }) => peakBytes)),
})

const ratio = (one: Cost, other: Cost): number => Math.round((100 * one.seconds) / other.seconds) / 100
