/** What one run is about, drawn from its seed: which banks, which batches of whom, how the banks behave. */
import { type DemoLine, generateLines } from '../../demo/people.ts'
import { type Draw, drawOf, hashText } from '../../demo/seeded-draw.ts'
import { type PlatformBatch, platformBatch } from './sim-platform.ts'

/** A run before it begins. */
export interface Scenario {
  readonly seed: number
  /** Codes of the banks that take part. */
  readonly banks: readonly string[]
  readonly batches: readonly PlatformBatch[]
}

/** Streams of chance of one run; each for one purpose, so that one more draw here changes nothing there. */
export interface Streams {
  readonly scenario: Draw
  readonly course: Draw
  readonly faults: Draw
  readonly banks: Draw
  readonly platform: Draw
}

/** The streams of a seed. */
export function streamsOf(seed: number): Streams {
  const of = (purpose: string): Draw => drawOf(hashText(`simulation ${purpose}`), seed)
  return {
    scenario: of('scenario'),
    course: of('course'),
    faults: of('faults'),
    banks: of('banks'),
    platform: of('platform'),
  }
}

/** The streams of kinds of faults that have one of their own. */
export const ownStream =
  (seed: number) =>
  (kind: string): Draw =>
    drawOf(hashText(`simulation ${kind}`), seed)

/** Draws a scenario of 5 to 30 people at two or three of the banks, each with a file or two. */
export function drawScenario(seed: number, all: readonly string[], draw: Draw): Scenario {
  const banks = [...all]
  const wanted = draw.chance(250) ? 3 : 2
  while (banks.length > wanted) banks.splice(draw.below(banks.length), 1)
  const batches = Array.from({ length: draw.chance(150) ? 2 : 1 }, (_, at) =>
    batchOf(seed, banks, `S${seed}-${at + 1}`, at, 5 + draw.below(11)),
  )
  return { seed, banks, batches }
}

/** When a run begins: on working days and before weekends, in and outside of bank hours. */
export const drawStart = (seed: number): Date =>
  new Date(drawOf(hashText('simulation start'), seed).pick(starts))

const starts = [
  '2026-11-17T09:50:00+08:00',
  '2026-11-18T16:40:00+08:00',
  '2026-11-19T08:10:00+08:00',
  '2026-11-20T15:30:00+08:00',
]

/** A small scenario that is always the same, for the runs in which the n-th call fails. */
export const smallScenario = (banks: readonly string[]): Scenario => ({
  seed: 0,
  banks,
  batches: [batchOf(0, banks, 'S0-1', 0, 6)],
})

function batchOf(
  seed: number,
  banks: readonly string[],
  batchNo: string,
  at: number,
  people: number,
): PlatformBatch {
  const plan = {
    people,
    seed: `${seed} ${at}`,
    batchNo,
    region: '430621',
    banks: banks.map((code) => ({ code, share: 1 })),
  }
  return platformBatch(batchNo, `2026-${at + 1}`, [...generateLines(plan)].map(writable))
}

const givenNames = [...'甲乙丙丁戊己庚辛壬癸']

/** Names that every bank can write: lines held for their characters are another matter. */
const writable = (line: DemoLine, index: number): DemoLine => ({
  ...line,
  payeeName: `李${givenNames[index % givenNames.length] ?? '甲'}`,
})
