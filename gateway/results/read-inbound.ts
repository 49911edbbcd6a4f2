/**
 * Reads one collected answer: open and verify its envelope, find the file that it answers, apply it. A file that
 * cannot be trusted whole is quarantined whole, raw bytes kept, somebody told (law 9).
 */
import { EnvelopeRefused } from '../../crypto/envelope.ts'
import { envelopeSentences } from '../../crypto/envelope-sentences.ts'
import type { AnswerKind } from '../../formats/profile/compiled-profile.ts'
import { type ContractedBank, knownProfiles, profileOf } from '../banks/bank-book.ts'
import type { BankFile } from '../dispatch/bank-file.ts'
import { findBySequence } from '../dispatch/bank-file-store.ts'
import { Fault } from '../faults.ts'
import { findBatch } from '../ledger/batch-store.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import type { Needs } from '../needs.ts'
import { due, type StepEnd, type Wake } from '../run-step.ts'
import { readContent } from '../store/content-store.ts'
import { inTransaction } from '../store/transaction.ts'
import { answerName, isStatement } from '../transfer/collect-inbound.ts'
import { type InboundFile, inboundMoves } from '../transfer/inbound-file.ts'
import {
  findAppliedContents,
  findInbound,
  moveInbound,
  recordInboundCounts,
} from '../transfer/inbound-store.ts'
import { quarantineInbound } from '../transfer/quarantine-store.ts'
import { AnswerRefused } from './answer-lines.ts'
import { applyAnswer } from './apply-answer.ts'
import { applyStatement } from './statement/apply-statement.ts'

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
  const answered = await answeredFile(needs, bank, answerName(bank, inbound.name))
  if (!answered)
    throw new AnswerRefused([
      { code: 'NOT_THIS_FILE', facts: { reason: 'no file of ours has this date and sequence' } },
    ])
  const { file, named } = answered
  if (!handedOver(file))
    throw new AnswerRefused([{ code: 'NOT_THIS_FILE', facts: { reason: 'the file was never handed over' } }])
  // Returns speak of lines that were paid; before the first answer is in, there is nothing they can return.
  if (named.kind === 'late' && file.settledCount === 0)
    return { kind: 'later', at: new Date(needs.clock.now().getTime() + tooEarlyMs) }
  const opened = await needs
    .envelopeOf(bank)
    .open(readContent(needs.db, inbound.contentId), needs.clock.now())
  try {
    return await apply(needs, inbound, answered.bank, file, opened, named.kind, claim)
  } finally {
    await opened.discard()
  }
}

interface AnsweredFile {
  /** The bank with the layout that the file was planned with. */
  readonly bank: ContractedBank
  readonly file: BankFile
  readonly named: { readonly kind: AnswerKind }
}

/** The file that a name answers. Versions of a layout may name answers differently; only the file's own one counts. */
async function answeredFile(
  needs: ReadNeeds,
  bank: ContractedBank,
  name: string,
): Promise<AnsweredFile | undefined> {
  for (const profile of knownProfiles(bank)) {
    const named = profile.matchResultName(name)
    if (named?.businessDate === undefined || named.sequence === undefined) continue
    const day = isoDay(named.businessDate)
    const file = await findBySequence(needs.db, bank.bankNo, day, named.sequence)
    if (!file) continue
    const own = profileOf(bank, file)
    const ownName = own.matchResultName(name)
    if (ownName?.sequence === file.sequence && ownName.businessDate === file.businessDate.replaceAll('-', ''))
      return { bank: { ...bank, profile: own }, file, named: ownName }
  }
  return undefined
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
        ...opened.keys,
      })
      await finishDueWork(tx, claim)
      const wakes: Wake[] = [await due(tx, 'route', inbound.inboundId, now)]
      if (applied.paidCount > 0) wakes.push(await due(tx, 'notify', inbound.inboundId, now))
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
