/**
 * A bank that has a file owes a result, and an acknowledgement where that was agreed. Entered in the transaction that
 * records the delivery, together with the time at which somebody will ask for it.
 */
import type { ContractedBank } from '../../banks/bank-book.ts'
import { dueTime } from '../../banks/due-time.ts'
import { addDueWork } from '../../ledger/due-work-store.ts'
import type { Needs } from '../../needs.ts'
import type { Queryable } from '../../store/pool.ts'
import { closeExceptions } from '../own-exception-store.ts'
import { enterObligation, markMet, type ObligationKind } from './obligation-store.ts'

/** What entering debts uses. */
export type OweNeeds = Pick<Needs, 'calendar'>

/** Enters what a bank owes for a file that was handed over at `at`; a debt that is there keeps its time. */
export async function owe(
  tx: Queryable,
  needs: OweNeeds,
  { agreement }: ContractedBank,
  { fileId }: { readonly fileId: number },
  at: Date,
): Promise<void> {
  const { result, acknowledgement } = agreement
  const debts: readonly { kind: ObligationKind; terms: typeof result }[] = [
    { kind: 'result', terms: result },
    ...(acknowledgement ? [{ kind: 'acknowledgement', terms: acknowledgement } as const] : []),
  ]
  let first: Date | undefined
  for (const { kind, terms } of debts) {
    const when = dueTime(terms, agreement, needs.calendar, at)
    await enterObligation(tx, fileId, kind, when.at, when.missingYear)
    if (first === undefined || when.at < first) first = when.at
  }
  await addDueWork(tx, 'chase', fileId, first ?? at)
}

/** Notes that a debt was met; what was told of its being late closes by itself. */
export async function meetObligation(
  tx: Queryable,
  fileId: number,
  kind: ObligationKind,
  at: Date,
): Promise<void> {
  if (!(await markMet(tx, fileId, kind, at))) return
  const kinds =
    kind === 'result' ? (['result-late', 'queries-used-up'] as const) : (['acknowledgement-late'] as const)
  await closeExceptions(tx, { kinds, fileId }, `the bank gave its ${kind}`, at)
}
