/**
 * Tries returns again that a statement told before the bank had answered their lines: when the answer of the file is in,
 * the order in which the two came makes no difference any more.
 */
import type { ContractedBank } from '../../banks/bank-book.ts'
import type { Needs } from '../../needs.ts'
import { due, type Wake } from '../../run-step.ts'
import type { Tx } from '../../store/pool.ts'
import { closeExceptions } from '../../transfer/own-exception-store.ts'
import { applyMatches, findReturnLines } from './apply-returns.ts'
import { matchReturns } from './match-returns.ts'
import * as store from './return-store.ts'

/** What trying again uses. */
export type RetryNeeds = Pick<Needs, 'calendar'>

/** Matches the returns that wait for a file whose answer was just applied; its row is locked. Gives what to wake. */
export async function retryReturns(
  tx: Tx,
  needs: RetryNeeds,
  bank: ContractedBank,
  fileId: number,
  at: Date,
): Promise<readonly Wake[]> {
  const agreed = bank.agreement.statement
  const waiting = agreed ? await store.readWaitingReturns(tx, bank.bankNo, fileId) : []
  const wakes: Wake[] = []
  for (const { statement, returns } of waiting) {
    const rules = { calendar: needs.calendar, windowDays: agreed?.returnWindowDays ?? 0 }
    const told = { ...statement, at }
    // What else fits is looked at again, too: a return that two lines fit by now is left to people.
    const lines = await findReturnLines(tx, told, returns, rules)
    const matches = matchReturns(returns, lines, rules).flatMap((verdict) => {
      const line = verdict.kind === 'matched' ? lines.find(({ key }) => key === verdict.line.key) : undefined
      return verdict.kind === 'matched' && line?.fileId === fileId
        ? [{ entry: verdict.entry, line, by: verdict.by }]
        : []
    })
    if (matches.length === 0) continue
    await applyMatches(tx, told, matches)
    const { inboundId } = statement
    for (const { entry } of matches)
      await closeExceptions(
        tx,
        { kinds: ['orphan-return'], inboundId, lineNo: entry.lineNo },
        'the answer of its file arrived',
        at,
        { fileId },
      )
    wakes.push(await due(tx, 'route', inboundId, at))
  }
  return wakes
}
