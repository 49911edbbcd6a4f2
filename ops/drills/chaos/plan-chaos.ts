/**
 * The plan of a run of chaos, made from a seed alone: the same seed plans the same disturbances in the same order with
 * the same pauses. What they hit at that moment is up to the machine.
 */
import { type Draw, drawOf, hashText } from '../../demo/seeded-draw.ts'
import { type Disturbance, type DisturbanceKind, disturbanceKinds } from './disturbance.ts'

/** What to plan. */
export interface ChaosWish {
  readonly seed: number
  /** SIGKILLs of the gateway's own processes, about one in five of them of the API. */
  readonly kills: number
  /** Times that each other kind is done; one for every eight kills, 1 to 4, unless told. */
  readonly othersOfEach?: number
  /** Kinds that cannot be done here, such as Redis where there is none. */
  readonly without?: readonly DisturbanceKind[]
  /** Shortest and longest pause before each; 500 to 2000 unless told. */
  readonly pauseMs?: readonly [number, number]
}

const kills: readonly DisturbanceKind[] = ['kill-api', 'kill-worker']
const longestMs = 4_000

/** Plans the disturbances in their order. Throws a RangeError for a number of kills that is not a whole one from 0. */
export function planChaos(wish: ChaosWish): readonly Disturbance[] {
  if (!Number.isSafeInteger(wish.kills) || wish.kills < 0) throw new RangeError('kills is a whole number')
  const draw = drawOf(hashText('chaos'), wish.seed)
  const [shortest, longest] = wish.pauseMs ?? [500, 2_000]
  return shuffled(kindsOf(wish, draw), draw).map((kind) => ({
    kind,
    afterMs: shortest + draw.below(longest - shortest + 1),
    pick: draw.below(1_000_000),
    lastsMs: 1_000 + draw.below(longestMs - 1_000),
  }))
}

function kindsOf(wish: ChaosWish, draw: Draw): DisturbanceKind[] {
  const each = wish.othersOfEach ?? Math.min(4, Math.max(1, Math.round(wish.kills / 8)))
  const others = disturbanceKinds.filter((kind) => !kills.includes(kind) && !wish.without?.includes(kind))
  return [
    ...Array.from(
      { length: wish.kills },
      (): DisturbanceKind => (draw.below(5) === 0 ? 'kill-api' : 'kill-worker'),
    ),
    ...others.flatMap((kind) => Array.from({ length: each }, () => kind)),
  ]
}

function shuffled<Item>(items: readonly Item[], draw: Draw): Item[] {
  const left = [...items]
  const order: Item[] = []
  while (left.length > 0) order.push(...left.splice(draw.below(left.length), 1))
  return order
}
