/**
 * Applies one opened answer to the file that it answers, in one transaction: copy, compare, move, tell. Whatever must
 * refuse the file whole throws before the end, and then nothing of it was ever there.
 */
import type { ContentSource } from '../../crypto/envelope.ts'
import type { AnswerKind } from '../../formats/profile/compiled-profile.ts'
import type { ContractedBank } from '../banks/bank-book.ts'
import { type BankFile, bankFileMoves, fileHeader } from '../dispatch/bank-file.ts'
import { addSettled, findBankFile, lockBankFile, moveFile } from '../dispatch/bank-file-store.ts'
import { headerFacts } from '../dispatch/plan-batch.ts'
import { Fault } from '../faults.ts'
import type { Batch } from '../ledger/batch.ts'
import { fileNumber } from '../ledger/line-serial.ts'
import { moveMoney } from '../ledger/position-store.ts'
import type { Needs } from '../needs.ts'
import type { Tx } from '../store/pool.ts'
import { recordProvenDelivery } from '../transfer/delivery-proof.ts'
import { meetObligation } from '../transfer/owed/owe.ts'
import { type AnswerLines, AnswerRefused, AnswerTooEarly, answerLines } from './answer-lines.ts'
import { appendSlice } from './feed-store.ts'
import { matchLines } from './match-lines.ts'
import { readPlaces } from './place-store.ts'
import { reasonId, reasonIds } from './reason-store.ts'
import * as results from './result-store.ts'
import * as sides from './side-store.ts'

/** What applying uses. */
export type ApplyNeeds = Pick<Needs, 'db' | 'pseudonyms' | 'clock' | 'calendar' | 'fieldCipherOf'>

/** An opened answer and what it answers. */
export interface OpenedAnswer {
  readonly bank: ContractedBank
  readonly batch: Batch
  readonly fileId: number
  readonly inboundId: number
  readonly kind: AnswerKind
  readonly content: ContentSource
}

/** What an applied answer came to. */
export interface Applied {
  readonly rowCount: number
  readonly settledCount: number
  readonly paidCount: number
  readonly exceptionCount: number
}

/** Applies an answer inside `tx`. Throws AnswerRefused when the file must be refused whole. */
export async function applyAnswer(tx: Tx, needs: ApplyNeeds, opened: OpenedAnswer): Promise<Applied> {
  await lockBankFile(tx, opened.fileId)
  const file = await findBankFile(tx, opened.fileId)
  if (!file) throw new Fault('INTERNAL', { reason: 'no such bank file', fileId: opened.fileId })
  const answer = { shard: opened.batch.shard, file, inboundId: opened.inboundId, at: needs.clock.now() }
  const lines = await copyLines(tx, needs, opened, answer)
  if (file.state === 'refused')
    throw new AnswerRefused([
      { code: 'NOT_THIS_FILE', facts: { reason: 'the bank refused this file whole before' } },
    ])
  if (opened.kind === 'late' && (await sides.returnsUnanswered(tx, answer))) throw new AnswerTooEarly()
  await results.expelMismatches(tx, answer)
  await sides.expelSideMismatches(tx, answer)
  if (opened.bank.profile.resultStyle === 'failures-only' && opened.kind === 'answer')
    await payUnlisted(tx, needs, opened, answer, lines)
  await sides.denyReturns(tx, answer)
  const finals = await results.groupFinals(tx, answer)
  await results.recordFailures(tx, answer)
  await moveGroups(tx, answer, finals)
  const later = [
    ...(await sides.recordUnknown(tx, answer)),
    ...(await sides.recordConflicts(tx, answer)),
    ...(await sides.recordReturned(tx, answer)),
  ]
  await moveGroups(tx, answer, later)
  await sides.recordOthers(tx, answer)
  return conclude(tx, needs, opened, answer, lines, finals, later)
}

async function copyLines(
  tx: Tx,
  needs: ApplyNeeds,
  opened: OpenedAnswer,
  answer: results.AnswerRef,
): Promise<AnswerLines> {
  const { bank, batch, inboundId } = opened
  const { file, shard } = answer
  const header = fileHeader(file, headerFacts(batch, bank))
  const lines = answerLines({
    reader: bank.profile.resultReader(header, opened.kind, needs.fieldCipherOf?.(bank)),
    matcher: matchLines(file, await results.readEarlierAnswers(tx, shard, file)),
    file,
    shard,
    inboundId,
    pseudonyms: needs.pseudonyms,
    reasonId: reasonIds(needs.db, file.bankNo),
    readPlaces: () => readPlaces(needs.db, shard, file),
  })
  await results.copyFinals(tx, lines.finals(opened.content()))
  const { fileNumber: stated } = lines.summary()
  if (stated !== undefined && Number(stated) !== file.fileId) {
    throw new AnswerRefused([{ code: 'NOT_THIS_FILE', facts: { stated, ours: fileNumber(file.fileId) } }])
  }
  await results.copySides(tx, lines.sides())
  return lines
}

/** The bank lists failures only: the rest is paid if, and only if, that makes its stated successes, fen by fen. */
async function payUnlisted(
  tx: Tx,
  needs: ApplyNeeds,
  opened: OpenedAnswer,
  answer: results.AnswerRef,
  lines: AnswerLines,
): Promise<void> {
  const { paidCount, paidTotalFen } = lines.summary()
  if (paidCount === undefined || paidTotalFen === undefined) return
  const reason = await reasonId(needs.db, answer.file.bankNo, {
    code: 'PAID',
    class: '-',
    bankCode: '',
    bankText: '',
  })
  const paid = await results.insertUnlisted(tx, answer, reason)
  if (paid.count === paidCount && paid.amountFen === paidTotalFen) return
  throw new AnswerRefused([
    {
      code: paid.count === paidCount ? 'TOTAL' : 'COUNT',
      facts: { statedPaid: paidCount, paid: paid.count, inbound: opened.inboundId },
    },
  ])
}

/** Moves the money of groups of lines that an answer, or a statement, spoke of. */
export async function moveGroups(
  tx: Tx,
  answer: results.AnswerRef,
  groups: readonly results.LineGroup[],
): Promise<void> {
  const { batchId, bankNo, fileId } = answer.file
  for (const group of groups) {
    await moveMoney(tx, {
      ...group,
      batchId,
      bankNo,
      fileId,
      inboundId: answer.inboundId,
      cause: 'the bank answered',
      actor: 'bank',
      businessAt: answer.at,
    })
  }
}

async function conclude(
  tx: Tx,
  needs: ApplyNeeds,
  opened: OpenedAnswer,
  answer: results.AnswerRef,
  lines: AnswerLines,
  finals: readonly results.LineGroup[],
  later: readonly results.LineGroup[],
): Promise<Applied> {
  const { file, inboundId, at } = answer
  const settledCount = finals.reduce((sum, group) => sum + group.count, 0)
  const total = await addSettled(tx, file.fileId, settledCount, at)
  await recordProvenDelivery(tx, needs, opened.bank, file, at)
  await advanceFile(tx, file, total === file.rowCount, at)
  const slice = {
    client: opened.batch.client,
    batchId: file.batchId,
    inboundId,
    loSeq: file.loSeq,
    hiSeq: file.hiSeq,
  }
  if (settledCount > 0) await appendSlice(tx, { ...slice, kind: 'results' })
  if (later.length > 0) await appendSlice(tx, { ...slice, kind: 'later' })
  return {
    rowCount: lines.counts.final + lines.counts.open + lines.counts.side,
    settledCount,
    paidCount: finals.filter((group) => group.to === 'paid').reduce((sum, group) => sum + group.count, 0),
    exceptionCount: await sides.countExceptions(tx, inboundId),
  }
}

async function advanceFile(tx: Tx, file: BankFile, complete: boolean, at: Date): Promise<void> {
  const { state, fileId } = file
  if (state === 'sending' || state === 'unconfirmed' || state === 'sent' || state === 'acknowledged') {
    await moveFile(tx, fileId, { from: state, to: 'answered', cause: bankFileMoves[state].answered, at })
  }
  await meetObligation(tx, fileId, 'acknowledgement', at)
  if (complete && state !== 'closed') {
    await moveFile(tx, fileId, { from: 'answered', to: 'closed', cause: bankFileMoves.answered.closed, at })
    await meetObligation(tx, fileId, 'result', at)
  }
}
