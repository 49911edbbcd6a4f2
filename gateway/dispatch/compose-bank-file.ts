/**
 * Composes a planned file in its bank's layout, signs and encrypts it, and keeps the sealed bytes before anything is
 * sent. The same plan gives the same content: nothing here reads a clock or makes an id. Content passes through an
 * encrypted scratch file, because a signature covers bytes whose digest has to be known first.
 */
import { createHash } from 'node:crypto'
import { openScratch, type ScratchFile } from '../../crypto/scratch-file.ts'
import type { PaymentLine } from '../../formats/bank-file.ts'
import type { FileWriter } from '../../formats/profile/compiled-profile.ts'
import { type ContractedBank, profileOf } from '../banks/bank-book.ts'
import { envelopeSuffix } from '../banks/envelope-terms.ts'
import { Fault } from '../faults.ts'
import type { Batch } from '../ledger/batch.ts'
import { findBatch } from '../ledger/batch-store.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import { lineSerial } from '../ledger/line-serial.ts'
import { openLines } from '../ledger/payee-store.ts'
import type { SealedLine } from '../ledger/sealed-line.ts'
import type { Needs } from '../needs.ts'
import { due, type StepEnd } from '../run-step.ts'
import { writeContent } from '../store/content-store.ts'
import { inTransaction } from '../store/transaction.ts'
import { type BankFile, bankFileMoves, fileHeader, membership } from './bank-file.ts'
import { findBankFile, moveFile, recordSealedBytes } from './bank-file-store.ts'
import { headerFacts } from './plan-batch.ts'

/** What composing uses. */
export type ComposeNeeds = Pick<
  Needs,
  'db' | 'bankBook' | 'sealer' | 'clock' | 'scratchFolder' | 'envelopeOf' | 'fieldCipherOf'
>

/**
 * Step `compose`: subject is a file number. Runs again from the start after a crash and makes the same content; a file
 * that is sealed already keeps the bytes that it has, since they may be on their way.
 */
export async function composeBankFile(needs: ComposeNeeds, subject: string, claim: Claim): Promise<StepEnd> {
  const file = await findBankFile(needs.db, Number(subject))
  const batch = file && (await findBatch(needs.db, file.batchId))
  if (!file || !batch) throw new Fault('INTERNAL', { reason: 'no such bank file', fileId: subject })
  if (file.state !== 'planned') {
    await finishDueWork(needs.db, claim)
    return { kind: 'done' }
  }
  const current = needs.bankBook.byNo(file.bankNo)
  // Its name and its cut were made for the layout it was planned with, whatever is current by now.
  const bank = { ...current, profile: profileOf(current, file) }
  const composed = await compose(needs, bank, batch, file)
  try {
    return await seal(needs, bank, batch, file, composed, claim)
  } finally {
    await composed.scratch.discard()
  }
}

interface Composed {
  readonly scratch: ScratchFile
  readonly md5: string
  readonly sha256: Buffer
  readonly sizeBytes: number
}

async function compose(
  needs: ComposeNeeds,
  bank: ContractedBank,
  batch: Batch,
  file: BankFile,
): Promise<Composed> {
  const out = await openScratch(needs.scratchFolder)
  try {
    const digests = { md5: createHash('md5'), sha256: createHash('sha256') }
    await writeLines(needs, bank, batch, file, async (bytes) => {
      digests.md5.update(bytes)
      digests.sha256.update(bytes)
      await out.write(bytes)
    })
    const scratch = await out.finish()
    return {
      scratch,
      md5: digests.md5.digest('hex'),
      sha256: digests.sha256.digest(),
      sizeBytes: scratch.sizeBytes,
    }
  } catch (error) {
    await out.discard()
    throw error
  }
}

async function writeLines(
  needs: ComposeNeeds,
  bank: ContractedBank,
  batch: Batch,
  file: BankFile,
  put: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const cipher = needs.fieldCipherOf?.(bank)
  const writer = bank.profile.writer(fileHeader(file, headerFacts(batch, bank)), cipher)
  await put(writer.begin())
  const holds = membership(file)
  for await (const lines of openLines(needs.db, needs.sealer, batch, file.bankNo, file.loSeq, file.hiSeq)) {
    await put(
      writer.write(lines.filter((line) => holds(line.seq)).map((line) => paymentLine(file.fileId, line))),
    )
  }
  await put(endOf(writer, file))
}

/** Control totals, second hand-over: the writer compares what it wrote with the plan's count and total. */
function endOf(writer: FileWriter, file: BankFile): Buffer {
  try {
    return writer.end()
  } catch (error) {
    throw new Fault('CONTROL_TOTALS', { fileId: file.fileId, planned: file.rowCount }, error)
  }
}

const paymentLine = (fileId: number, line: SealedLine): PaymentLine => ({
  seq: line.seq,
  serial: lineSerial(fileId, line.seq),
  payeeName: line.payeeName,
  payeeAccount: line.payeeAccount,
  amountFen: line.amountFen,
  ...(line.payeeIdNumber !== undefined && { payeeIdNumber: line.payeeIdNumber }),
  ...(line.remark !== undefined && { remark: line.remark }),
})

async function seal(
  needs: ComposeNeeds,
  bank: ContractedBank,
  batch: Batch,
  file: BankFile,
  composed: Composed,
  claim: Claim,
): Promise<StepEnd> {
  const header = fileHeader(file, headerFacts(batch, bank))
  const at = needs.clock.now()
  const envelope = needs.envelopeOf(bank)
  const sealedName = file.name + envelopeSuffix(bank.agreement.envelope)
  const { md5, sha256, sizeBytes } = composed
  const sideFiles = bank.profile.sideFiles(header, {
    name: sealedName,
    md5,
    sha256: sha256.toString('hex'),
    sizeBytes,
  })
  return inTransaction(needs.db, async (tx) => {
    const sealed = await writeContent(tx, envelope.seal(composed.scratch.content))
    const counted = { rows: file.rowCount, totalFen: file.totalFen.toString(), sizeBytes: sealed.sizeBytes }
    const facts = { ...counted, ...envelope.sealKeys }
    const cause = bankFileMoves.planned.sealed
    const move = { from: 'planned', to: 'sealed', cause, at, facts, fence: claim.fence } as const
    if (!(await moveFile(tx, file.fileId, move))) throw new Fault('LEASE_LOST', { fileId: file.fileId })
    await recordSealedBytes(tx, file.fileId, { content: composed, sealedName, sealed, sideFiles })
    await finishDueWork(tx, claim)
    return {
      kind: 'done',
      wakes: [await due(tx, 'send', file.fileId, file.notBefore > at ? file.notBefore : at)],
    }
  })
}
