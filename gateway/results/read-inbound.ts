/**
 * Reads one collected answer: open and verify its envelope, find the file that it answers, apply it. A file that
 * cannot be trusted whole is quarantined whole, raw bytes kept, somebody told (law 9).
 */
import { EnvelopeRefused } from '../../crypto/envelope.ts'
import type { AnswerKind } from '../../formats/profile/compiled-profile.ts'
import type { ContractedBank } from '../banks/bank-book.ts'
import type { BankFile } from '../dispatch/bank-file.ts'
import { findBySequence } from '../dispatch/bank-file-store.ts'
import { Fault } from '../faults.ts'
import { findBatch } from '../ledger/batch-store.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import type { Needs } from '../needs.ts'
import { due, type StepEnd, type Wake } from '../run-step.ts'
import { readContent } from '../store/content-store.ts'
import { inTransaction } from '../store/transaction.ts'
import { answerName } from '../transfer/collect-inbound.ts'
import { openException } from '../transfer/exception-store.ts'
import { type InboundFile, inboundMoves } from '../transfer/inbound-file.ts'
import {
  findAppliedContent,
  findInbound,
  moveInbound,
  recordInboundCounts,
} from '../transfer/inbound-store.ts'
import { AnswerRefused } from './answer-lines.ts'
import { applyAnswer } from './apply-answer.ts'

/** What reading uses. */
export type ReadNeeds = Pick<Needs, 'db' | 'bankBook' | 'pseudonyms' | 'clock' | 'envelopeOf'>

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
  if (error instanceof EnvelopeRefused) return { refusals: [{ code: `ENVELOPE_${error.code}`, facts: {} }] }
  if (error instanceof AnswerRefused) return { refusals: error.refusals }
  return undefined
}

async function openAndApply(needs: ReadNeeds, inbound: InboundFile, claim: Claim): Promise<StepEnd> {
  const bank = needs.bankBook.byNo(inbound.bankNo)
  const named = bank.profile.matchResultName(answerName(bank, inbound.name))
  const file =
    named?.businessDate === undefined || named.sequence === undefined
      ? undefined
      : await findBySequence(needs.db, bank.bankNo, isoDay(named.businessDate), named.sequence)
  if (!file || !named)
    throw new AnswerRefused([
      { code: 'NOT_THIS_FILE', facts: { reason: 'no file of ours has this date and sequence' } },
    ])
  if (!handedOver(file))
    throw new AnswerRefused([{ code: 'NOT_THIS_FILE', facts: { reason: 'the file was never handed over' } }])
  // Returns speak of lines that were paid; before the first answer is in, there is nothing they can return.
  if (named.kind === 'late' && file.settledCount === 0)
    return { kind: 'later', at: new Date(needs.clock.now().getTime() + tooEarlyMs) }
  const opened = await needs
    .envelopeOf(bank)
    .open(readContent(needs.db, inbound.contentId), needs.clock.now())
  try {
    return await apply(needs, inbound, bank, file, opened, named.kind, claim)
  } finally {
    await opened.discard()
  }
}

const isoDay = (digits: string): string => `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}`

const handedOver = (file: BankFile): boolean =>
  !['planned', 'composed', 'sealed', 'refused'].includes(file.state)

async function apply(
  needs: ReadNeeds,
  inbound: InboundFile,
  bank: ContractedBank,
  file: BankFile,
  opened: Awaited<ReturnType<ReturnType<ReadNeeds['envelopeOf']>['open']>>,
  kind: AnswerKind,
  claim: Claim,
): Promise<StepEnd> {
  const contentSha256 = Buffer.from(opened.sha256, 'hex')
  const twin = await findAppliedContent(needs.db, bank.bankNo, contentSha256)
  if (twin !== undefined) return closeTwin(needs, inbound, claim, twin)
  return inTransaction(
    needs.db,
    async (tx) => {
      const batch = await findBatch(tx, file.batchId)
      if (!batch) throw new Fault('INTERNAL', { reason: 'a file without its batch', fileId: file.fileId })
      const now = needs.clock.now()
      const applied = await applyAnswer(tx, needs, {
        bank,
        batch,
        fileId: file.fileId,
        inboundId: inbound.inboundId,
        kind,
        content: opened.content,
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
      })
      await finishDueWork(tx, claim)
      const wakes: Wake[] = [await due(tx, 'route', inbound.inboundId, now)]
      if (applied.paidCount > 0) wakes.push(await due(tx, 'notify', inbound.inboundId, now))
      return { kind: 'done', wakes }
    },
    { statementTimeoutMs: 900_000 },
  )
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
    await moveInbound(
      tx,
      inbound.inboundId,
      'collected',
      'quarantined',
      inboundMoves.collected.quarantined,
      at,
      facts,
    )
    await openException(tx, {
      kind: 'quarantined-file',
      bankNo: inbound.bankNo,
      inboundId: inbound.inboundId,
      facts: { name: inbound.name, ...facts },
      at,
    })
    await finishDueWork(tx, claim)
  })
  return { kind: 'done' }
}
