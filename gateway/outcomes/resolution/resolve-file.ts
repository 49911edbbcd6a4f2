/**
 * Acts on whole files: whether one in doubt is at its bank, what becomes of one that its bank refused, and what to do with
 * an answer that lies in quarantine. A sender at work is shut out by a new fence before anything is decided (F31).
 */
import type { BankFile } from '../../dispatch/bank-file.ts'
import { findBankFile, moveFile, takeOverSending } from '../../dispatch/bank-file-store.ts'
import { bankNo } from '../../ledger/batch.ts'
import { moveMoney } from '../../ledger/position-store.ts'
import { due, type Wake } from '../../run-step.ts'
import { inboundMoves } from '../../transfer/collect/inbound-file.ts'
import { moveInbound } from '../../transfer/collect/inbound-store.ts'
import { recordProvenDelivery } from '../../transfer/delivery-proof.ts'
import { refuseBankFile } from '../../transfer/refusal/refuse-bank-file.ts'
import { releaseRefusedFile } from '../../transfer/refusal/release-refused-file.ts'
import type { ResolutionAct, ResolutionEffect } from './resolution.ts'
import { type ActContext, type ActEnd, refusedAct } from './resolution-request.ts'
import { closeForFile, takeFence } from './resolution-store.ts'

const doubtKinds = ['name-taken', 'file-in-doubt'] as const

const nothing: ResolutionEffect = { lines: 0, amountFen: 0n, exceptions: 0 }
const done = (wakes: readonly Wake[] = [], effect: ResolutionEffect = nothing): ActEnd => ({
  kind: 'done',
  effect,
  wakes,
})

/** `delivered` and `absent`: the file that nobody could say of whether the bank has it. */
export async function resolveDoubt(context: ActContext, act: 'delivered' | 'absent'): Promise<ActEnd> {
  const { tx, exception } = context
  const { fileId, exceptionId } = exception
  if (fileId === undefined) return refusedAct('FILE_NOT_FOUND')
  const fence = await takeFence(tx)
  const file = (await takeOverSending(tx, fileId, fence)) ? await findBankFile(tx, fileId) : undefined
  if (file?.state !== 'sending' && file?.state !== 'unconfirmed') return refusedAct('FILE_NOT_IN_DOUBT')
  const { state } = file
  const { cause, at, resolutionId } = context
  const to = act === 'delivered' ? 'sent' : 'sealed'
  await moveFile(tx, fileId, { from: state, to, cause, at, fence, sender: fence })
  const wakes = act === 'delivered' ? await deliver(context, file) : await takeBack(context, file)
  const closed = await closeForFile(tx, { fileId, resolutionId, exceptionId }, doubtKinds)
  return done(wakes, { lines: file.rowCount, amountFen: file.totalFen, exceptions: closed })
}

async function deliver({ tx, needs, at }: ActContext, file: BankFile): Promise<Wake[]> {
  await recordProvenDelivery(tx, needs, needs.bankBook.byNo(file.bankNo), file, at)
  return []
}

/** The money waits again, and the file goes out again under its own name, which the bank's folder takes only once. */
async function takeBack({ tx, cause, actor, at }: ActContext, file: BankFile): Promise<Wake[]> {
  const { batchId, bankNo: no, fileId, rowCount, totalFen } = file
  await moveMoney(tx, {
    ...{ batchId, bankNo: no, fileId, cause, actor, businessAt: at },
    ...{ from: 'in_flight', to: 'waiting', count: rowCount, amountFen: totalFen },
  })
  return [await due(tx, 'send', fileId, at)]
}

/** `send-again`: the lines of a refused file wait again, for another file under another number. */
export async function resolveSendAgain(context: ActContext): Promise<ActEnd> {
  const { tx, needs, exception, actor, cause, resolutionId } = context
  const { fileId, exceptionId } = exception
  if (fileId === undefined) return refusedAct('FILE_NOT_REFUSED')
  const end = await releaseRefusedFile(tx, needs, fileId, { actor, cause })
  if (end.kind === 'not-refused') return refusedAct('FILE_NOT_REFUSED')
  const closed = await closeForFile(tx, { fileId, resolutionId, exceptionId }, ['file-refused'])
  const file = await findBankFile(tx, fileId)
  return done(end.wakes, { lines: end.count, amountFen: file?.totalFen ?? 0n, exceptions: closed })
}

/** `read-again`: what kept the file out of the ledger was mended, in the agreement, the keys or the layout. */
export async function resolveReadAgain({ tx, exception, at, resolutionId }: ActContext): Promise<ActEnd> {
  const { inboundId } = exception
  const cause = inboundMoves.quarantined.collected
  const facts = { resolutionId: String(resolutionId) }
  if (
    inboundId === undefined ||
    !(await moveInbound(tx, inboundId, 'quarantined', 'collected', cause, at, facts))
  )
    return refusedAct('INBOUND_NOT_QUARANTINED')
  return done([await due(tx, 'read', inboundId, at)])
}

/** `refused-by-bank`: what lies in quarantine says in its own way that the bank refused a file of ours whole. */
export async function resolveRefusedByBank(
  context: ActContext,
  { fileId }: Extract<ResolutionAct, { kind: 'refused-by-bank' }>,
): Promise<ActEnd> {
  const { tx, needs, exception, at, cause } = context
  const { inboundId } = exception
  const file = await findBankFile(tx, fileId)
  if (!file) return refusedAct('FILE_NOT_FOUND', { fileId })
  if (file.bankNo !== exception.bankNo) return refusedAct('OTHER_BANK', { fileId })
  if (inboundId === undefined) return refusedAct('INBOUND_NOT_QUARANTINED')
  const bank = needs.bankBook.byNo(bankNo(exception.bankNo))
  const words = { reason: 'FILE_REFUSED', code: '', text: cause.slice(0, 200) }
  const end = await refuseBankFile(tx, needs, bank, { fileId, ...words, inboundId, at })
  if (end === 'contradicts') return refusedAct('FILE_ANSWERED', { fileId, state: file.state })
  await putAway(context, inboundId)
  return done([], { lines: file.rowCount, amountFen: file.totalFen, exceptions: 0 })
}

/** `dismiss`: nothing moves; a quarantined file is closed for good, and its bytes stay. */
export async function resolveDismiss(context: ActContext): Promise<ActEnd> {
  const { inboundId, kind } = context.exception
  if (kind === 'quarantined-file' && inboundId !== undefined) await putAway(context, inboundId)
  return done()
}

async function putAway({ tx, at, resolutionId }: ActContext, inboundId: number): Promise<void> {
  await moveInbound(tx, inboundId, 'quarantined', 'closed', inboundMoves.quarantined.closed, at, {
    resolutionId: String(resolutionId),
  })
}
