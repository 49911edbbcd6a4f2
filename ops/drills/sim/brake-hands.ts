/**
 * People who pull brakes and lift them again. The promise that is held against the banks: once a pull has returned, no
 * file that it covers gets its final name any more, but for those that had their leave to be renamed before.
 */
import { bankNo, batchId } from '../../../gateway/ledger/batch.ts'
import { inTransaction } from '../../../gateway/store/transaction.ts'
import type { BrakeScope } from '../../../gateway/transfer/brakes/brake.ts'
import { liftBrake, pullBrakeIn, subjectText } from '../../../gateway/transfer/brakes/pull-brake.ts'
import type { Draw } from '../../demo/seeded-draw.ts'
import { type FileScope, readAcceptedIds, readFileScopes, readGivenLeaves } from './brake-hands-store.ts'
import type { Chaos } from './fault-kinds.ts'
import type { Published } from './final-names.ts'
import { type Insistence, type InsistWorld, openInsistence } from './insist.ts'
import type { PlatformBatch } from './sim-platform.ts'
import type { Violation } from './violation.ts'

/** The hands at the brakes of one run. */
export interface BrakeHands {
  /** One step of the run: somebody may come to pull. */
  maybePull(): void
  /** Lifts everything that stands. */
  liftAll(): void
  /** A file got its final name. */
  published(file: Published): void
  /** Files that got their final names in spite of a brake. */
  breaches(): Promise<Violation[]>
}

/** What the hands are given. */
export interface BrakeWorld extends InsistWorld {
  readonly chaos: Chaos
  readonly bankNos: readonly number[]
  readonly batches: readonly PlatformBatch[]
}

interface Standing {
  readonly brakeId: bigint
  readonly scope: BrakeScope
  /** Sendings that had their leave when it was pulled, as `leaveOf` writes them. */
  readonly given: ReadonlySet<string>
}

const minuteMs = 60_000
const hand = { by: 'sim-operator', reason: 'a drill' }
const programme = 'FARMLAND-2026'

/** A sending in one word. */
const leaveOf = ({ bank, name, attempt }: Published): string => `${bank} ${name} ${attempt}`

/** The hands with what they remember. */
interface Hands extends BrakeWorld {
  readonly calls: Insistence
  readonly standing: Map<bigint, Standing>
  /** Scopes at which somebody is: nobody else pulls or lifts there meanwhile. */
  readonly busy: Set<string>
  /** Files that got their final names while brakes stood that had not seen their leave. */
  readonly suspects: { readonly file: Published; readonly under: readonly Standing[] }[]
}

/** Nobody has pulled anything yet. */
export function openBrakeHands(given: BrakeWorld): BrakeHands {
  const { chaos, agenda, world, trace } = given
  const hands: Hands = {
    ...given,
    calls: openInsistence(given),
    standing: new Map(),
    busy: new Set(),
    suspects: [],
  }
  const { standing, suspects } = hands
  return {
    maybePull() {
      if (!chaos.tempts('brake')) return
      const act = (): Promise<void> => come(hands)
      agenda.add({ at: world.clock.now(), name: 'somebody comes to pull', outside: true, act })
    },
    liftAll() {
      for (const brake of standing.values()) lift(hands, brake)
    },
    published(file) {
      const under = [...standing.values()].filter((brake) => !brake.given.has(leaveOf(file)))
      if (under.length === 0) return
      trace.note(`${file.name} passes ${under.length} brakes`)
      suspects.push({ file, under })
    },
    async breaches() {
      if (suspects.length === 0) return []
      const files = await readFileScopes(world.assembly.db)
      const scopes = new Map(files.map((one) => [`${one.bank} ${one.name}`, one]))
      return suspects.flatMap(({ file, under }) =>
        breach(file, under, scopes.get(`${file.bank} ${file.name}`)),
      )
    },
  }
}

async function come(hands: Hands): Promise<void> {
  const scope = await drawScope(hands, hands.chaos.drawOf('brake'))
  if (scope && !hands.busy.has(subjectText(scope))) pull(hands, scope)
}

function pull(hands: Hands, scope: BrakeScope): void {
  const { chaos, calls, world, standing, busy } = hands
  const subject = subjectText(scope)
  const liftMs = chaos.drawOf('brake').below(90) * minuteMs
  busy.add(subject)
  chaos.count('brake')
  calls.insist(`pull ${subject}`, 0, async () => {
    const pulled = await inTransaction(world.assembly.db, async (tx) => {
      const { brake } = await pullBrakeIn(tx, world.clock.now(), scope, hand)
      return { brakeId: brake.brakeId, scope, given: new Set((await readGivenLeaves(tx)).map(leaveOf)) }
    })
    standing.set(pulled.brakeId, pulled)
    liftLater(hands, pulled, liftMs)
  })
}

function liftLater(hands: Hands, brake: Standing, inMs: number): void {
  const { agenda, world, standing } = hands
  const at = new Date(world.clock.now().getTime() + inMs)
  const act = (): void => {
    if (standing.has(brake.brakeId)) lift(hands, brake)
  }
  agenda.add({ at, name: `${subjectText(brake.scope)} may go on`, outside: true, act })
}

/** From the moment in which somebody goes to lift it, nothing is expected of a brake any more. */
function lift({ calls, world, gateway, standing, busy }: Hands, { brakeId, scope }: Standing): void {
  const subject = subjectText(scope)
  calls.insist(`lift ${subject}`, 0, async () => {
    standing.delete(brakeId)
    const end = await liftBrake(world.assembly, brakeId, hand)
    if (end.kind === 'lifted') gateway.wake(end.wakes)
    busy.delete(subject)
  })
}

/** What somebody wants to stop; undefined for a batch while there is none. */
async function drawScope(
  { bankNos, batches, world }: BrakeWorld,
  draw: Draw,
): Promise<BrakeScope | undefined> {
  switch (draw.pick(['bank', 'bank', 'batch', 'programme', 'region', 'everything'] as const)) {
    case 'bank':
      return { kind: 'bank', bankNo: bankNo(draw.pick(bankNos)) }
    case 'batch': {
      const ids = await readAcceptedIds(world.assembly.db)
      return ids.length === 0 ? undefined : { kind: 'batch', batchId: batchId(draw.pick(ids)) }
    }
    case 'programme':
      return { kind: 'programme', programme }
    case 'region': {
      const { region } = draw.pick(draw.pick(batches).lines)
      return { kind: 'region', region: region.slice(0, draw.pick([2, 6, 9, 12])) }
    }
    case 'everything':
      return { kind: 'everything' }
  }
}

function breach(file: Published, under: readonly Standing[], scope: FileScope | undefined): Violation[] {
  return under.flatMap((brake) =>
    scope === undefined || covers(brake.scope, scope)
      ? [
          {
            invariant: 'brake',
            what: `${file.bank} was given ${file.name} (${file.attempt}) past the brake on ${subjectText(brake.scope)}`,
          },
        ]
      : [],
  )
}

/** What a brake holds, told here once more and not asked of the gateway. */
function covers(scope: BrakeScope, file: FileScope): boolean {
  switch (scope.kind) {
    case 'everything':
      return true
    case 'bank':
      return scope.bankNo === file.bankNo
    case 'batch':
      return scope.batchId === file.batchId
    case 'programme':
      return scope.programme === file.programme
    case 'region':
      return file.regions.some((region) => region.startsWith(scope.region))
    default:
      return scope satisfies never
  }
}
