/** Sends money back to the treasury on a person's decision, and ends the return when the treasury has booked it. */
import { type InstructionState, inDoubtStates, instructionMoves } from '../ledger/instruction-states.ts'
import { moveMoney } from '../ledger/position-store.ts'
import type { Needs } from '../needs.ts'
import type { Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import { hasOpenDoubt } from './resolution/doubt-store.ts'
import { findInstruction } from './resolution/standing-line-store.ts'
import * as store from './treasury-store.ts'

/** Why an instruction was left as it is. */
export type TreasuryRefusal = 'NOT_FOUND' | 'IN_DOUBT' | 'NOT_OPEN' | 'ALREADY_RETURNED'

/** What was done, instruction by instruction: one bad id does not keep back the others. */
export interface TreasuryReport {
  readonly done: readonly string[]
  readonly refused: readonly { readonly instructionId: string; readonly code: TreasuryRefusal }[]
}

type TreasuryNeeds = Pick<Needs, 'db' | 'clock'>
type Act = (of: store.StandingInstruction) => Promise<TreasuryRefusal | undefined>

/** A person decides that money of these instructions goes back. Impossible while anything about them is in doubt (R8). */
export function decideReturns(
  needs: TreasuryNeeds,
  client: string,
  instructionIds: readonly string[],
  decision: { by: string; reason: string },
): Promise<TreasuryReport> {
  return inTransaction(needs.db, (tx) =>
    decideReturnsIn(tx, needs.clock.now(), client, instructionIds, decision),
  )
}

/** `decideReturns` inside a transaction of the caller's, which may keep its report beside it. */
export function decideReturnsIn(
  tx: Tx,
  at: Date,
  client: string,
  instructionIds: readonly string[],
  decision: { by: string; reason: string },
): Promise<TreasuryReport> {
  return forEach(tx, client, instructionIds, async (of) => {
    if (of.state !== 'failed' && of.state !== 'returned' && of.state !== 'correcting' && of.state !== 'held')
      return refusalFor(of.state)
    if (await hasOpenDoubt(tx, of)) return 'IN_DOUBT'
    await store.openDecidedReturn(tx, client, of, { ...decision, at })
    await move(
      tx,
      of,
      'treasury_pending',
      `${instructionMoves[of.state].treasury_pending}: ${decision.reason}`,
      decision.by,
      at,
    )
    return undefined
  })
}

/** The treasury has booked the refund of these instructions under a voucher. */
export function confirmReturns(
  needs: TreasuryNeeds,
  client: string,
  instructionIds: readonly string[],
  voucher: { no: string; date: string; by: string },
): Promise<TreasuryReport> {
  return inTransaction(needs.db, (tx) =>
    confirmReturnsIn(tx, needs.clock.now(), client, instructionIds, voucher),
  )
}

/** `confirmReturns` inside a transaction of the caller's, which may keep its report beside it. */
export function confirmReturnsIn(
  tx: Tx,
  at: Date,
  client: string,
  instructionIds: readonly string[],
  voucher: { no: string; date: string; by: string },
): Promise<TreasuryReport> {
  return forEach(tx, client, instructionIds, async (of) => {
    if (of.state !== 'treasury_pending')
      return of.state === 'treasury_returned' ? 'ALREADY_RETURNED' : refusalFor(of.state)
    if (await hasOpenDoubt(tx, of)) return 'IN_DOUBT'
    if (!(await store.endReturn(tx, of, { ...voucher, at }))) return 'ALREADY_RETURNED'
    await move(
      tx,
      of,
      'treasury_returned',
      instructionMoves.treasury_pending.treasury_returned,
      voucher.by,
      at,
    )
    return undefined
  })
}

const refusalFor = (state: InstructionState): TreasuryRefusal =>
  inDoubtStates.some((doubtful) => doubtful === state) ? 'IN_DOUBT' : 'NOT_OPEN'

/** What has no state of its own waits, is in flight or is paid: money that is in flight may yet be paid. */
async function ordinaryRefusal(tx: Tx, client: string, instructionId: string): Promise<TreasuryRefusal> {
  const line = await findInstruction(tx, instructionId, client)
  return line ? refusalFor(line.state) : 'NOT_FOUND'
}

async function forEach(
  tx: Tx,
  client: string,
  instructionIds: readonly string[],
  act: Act,
): Promise<TreasuryReport> {
  const done: string[] = []
  const refused: TreasuryReport['refused'][number][] = []
  // In order of id, so that two people who decide on the same list cannot lock each other out.
  for (const instructionId of [...new Set(instructionIds)].sort()) {
    const of = await store.lockStanding(tx, client, instructionId)
    const code = of ? await act(of) : await ordinaryRefusal(tx, client, instructionId)
    if (code) refused.push({ instructionId, code })
    else done.push(instructionId)
  }
  return { done, refused }
}

async function move(
  tx: Tx,
  of: store.StandingInstruction,
  to: 'treasury_pending' | 'treasury_returned',
  cause: string,
  actor: string,
  at: Date,
): Promise<void> {
  await store.moveStanding(tx, of, to, { cause, actor, at })
  await moveMoney(tx, {
    batchId: of.batchId,
    bankNo: of.bankNo,
    from: of.state,
    to,
    count: 1,
    amountFen: of.amountFen,
    cause,
    actor,
    businessAt: at,
  })
}
