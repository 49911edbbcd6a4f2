/** Sends what failed or came back on its way: corrections asked for, treasury returns opened, the rest left for people. */
import { Fault } from '../faults.ts'
import { findBatch } from '../ledger/batch-store.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import { instructionMoves } from '../ledger/instruction-states.ts'
import { moveMoney } from '../ledger/position-store.ts'
import type { Needs } from '../needs.ts'
import type { StepEnd } from '../run-step.ts'
import type { Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import { inboundMoves } from '../transfer/collect/inbound-file.ts'
import { moveInbound } from '../transfer/collect/inbound-store.ts'
import { decideRoute } from './decide-route.ts'
import * as store from './route-store.ts'

/** What routing uses. */
export type RouteNeeds = Pick<Needs, 'db' | 'clock'>

/** Step `route`: subject is a matched inbound file's number. */
export async function routeOutcomes(needs: RouteNeeds, subject: string, claim: Claim): Promise<StepEnd> {
  const inboundId = Number(subject)
  await inTransaction(needs.db, async (tx) => {
    const at = needs.clock.now()
    // An answer speaks of one batch, a statement perhaps of many.
    for (const group of await store.readUnrouted(tx, inboundId)) {
      const batch = await findBatch(tx, group.batchId)
      if (!batch) throw new Fault('INTERNAL', { reason: 'lines without their batch', inboundId })
      await routeGroup(tx, { batch, inboundId, at }, group)
    }
    await moveInbound(tx, inboundId, 'matched', 'closed', inboundMoves.matched.closed, at)
    await finishDueWork(tx, claim)
  })
  return { kind: 'done' }
}

async function routeGroup(tx: Tx, context: store.RouteContext, group: store.ReasonGroup): Promise<void> {
  const route = decideRoute(group.reasonCode, group.reasonClass)
  switch (route.kind) {
    case 'wait':
      return store.openCorrections(tx, context, group, route.wanted, route.fields)
    case 'correct':
      await store.openCorrections(tx, context, group, route.wanted, route.fields)
      return moveOn(tx, context, group, 'correcting')
    case 'treasury':
      await store.openTreasuryReturns(tx, context, group)
      return moveOn(tx, context, group, 'treasury_pending')
    default:
      return route satisfies never
  }
}

async function moveOn(
  tx: Tx,
  context: store.RouteContext,
  group: store.ReasonGroup,
  to: 'correcting' | 'treasury_pending',
): Promise<void> {
  const cause = instructionMoves[group.state][to]
  const moved = await store.moveGroup(tx, context, group, to, cause)
  await moveMoney(tx, {
    ...moved,
    batchId: context.batch.batchId,
    bankNo: group.bankNo,
    from: group.state,
    to,
    cause,
    actor: 'huida',
    businessAt: context.at,
    inboundId: context.inboundId,
  })
}
