/** `match-return`: a statement's entry is the return of a line that was paid, by what a person has in hand. */
import { canonicalReasons } from '../../../formats/reasons/reason-taxonomy.ts'
import { money } from '../../../formats/values/money.ts'
import { bankNo } from '../../ledger/batch.ts'
import { moveMoney } from '../../ledger/position-store.ts'
import { appendSlice } from '../../results/feed-store.ts'
import { reasonId } from '../../results/reason-store.ts'
import { due } from '../../run-step.ts'
import { enterEvidence } from './evidence-store.ts'
import type { ResolutionAct } from './resolution.ts'
import { type ActContext, type ActEnd, refusedAct } from './resolution-request.ts'
import { fileAndBatch } from './resolve-lines.ts'
import { findEntry, type ReturnedEntry, recordReturnDecided } from './return-decided-store.ts'
import type { StandingLine } from './standing-line-store.ts'

/** Links the entry of the exception with the instruction that was named, whose file is locked. */
export async function resolveReturn(
  context: ActContext,
  act: Extract<ResolutionAct, { kind: 'match-return' }>,
): Promise<ActEnd> {
  const { tx, exception, named } = context
  const entry = await findEntry(tx, exception)
  if (!entry) return refusedAct('NO_STATEMENT_ENTRY')
  if (entry.matched) return refusedAct('ENTRY_MATCHED')
  if (!named) return refusedAct('INSTRUCTION_NOT_FOUND', { instructionId: act.instructionId })
  if (named.bankNo !== exception.bankNo) return refusedAct('OTHER_BANK')
  if (named.state !== 'paid' || named.fileId === undefined)
    return refusedAct('NOT_PAID', { state: named.state })
  if (named.amountFen !== entry.amountFen)
    return refusedAct('AMOUNT_DIFFERS', { oursFen: `${named.amountFen}`, statedFen: `${entry.amountFen}` })
  return record(context, entry, named, named.fileId)
}

async function record(
  context: ActContext,
  entry: ReturnedEntry,
  named: StandingLine,
  fileId: number,
): Promise<ActEnd> {
  const { tx, cause, actor, at, resolutionId, content } = context
  const { file, batch } = await fileAndBatch(context, fileId)
  const { batchId, bankNo: no } = file
  const { seq } = named
  const inboundId = await enterEvidence(tx, file, resolutionId, content, 1, at)
  const amountFen = money(named.amountFen)
  const of = { batchId, bankNo: no, fileId, inboundId, cause, actor }
  await recordReturnDecided(tx, {
    ...{ ...of, entryId: entry.entryId, seq, amountFen, at },
    reasonId: entry.reasonId ?? (await lateReason(context)),
  })
  await moveMoney(tx, { ...of, from: 'paid', to: 'returned', count: 1, amountFen, businessAt: at })
  await appendSlice(tx, { client: batch.client, batchId, inboundId, kind: 'later', loSeq: seq, hiSeq: seq })
  return {
    kind: 'done',
    effect: { lines: 1, amountFen, exceptions: 0 },
    wakes: [await due(tx, 'route', inboundId, at)],
  }
}

const lateReason = ({ tx, exception }: ActContext): Promise<number> =>
  reasonId(tx, bankNo(exception.bankNo), {
    code: 'RETURNED_LATE',
    class: canonicalReasons.RETURNED_LATE.class,
    bankCode: '',
    bankText: '',
  })
