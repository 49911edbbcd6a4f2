/** What the platform does in a run: hands its batches in until they are answered, follows the feed, corrects, returns. */
import { listCorrections } from '../../../gateway/outcomes/correction-store.ts'
import { feedStart, parseCursor, readOutcomes } from '../../../gateway/outcomes/feed.ts'
import type { FeedCursor, Outcome } from '../../../gateway/outcomes/outcome.ts'
import { confirmReturns, decideReturns } from '../../../gateway/outcomes/treasury.ts'
import { listReturns } from '../../../gateway/outcomes/treasury-store.ts'
import { correctLine } from '../../demo/line-correction.ts'
import type { DemoLine } from '../../demo/people.ts'
import { type Draw, hashText } from '../../demo/seeded-draw.ts'
import { accountAt } from '../../demo/synthetic-identifiers.ts'
import { type Insistence, type InsistWorld, openInsistence } from './insist.ts'
import { handIn, type PlatformBatch, platformBatch } from './sim-platform.ts'
import { simClient } from './sim-world.ts'

/** The platform of one run. */
export interface PlatformDesk {
  readonly batches: readonly PlatformBatch[]
  /** Everything that the feed told, in its order. */
  readonly outcomes: readonly Outcome[]
  /** Begins with the first batches. */
  open(batches: readonly PlatformBatch[]): void
  /** True while it has something under way. */
  readonly busy: boolean
  /** Reads the feed to its end, in pages of a drawn size. */
  follow(): Promise<void>
  /** Files corrections, sends money back and books vouchers; true when there was anything to do. */
  work(): Promise<boolean>
}

/** What the desk is given. */
export interface DeskWorld extends InsistWorld {
  readonly seed: number
  readonly draw: Draw
}

/** What the desk remembers. */
interface Desk extends DeskWorld {
  readonly batches: PlatformBatch[]
  readonly outcomes: Outcome[]
  readonly corrected: Set<string>
  /** False for a platform that sends all money back instead of correcting anything. */
  readonly corrects: boolean
  readonly calls: Insistence
  cursor: FeedCursor
}

/** Opens the desk. */
export function openDesk(given: DeskWorld): PlatformDesk {
  const { draw } = given
  const desk: Desk = {
    ...given,
    batches: [],
    outcomes: [],
    corrected: new Set(),
    corrects: draw.chance(350),
    calls: openInsistence(given),
    cursor: feedStart,
  }
  return {
    batches: desk.batches,
    outcomes: desk.outcomes,
    get busy() {
      return desk.calls.busy
    },
    open(first) {
      for (const batch of first) submit(desk, batch, draw.below(20) * 60_000)
    },
    follow: () => follow(desk),
    async work() {
      if (desk.calls.busy) return true
      return (await fileCorrections(desk)) || (await bookVouchers(desk))
    },
  }
}

function submit(desk: Desk, batch: PlatformBatch, inMs: number): void {
  desk.batches.push(batch)
  desk.calls.insist(`hand in ${batch.batchNo}`, inMs, (needs) => handIn(needs, batch))
}

async function follow(desk: Desk): Promise<void> {
  for (;;) {
    const { db } = desk.world.assembly
    const page = await readOutcomes(db, simClient, desk.cursor, 1 + desk.draw.below(20))
    desk.outcomes.push(...page.outcomes)
    desk.cursor = parseCursor(page.next) ?? desk.cursor
    if (!page.more && page.outcomes.length === 0) return
  }
}

/** Corrects what is asked for, or sends its money back; true when there was anything. */
async function fileCorrections(desk: Desk): Promise<boolean> {
  const { batches, corrected, draw, seed, world } = desk
  const open = await listCorrections(world.assembly.db, simClient, 'open', 0n, 1000)
  const lines = open.flatMap(({ instructionId, reason }) => {
    const line = corrected.has(instructionId) ? undefined : lineOf(batches, instructionId)
    corrected.add(instructionId)
    return line ? [otherAccount(seed, correctLine(line, reason.code, attemptOf(line)))] : []
  })
  if (lines.length === 0) return false
  const no = batches.length + 1
  const gives = !desk.corrects || batches.length > 3 || draw.chance(300)
  if (gives)
    decide(
      desk,
      lines.flatMap(({ replaces }) => replaces ?? []),
    )
  else submit(desk, platformBatch(`S${seed}-C${no}`, `2026-C${no}`, lines), draw.below(3) * 60_000)
  return true
}

function lineOf(batches: readonly PlatformBatch[], instructionId: string): DemoLine | undefined {
  for (const { lines } of batches) {
    const line = lines.find((one) => one.instructionId === instructionId)
    if (line) return line
  }
  return undefined
}

function decide(desk: Desk, ids: readonly string[]): void {
  const decision = { by: 'treasurer', reason: 'not to be corrected' }
  const name = `return ${ids[0]} and ${ids.length - 1} more`
  desk.calls.insist(name, desk.draw.below(60_000), async (needs) => {
    await decideReturns(needs, simClient, ids, decision)
  })
}

/** Books everything that waits for its voucher; true when there was anything. */
async function bookVouchers(desk: Desk): Promise<boolean> {
  const pending = await listReturns(desk.world.assembly.db, simClient, 'pending', 0n, 1000)
  if (pending.length === 0) return false
  const ids = pending.map(({ instructionId }) => instructionId)
  const voucher = { no: `V-${desk.seed}-${pending[0]?.returnId}`, date: '2026-11-30', by: 'treasurer' }
  const name = `book ${ids[0]} and ${ids.length - 1} more`
  desk.calls.insist(name, desk.draw.below(60_000), async (needs) => {
    await confirmReturns(needs, simClient, ids, voucher)
  })
  return true
}

/** Which attempt a correction of a line is. */
const attemptOf = ({ instructionId }: DemoLine): number =>
  Number(/-R(\d+)$/.exec(instructionId)?.[1] ?? '0') + 1

/** Every instruction of a run has an account of its own, so that the banks' books tell them apart. */
function otherAccount(seed: number, line: DemoLine): DemoLine {
  const own = hashText(`${seed} ${line.instructionId}`) >>> 0
  return { ...line, payeeAccount: accountAt(own, 1, line.bank) }
}
