/**
 * Reads a receipt: the bank took a file in, or refused it whole at that point. A receipt that comes after the result
 * changes nothing (reliability.md F59), and one for a sending in doubt proves that the file arrived.
 */
import { createHash } from 'node:crypto'
import { largestAcknowledgementBytes } from '../../formats/profile/acknowledgement.ts'
import type { AcknowledgementRead } from '../../formats/profile/compiled-profile.ts'
import type { ContractedBank } from '../banks/bank-book.ts'
import { type BankFile, bankFileMoves } from '../dispatch/bank-file.ts'
import { findBankFile, lockBankFile, moveFile } from '../dispatch/bank-file-store.ts'
import { Fault } from '../faults.ts'
import type { Claim } from '../ledger/due-work-store.ts'
import type { Needs } from '../needs.ts'
import type { StepEnd } from '../run-step.ts'
import { readContent } from '../store/content-store.ts'
import type { Tx } from '../store/pool.ts'
import { type InboundFile, inboundMoves } from '../transfer/collect/inbound-file.ts'
import { moveInbound, recordInboundCounts } from '../transfer/collect/inbound-store.ts'
import { mayBeThere, proveDelivery } from '../transfer/delivery-proof.ts'
import { meetObligation, type OweNeeds } from '../transfer/owed/owe.ts'
import { AnswerRefused } from './answer-lines.ts'
import { acknowledgedFile } from './answered-file.ts'
import { applyRefusal, noLines, type RefusalWord, type SaidIn } from './apply-refusal.ts'
import { maskDigits } from './reason-store.ts'
import { settleInbound } from './settle-inbound.ts'

/** What reading a receipt uses. */
export type ReceiptNeeds = Pick<Needs, 'db' | 'clock' | 'calendar' | 'bankBook' | 'envelopeOf'>

/** A receipt is small and speaks of one file as a whole; only one that is proven to be the bank's may refuse a file. */
export async function openReceipt(
  needs: ReceiptNeeds,
  inbound: InboundFile,
  bank: ContractedBank,
  claim: Claim,
): Promise<StepEnd> {
  const found = await acknowledgedFile(needs.db, bank, inbound.name)
  if (!found) throw notThisFile('no file of ours has this date and sequence')
  const { acknowledgement } = found
  const opened = acknowledgement.sealed
    ? await needs.envelopeOf(bank).open(readContent(needs.db, inbound.contentId), needs.clock.now())
    : inTheClear(needs, inbound)
  try {
    const content = await atMost(opened.content(), largestAcknowledgementBytes)
    const word = receiptWord(acknowledgement.read(content))
    const proven = acknowledgement.sealed || bank.agreement.envelope.scheme === 'none'
    if (word.kind === 'refused' && !proven)
      throw new AnswerRefused([
        { code: 'BANK_REFUSED', facts: { ...word, reason: 'a refusal in the clear' } },
      ])
    const sha256 = createHash('sha256').update(content).digest('hex')
    return await settleInbound(needs, inbound, found, { ...opened, sha256 }, claim, (tx, said) =>
      applyReceipt(tx, needs, said, word),
    )
  } finally {
    await opened.discard()
  }
}

const inTheClear = (needs: ReceiptNeeds, { contentId }: InboundFile) => ({
  content: () => readContent(needs.db, contentId),
  keys: {},
  discard: async () => {},
})

function receiptWord(read: AcknowledgementRead): ReceiptWord {
  switch (read.kind) {
    case 'accepted':
      return { kind: 'accepted' }
    case 'refused':
      return { kind: 'refused', reason: read.reason, code: maskDigits(read.code), text: '' }
    case 'unmapped':
      throw new AnswerRefused([
        { code: 'BANK_REFUSED', facts: { reason: 'UNMAPPED', code: maskDigits(read.code) } },
      ])
    case 'unreadable':
      throw new AnswerRefused([{ code: 'LAYOUT', facts: { reason: read.why } }])
    default:
      return read satisfies never
  }
}

async function atMost(content: AsyncIterable<Buffer>, largestBytes: number): Promise<Buffer> {
  const blocks: Buffer[] = []
  let sizeBytes = 0
  for await (const block of content) {
    sizeBytes += block.length
    if (sizeBytes > largestBytes) throw new AnswerRefused([{ code: 'TOO_LARGE', facts: { largestBytes } }])
    blocks.push(block)
  }
  return Buffer.concat(blocks)
}

/** What a receipt said, with its lines read. */
type ReceiptWord = { readonly kind: 'accepted' } | ({ readonly kind: 'refused' } & RefusalWord)

/** Applies a receipt inside `tx`. Throws AnswerRefused for one that contradicts what we know. */
async function applyReceipt(tx: Tx, needs: OweNeeds, said: SaidIn, word: ReceiptWord): Promise<void> {
  if (word.kind === 'refused') return applyRefusal(tx, needs, said, word)
  const { bank, inbound, contentSha256, at } = said
  const { fileId } = said.file
  await lockBankFile(tx, fileId)
  const file = await findBankFile(tx, fileId)
  if (!file) throw new Fault('INTERNAL', { reason: 'no such bank file', fileId })
  refuseContradiction(file)
  const state = await proveDelivery(tx, needs, bank, file, at)
  if (state === 'sent')
    await moveFile(tx, fileId, {
      from: 'sent',
      to: 'acknowledged',
      cause: bankFileMoves.sent.acknowledged,
      at,
    })
  await meetObligation(tx, fileId, 'acknowledgement', at)
  await recordInboundCounts(tx, inbound.inboundId, { ...noLines, fileId, contentSha256 })
  const facts = { acknowledged: fileId, ...said.keys }
  const { matched } = inboundMoves.collected
  await moveInbound(tx, inbound.inboundId, 'collected', 'matched', matched, at, facts)
  await moveInbound(tx, inbound.inboundId, 'matched', 'closed', inboundMoves.matched.closed, at)
}

function refuseContradiction(file: BankFile): void {
  if (!mayBeThere(file)) throw notThisFile('the file was never handed over')
  if (file.state === 'refused') throw notThisFile('the bank refused this file before')
}

const notThisFile = (reason: string): AnswerRefused =>
  new AnswerRefused([{ code: 'NOT_THIS_FILE', facts: { reason } }])
