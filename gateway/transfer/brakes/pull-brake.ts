/**
 * Pulls and lifts brakes. A pull owns the send gate in the transaction that enters the brake: when it has returned, no
 * file that the brake covers gets leave for its final name any more. A rename whose leave was committed before may still be
 * on its way to the bank. Lifting makes everything due that waited.
 */
import { recordAct } from '../../audit-store.ts'
import { addDueWork } from '../../ledger/due-work-store.ts'
import type { Needs } from '../../needs.ts'
import type { Wake } from '../../run-step.ts'
import type { Db, Tx } from '../../store/pool.ts'
import { inTransaction } from '../../store/transaction.ts'
import type { Brake, BrakeHand, BrakeScope, ShownBrake } from './brake.ts'
import * as store from './brake-store.ts'

/** What brakes use. */
export type BrakeNeeds = Pick<Needs, 'db' | 'clock'>

/** `standing`: an equal brake stood already and was left as it is. */
export type PullResult = { readonly kind: 'pulled' | 'standing'; readonly brake: Brake }

/** Pulls a brake. Waits for releases that began before; throws COMMIT_UNKNOWN when it has to be pulled again to be sure. */
export const pullBrake = (needs: BrakeNeeds, scope: BrakeScope, hand: BrakeHand): Promise<PullResult> =>
  inTransaction(needs.db, (tx) => pullBrakeIn(tx, needs.clock.now(), scope, hand))

/** The same inside a transaction of the caller's, which holds up every release until it ends. */
export async function pullBrakeIn(tx: Tx, at: Date, scope: BrakeScope, hand: BrakeHand): Promise<PullResult> {
  await store.closeSendGate(tx)
  const brakeId = await store.insertBrake(tx, scope, 'person', hand, at)
  const brake = await store.findStanding(tx, scope, 'person', hand.via ?? 'operator')
  if (!brake) throw new Error('a brake that was just pulled does not stand')
  if (brakeId === undefined) return { kind: 'standing', brake }
  await recordAct(tx, at, hand.by, 'brake.pulled', subjectText(scope), { brakeId, reason: hand.reason })
  return { kind: 'pulled', brake }
}

/** `restored`: only the comparison with the bank lifts that one. */
export type LiftResult =
  | { readonly kind: 'lifted'; readonly wakes: readonly Wake[] }
  | { readonly kind: 'not-standing' }
  | { readonly kind: 'restored' }

/** Lifts a brake that a person pulled. */
export const liftBrake = (needs: BrakeNeeds, brakeId: bigint, hand: BrakeHand): Promise<LiftResult> =>
  inTransaction(needs.db, async (tx) => {
    const brake = await store.findBrake(tx, brakeId)
    if (!brake) return { kind: 'not-standing' }
    if (brake.cause === 'restored') return { kind: 'restored' }
    return liftIn(tx, needs.clock.now(), brake, hand)
  })

/** Lifts any brake inside a transaction of the caller's, and makes the files due that it covered. */
export async function liftIn(tx: Tx, at: Date, brake: Brake, hand: BrakeHand): Promise<LiftResult> {
  const { brakeId, scope } = brake
  if (!(await store.markLifted(tx, brakeId, hand, at))) return { kind: 'not-standing' }
  await recordAct(tx, at, hand.by, 'brake.lifted', subjectText(scope), { brakeId, reason: hand.reason })
  const wakes: Wake[] = []
  for (const fileId of await store.filesUnder(tx, brakeId)) {
    await addDueWork(tx, 'send', fileId, at)
    // The sweep finds the rest; a queue is not flooded with what cannot run at once anyway.
    if (wakes.length < mostWakes) wakes.push({ step: 'send', subject: String(fileId) })
  }
  return { kind: 'lifted', wakes }
}

const mostWakes = 500

/** Every brake that stands. */
export const listBrakes = (db: Db): Promise<ShownBrake[]> => store.listStanding(db)

/** A scope in one word for the audit trail. */
export function subjectText(scope: BrakeScope): string {
  switch (scope.kind) {
    case 'everything':
      return 'everything'
    case 'bank':
      return `bank ${scope.bankNo}`
    case 'batch':
      return `batch ${scope.batchId}`
    case 'programme':
      return `programme ${scope.programme}`
    case 'region':
      return `region ${scope.region}`
    default:
      return scope satisfies never
  }
}
