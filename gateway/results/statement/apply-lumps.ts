/**
 * Reconciles files that the bank booked as one sum with their debit and their one refund. Nothing moves: the rows were
 * settled by their answer. A refund that fits no file, or another amount than failed, is told to people.
 */
import type { Tx } from '../../store/pool.ts'
import { openException } from '../../transfer/exception-store.ts'
import type { ReturnRules } from './apply-returns.ts'
import * as store from './lump-store.ts'
import { type LumpVerdict, matchLumps } from './match-lumps.ts'
import type { StatementRef } from './statement-store.ts'

/** Looks at all that is open of the account, so that a refund may come before, with or after its file's answer. */
export async function applyLumps(tx: Tx, statement: StatementRef, rules: ReturnRules): Promise<void> {
  const refunds = await store.readOpenRefunds(tx, statement)
  const { files, debits } = await store.readOpenFiles(tx, statement)
  const fileOf = new Map(files.map((file) => [file.key, file]))
  const settled = new Set<store.StoredLumpEntry>()
  const verdicts = matchLumps([...debits, ...refunds], files, rules)
  for (const verdict of verdicts) {
    const file = verdict.kind === 'reconciled' ? fileOf.get(verdict.file.key) : undefined
    if (verdict.kind !== 'reconciled' || !file) continue
    await store.recordLump(tx, statement, file, verdict.debit, verdict.refund)
    if (!verdict.refund) continue
    settled.add(verdict.refund)
    if (verdict.refund.inboundId !== statement.inboundId)
      await store.resolveRefund(tx, statement, verdict.refund, file.fileId)
  }
  for (const refund of refunds)
    if (refund.inboundId === statement.inboundId && !settled.has(refund))
      await openRefund(tx, statement, refund, verdicts)
}

type Mismatch = Extract<LumpVerdict<store.StoredLumpEntry>, { kind: 'mismatch' }>

async function openRefund(
  tx: Tx,
  statement: StatementRef,
  refund: store.StoredLumpEntry,
  verdicts: readonly LumpVerdict<store.StoredLumpEntry>[],
): Promise<void> {
  const mismatch = verdicts.find(
    (verdict): verdict is Mismatch => verdict.kind === 'mismatch' && verdict.refund === refund,
  )
  await openException(tx, {
    kind: 'lump-differs',
    bankNo: statement.bankNo,
    inboundId: statement.inboundId,
    lineNo: refund.lineNo,
    ...(mismatch ? { fileId: Number.parseInt(mismatch.file.key, 10) } : {}),
    facts: {
      why: mismatch?.why ?? 'orphan-refund',
      entryRef: refund.entryRef,
      bookedOn: refund.bookedOn,
      statedFen: `${refund.amountFen}`,
      ...(mismatch ? { failedFen: `${mismatch.file.failedFen}`, totalFen: `${mismatch.file.totalFen}` } : {}),
    },
    at: statement.at,
  })
}
