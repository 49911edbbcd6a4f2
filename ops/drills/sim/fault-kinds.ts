/** The faults that a simulation can inject, and how hard one run is hit: chosen by its seed, so that runs differ. */
import type { Draw } from '../../demo/seeded-draw.ts'

/** Every kind, with what happens. */
export const faultKinds = {
  line: 'an SFTP line breaks before a request is done, or after it was done and before its answer',
  hang: 'a bank never answers a request; done or not, our deadline ends the line',
  late: 'a request takes effect at the bank long after our deadline ended the line',
  status: 'a bank refuses a request with an SFTP status',
  lying: 'a bank refuses a request that it has carried out',
  partial: 'a line breaks in the middle of a block',
  outage: 'a bank cannot be reached for a while',
  taken: 'another file lies under a final name of ours',
  database: 'a statement fails, or its answer is lost',
  commit: 'the line to PostgreSQL breaks while committing, before or after it counts',
  crash: 'an instance ends at a call, as by SIGKILL, and another life of it begins later',
  stall: 'a worker stops for longer than its lease and wakes up after another took its work over',
  wakes: 'wake-ups are lost or doubled',
  sms: 'the SMS provider is busy, loses an answer, or cannot tell',
  answers: 'a bank answers early, in pieces, twice, cut off, with unknown codes, or contradicts itself',
  refusal: 'a bank refuses a file whole',
  brake: 'a person pulls a brake on a bank, a batch, a programme, a region or everything, and lifts it later',
  resolution: 'a person resolves an open exception with evidence that agrees with the books of the bank',
} as const

/** One of them. */
export type FaultKind = keyof typeof faultKinds

/** True for the name of a kind. */
export const isFaultKind = (name: string): name is FaultKind => Object.hasOwn(faultKinds, name)

/** All names, in the order in which people read them. */
export const allFaultKinds: readonly FaultKind[] = Object.keys(faultKinds).filter(isFaultKind)

/** How many of a thousand opportunities become a fault, before a run's own strength is applied. */
const usualPermille: Readonly<Record<FaultKind, number>> = {
  line: 16,
  hang: 8,
  late: 12,
  status: 8,
  lying: 10,
  partial: 40,
  outage: 4,
  taken: 120,
  database: 3,
  commit: 12,
  crash: 3,
  stall: 10,
  wakes: 100,
  sms: 120,
  answers: 350,
  refusal: 60,
  brake: 4,
  resolution: 15,
}

/** Kinds that draw from streams of their own: whatever they do, the chance of all others goes on as without them. */
const ownStreams: ReadonlySet<FaultKind> = new Set(['taken', 'brake', 'resolution'])

/** Decides, opportunity by opportunity, whether a fault happens, and counts what happened. */
export interface Chaos {
  /** True when a fault of this kind is to happen now. */
  strikes(kind: FaultKind): boolean
  /** The same without counting it, for what may come to nothing; `count` counts what did happen. */
  tempts(kind: FaultKind): boolean
  count(kind: FaultKind): void
  /** True when this run has the kind at all, even after its faults ended. */
  has(kind: FaultKind): boolean
  /** Ends all faults: from here on the world only heals. */
  end(): void
  readonly draw: Draw
  /** For what a kind with a stream of its own has to choose. */
  drawOf(kind: FaultKind): Draw
  readonly counts: ReadonlyMap<FaultKind, number>
}

/**
 * Chaos of one run over the kinds that are allowed. Each kind is left out of some runs and strong in others, since two
 * rare faults that meet find more than all of them at once. `ownStream` makes the stream of a kind that has its own.
 */
export function openChaos(
  draw: Draw,
  allowed: ReadonlySet<FaultKind>,
  ownStream: (kind: FaultKind) => Draw = () => draw,
): Chaos {
  const own = new Map([...ownStreams].map((kind) => [kind, ownStream(kind)]))
  const drawOf = (kind: FaultKind): Draw => own.get(kind) ?? draw
  const permille = drawStrengths(draw, drawOf, allowed)
  const counts = new Map<FaultKind, number>()
  let ended = false
  const tempts = (kind: FaultKind): boolean => {
    const share = ended ? 0 : (permille.get(kind) ?? 0)
    return share > 0 && drawOf(kind).chance(share)
  }
  const count = (kind: FaultKind): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return {
    draw,
    drawOf,
    counts,
    count,
    tempts,
    has: (kind) => (permille.get(kind) ?? 0) > 0,
    end() {
      ended = true
    },
    strikes(kind) {
      if (!tempts(kind)) return false
      count(kind)
      return true
    },
  }
}

function drawStrengths(
  draw: Draw,
  drawOf: (kind: FaultKind) => Draw,
  allowed: ReadonlySet<FaultKind>,
): ReadonlyMap<FaultKind, number> {
  const strengths = [0, 0, 1, 1, 1, 2, 4]
  return new Map(
    allFaultKinds.map((kind) => {
      // The kinds of the first simulations draw one after the other, so that their seeds keep their strengths.
      const strength = (laterKinds.has(kind) ? drawOf(kind) : draw).pick(strengths)
      return [kind, allowed.has(kind) ? Math.min(1000, usualPermille[kind] * strength) : 0]
    }),
  )
}

const laterKinds: ReadonlySet<FaultKind> = new Set(['brake', 'resolution'])

/** A world in which nothing goes wrong. */
export const noChaos = (draw: Draw): Chaos => openChaos(draw, new Set())
