/**
 * Acts on single lines and on all lines of a refused file: what the evidence says becomes the line's outcome, by the same
 * road as a bank's answer. What an act finds against it is a value; the transaction has written nothing by then.
 */
import type { Reason } from '../../../formats/bank-file.ts'
import { findBankFile } from '../../dispatch/bank-file-store.ts'
import { Fault } from '../../faults.ts'
import { bankNo } from '../../ledger/batch.ts'
import { findBatch } from '../../ledger/batch-store.ts'
import { reasonId } from '../../results/reason-store.ts'
import { fileAgainst } from './decide-acts.ts'
import { beginDeciding, decideOne, decideUnanswered } from './deciding-store.ts'
import { meaningNow } from './meaning-now.ts'
import { type BankWords, failedReason, paidReason } from './reason-given.ts'
import type { ExceptionSubject, ResolutionAct, ResolutionCode } from './resolution.ts'
import { type ActContext, type ActEnd, refusedAct } from './resolution-request.ts'
import { closeForFile, findFileStanding } from './resolution-store.ts'
import { type Settled, settleDecided } from './settle-decided.ts'
import type { StandingLine } from './standing-line-store.ts'

/** `paid` and `failed`: the line of the exception. */
export async function resolveLine(
  context: ActContext,
  act: Extract<ResolutionAct, { kind: 'paid' | 'failed' }>,
): Promise<ActEnd> {
  const { fileId, seq } = context.exception
  const reason = act.kind === 'paid' ? paidReason() : failedReason(act.reasonCode)
  if (!reason)
    return refusedAct('REASON_UNKNOWN', act.kind === 'failed' ? { reasonCode: act.reasonCode } : {})
  if (fileId === undefined || seq === undefined) return refusedAct('LINE_NOT_OPEN')
  return { kind: 'done', ...(await settleOne(context, fileId, seq, act.kind === 'paid', reason)) }
}

/** `match`: a line of the bank that names none of ours is the answer to an instruction that still waits for one. */
export async function resolveMatch(
  context: ActContext,
  act: Extract<ResolutionAct, { kind: 'match' }>,
): Promise<ActEnd> {
  const { tx, exception, named } = context
  if (!named) return refusedAct('INSTRUCTION_NOT_FOUND', { instructionId: act.instructionId })
  const { fileId, state } = named
  if (named.bankNo !== exception.bankNo) return refusedAct('OTHER_BANK')
  if (state !== 'in_flight' && state !== 'unknown') return refusedAct('LINE_NOT_OPEN', { state })
  if (fileId === undefined) return refusedAct('FILE_IN_DOUBT')
  const code = fileAgainst(await findFileStanding(tx, fileId)) ?? wordsAgainst(exception, named, act)
  if (code) return refusedAct(code)
  const reason = matchReason(context, act)
  if (!reason) return refusedAct('REASON_UNKNOWN', { reasonCode: act.reasonCode ?? '' })
  return { kind: 'done', ...(await settleOne(context, fileId, named.seq, act.outcome === 'paid', reason)) }
}

function wordsAgainst(
  { facts }: ExceptionSubject,
  named: StandingLine,
  act: Extract<ResolutionAct, { kind: 'match' }>,
): ResolutionCode | undefined {
  const stated = fenOf(facts['statedFen'])
  if (stated !== undefined && stated !== named.amountFen) return 'AMOUNT_DIFFERS'
  const said = facts['outcome']
  const decided = said === 'paid' || said === 'failed' || said === 'returned'
  return decided && said !== act.outcome ? 'OUTCOME_DIFFERS' : undefined
}

/** Amounts in facts are whole fen, as JSON numbers or as text. */
function fenOf(value: unknown): bigint | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  return typeof value === 'string' && /^\d{1,18}$/.test(value) ? BigInt(value) : undefined
}

function matchReason(
  { needs, exception }: ActContext,
  act: Extract<ResolutionAct, { kind: 'match' }>,
): Reason | undefined {
  const words = wordsOf(exception)
  if (act.outcome === 'paid') return paidReason(words)
  if (act.reasonCode !== undefined) return failedReason(act.reasonCode, words)
  const meaning = meaningNow(needs.bankBook.byNo(bankNo(exception.bankNo)).profile, words)
  return meaning.outcome === 'failed' ? meaning.reason : undefined
}

function wordsOf({ facts }: ExceptionSubject): BankWords {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  return { bankCode: text(facts['bankCode']), bankText: text(facts['bankText']) }
}

async function settleOne(
  context: ActContext,
  fileId: number,
  seq: number,
  paid: boolean,
  reason: Reason,
): Promise<Settled> {
  const { tx, exception } = context
  const { file, batch } = await fileAndBatch(context, fileId)
  await beginDeciding(tx)
  await decideOne(tx, seq, paid, await reasonId(tx, bankNo(exception.bankNo), reason))
  return settleDecided(tx, batch, file, deciding(context))
}

/** `fail-lines`: a person has made sure that the bank paid nothing of a file that it refused. */
export async function resolveFailLines(
  context: ActContext,
  act: Extract<ResolutionAct, { kind: 'fail-lines' }>,
): Promise<ActEnd> {
  const { tx, exception } = context
  const { fileId, exceptionId } = exception
  const reason = failedReason(act.reasonCode)
  if (!reason) return refusedAct('REASON_UNKNOWN', { reasonCode: act.reasonCode })
  if (fileId === undefined) return refusedAct('FILE_NOT_REFUSED')
  const { file, batch } = await fileAndBatch(context, fileId)
  await beginDeciding(tx)
  await decideUnanswered(tx, { shard: batch.shard, file }, await reasonId(tx, file.bankNo, reason))
  const settled = await settleDecided(tx, batch, file, deciding(context))
  const { resolutionId } = context
  const closed = await closeForFile(tx, { fileId, resolutionId, exceptionId }, ['file-refused'])
  const { effect } = settled
  return { kind: 'done', ...settled, effect: { ...effect, exceptions: effect.exceptions + closed } }
}

/** A file with its batch. Throws INTERNAL for a file that is not there. */
export async function fileAndBatch({ tx }: Pick<ActContext, 'tx'>, fileId: number) {
  const file = await findBankFile(tx, fileId)
  const batch = file && (await findBatch(tx, file.batchId))
  if (!file || !batch) throw new Fault('INTERNAL', { reason: 'no such bank file', fileId })
  return { file, batch }
}

/** What settling is given of an act. */
export const deciding = ({ exception, resolutionId, content, cause, actor, at }: ActContext) => ({
  exceptionId: exception.exceptionId,
  resolutionId,
  content,
  cause,
  actor,
  at,
})
