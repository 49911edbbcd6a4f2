/**
 * Reads one collected answer: open and verify its envelope, find the file that it answers, apply it. A file that
 * cannot be trusted whole is quarantined whole, raw bytes kept, somebody told (law 9).
 */
import { type Envelope, EnvelopeRefused } from '../../crypto/envelope.ts'
import { envelopeSentences } from '../../crypto/envelope-sentences.ts'
import type { AnswerKind } from '../../formats/profile/compiled-profile.ts'
import type { ContractedBank } from '../banks/bank-book.ts'
import { Fault } from '../faults.ts'
import { findBatch } from '../ledger/batch-store.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import type { Needs } from '../needs.ts'
import { due, type StepEnd, type Wake } from '../run-step.ts'
import { readContent } from '../store/content-store.ts'
import { inTransaction } from '../store/transaction.ts'
import { answerName, isReceipt, isStatement } from '../transfer/collect/answer-names.ts'
import { type InboundFile, inboundMoves } from '../transfer/collect/inbound-file.ts'
import {
  findAppliedContents,
  findInbound,
  moveInbound,
  recordInboundCounts,
} from '../transfer/collect/inbound-store.ts'
import { quarantineInbound } from '../transfer/collect/quarantine-store.ts'
import { mayBeThere } from '../transfer/delivery-proof.ts'
import { AnswerRefused, AnswerTooEarly } from './answer-lines.ts'
import { answeredFile, type NamedFile } from './answered-file.ts'
import { applyAnswer } from './apply-answer.ts'
import { applyRefusal, refusalWord } from './apply-refusal.ts'
import { openReceipt } from './read-receipt.ts'
import { closeReplaced, settleInbound } from './settle-inbound.ts'
import { applyStatement } from './statement/apply-statement.ts'
import { retryReturns } from './statement/retry-returns.ts'

/** What reading uses. */
export type ReadNeeds = Pick<
  Needs,
  'db' | 'bankBook' | 'pseudonyms' | 'clock' | 'calendar' | 'envelopeOf' | 'fieldCipherOf'
>

const tooEarlyMs = 600_000

/** Step `read`: subject is an inbound file's number. */
export async function readInbound(needs: ReadNeeds, subject: string, claim: Claim): Promise<StepEnd> {
  const inbound = await findInbound(needs.db, Number(subject))
  if (!inbound) throw new Fault('INTERNAL', { reason: 'no such inbound file', inboundId: subject })
  if (inbound.state !== 'collected') {
    await finishDueWork(needs.db, claim)
    return { kind: 'done' }
  }
  try {
    return await openAndApply(needs, inbound, claim)
  } catch (error) {
    const facts = refusalFacts(error)
    if (!facts) throw error
    return quarantine(needs, inbound, claim, facts)
  }
}

/** Why a file is quarantined; undefined for an error that is about us and not about the file. */
function refusalFacts(error: unknown): Readonly<Record<string, unknown>> | undefined {
  if (error instanceof EnvelopeRefused)
    return { refusals: [{ code: `ENVELOPE_${error.code}`, facts: envelopeSentences[error.code] }] }
  if (error instanceof AnswerRefused) return { refusals: error.refusals }
  return undefined
}

async function openAndApply(needs: ReadNeeds, inbound: InboundFile, claim: Claim): Promise<StepEnd> {
  const bank = needs.bankBook.byNo(inbound.bankNo)
  if (isStatement(bank, inbound.name)) return openStatement(needs, inbound, bank, claim)
  if (isReceipt(bank, inbound.name)) return openReceipt(needs, inbound, bank, claim)
  const answered = await answeredFile(needs.db, bank, answerName(bank, inbound.name))
  if (!answered) throw notThisFile('no file of ours has this date and sequence')
  if (!mayBeThere(answered.file)) throw notThisFile('the file was never handed over')
  // Returns speak of lines that were paid; before the first answer is in, there is nothing they can return.
  if (answered.kind === 'late' && answered.file.settledCount === 0) return tooEarly(needs)
  const opened = await open(needs, inbound, needs.envelopeOf(bank))
  try {
    return await apply(needs, inbound, answered, opened, claim)
  } catch (error) {
    if (error instanceof AnswerTooEarly) return tooEarly(needs)
    const word = error instanceof AnswerRefused ? refusalWord(error.refusals) : undefined
    if (!word) throw error
    return await settleInbound(needs, inbound, answered, opened, claim, (tx, said) =>
      applyRefusal(tx, needs, said, word),
    )
  } finally {
    await opened.discard()
  }
}

const notThisFile = (reason: string): AnswerRefused =>
  new AnswerRefused([{ code: 'NOT_THIS_FILE', facts: { reason } }])

const tooEarly = ({ clock }: ReadNeeds): StepEnd => ({
  kind: 'later',
  at: new Date(clock.now().getTime() + tooEarlyMs),
})

type Opened = Awaited<ReturnType<Envelope['open']>>

const open = (needs: ReadNeeds, { contentId }: InboundFile, envelope: Envelope): Promise<Opened> =>
  envelope.open(readContent(needs.db, contentId), needs.clock.now())

async function apply(
  needs: ReadNeeds,
  inbound: InboundFile,
  { bank, file, kind }: NamedFile & { readonly kind: AnswerKind },
  opened: Opened,
  claim: Claim,
): Promise<StepEnd> {
  const contentSha256 = Buffer.from(opened.sha256, 'hex')
  // The final answer may say word for word what one of the day said, and is no repetition of it.
  const earlier = await findAppliedContents(needs.db, bank.bankNo, contentSha256, file.fileId)
  const twin = earlier.find((name) => bank.profile.matchResultName(answerName(bank, name))?.kind === kind)
  if (twin !== undefined) return closeTwin(needs, inbound, claim, twin)
  return inTransaction(
    needs.db,
    async (tx) => {
      const batch = await findBatch(tx, file.batchId)
      if (!batch) throw new Fault('INTERNAL', { reason: 'a file without its batch', fileId: file.fileId })
      const now = needs.clock.now()
      const { content } = opened
      const applied = await applyAnswer(tx, needs, {
        bank,
        batch,
        fileId: file.fileId,
        inboundId: inbound.inboundId,
        kind,
        content,
      })
      const appliedCount = applied.rowCount - applied.exceptionCount
      await recordInboundCounts(tx, inbound.inboundId, {
        fileId: file.fileId,
        late: kind === 'late',
        contentSha256,
        appliedCount,
        ...applied,
      })
      await moveInbound(tx, inbound.inboundId, 'collected', 'matched', inboundMoves.collected.matched, now, {
        rows: applied.rowCount,
        ...opened.keys,
      })
      await closeReplaced(tx, inbound, now)
      await finishDueWork(tx, claim)
      const wakes: Wake[] = [await due(tx, 'route', inbound.inboundId, now)]
      if (applied.paidCount > 0) wakes.push(await due(tx, 'notify', inbound.inboundId, now))
      if (applied.settledCount > 0) wakes.push(...(await retryReturns(tx, needs, bank, file.fileId, now)))
      return { kind: 'done', wakes }
    },
    { statementTimeoutMs: 900_000 },
  )
}

/** A statement speaks of the account and not of one file; its entries may be of many batches. */
async function openStatement(
  needs: ReadNeeds,
  inbound: InboundFile,
  bank: ContractedBank,
  claim: Claim,
): Promise<StepEnd> {
  const { inboundId } = inbound
  const opened = await needs
    .envelopeOf(bank)
    .open(readContent(needs.db, inbound.contentId), needs.clock.now())
  try {
    const contentSha256 = Buffer.from(opened.sha256, 'hex')
    const [twin] = await findAppliedContents(needs.db, bank.bankNo, contentSha256)
    if (twin !== undefined) return await closeTwin(needs, inbound, claim, twin)
    return await inTransaction(
      needs.db,
      async (tx) => {
        const now = needs.clock.now()
        const { content } = opened
        const applied = await applyStatement(tx, needs, { bank, inboundId, content, contentSha256 })
        const facts = { entries: applied.entryCount, fresh: applied.freshCount, ...opened.keys }
        await moveInbound(tx, inboundId, 'collected', 'matched', inboundMoves.collected.matched, now, facts)
        await finishDueWork(tx, claim)
        return { kind: 'done', wakes: [await due(tx, 'route', inboundId, now)] }
      },
      { statementTimeoutMs: 900_000 },
    )
  } finally {
    await opened.discard()
  }
}

/** The same content under another name, or sent again: it was applied, so it counts once and is closed. */
async function closeTwin(
  needs: ReadNeeds,
  inbound: InboundFile,
  claim: Claim,
  twin: string,
): Promise<StepEnd> {
  await inTransaction(needs.db, async (tx) => {
    await moveInbound(
      tx,
      inbound.inboundId,
      'collected',
      'closed',
      inboundMoves.collected.closed,
      needs.clock.now(),
      { sameAs: twin },
    )
    await finishDueWork(tx, claim)
  })
  return { kind: 'done' }
}

async function quarantine(
  needs: ReadNeeds,
  inbound: InboundFile,
  claim: Claim,
  facts: Readonly<Record<string, unknown>>,
): Promise<StepEnd> {
  const at = needs.clock.now()
  await inTransaction(needs.db, async (tx) => {
    await quarantineInbound(tx, inbound, facts, at)
    await finishDueWork(tx, claim)
  })
  return { kind: 'done' }
}
