/**
 * Chases what a bank owes for a file: when its time has passed somebody is told, once, and the bank is asked at once and
 * then at growing distances (reliability.md F52, F72). Nothing becomes final here, however long a bank takes; with nothing
 * owed any more, parts that dead workers left at the bank are swept.
 */
import type { ContractedBank } from '../../banks/bank-book.ts'
import { dueTime } from '../../banks/due-time.ts'
import type { BankFile } from '../../dispatch/bank-file.ts'
import { findBankFile, findCutOffAttempts } from '../../dispatch/bank-file-store.ts'
import { asFault, Fault } from '../../faults.ts'
import { type Claim, finishDueWork } from '../../ledger/due-work-store.ts'
import { due, type StepEnd, type Wake } from '../../run-step.ts'
import { inTransaction } from '../../store/transaction.ts'
import { openException } from '../exception-store.ts'
import { addFacts } from '../own-exception-store.ts'
import type { SendNeeds } from '../send-needs.ts'
import { nextChase } from './chase-times.ts'
import * as store from './obligation-store.ts'
import { meetObligation } from './owe.ts'

/** Step `chase`: subject is a file number. It ends when everything that the bank owes for the file was met. */
export async function chaseBankFile(needs: SendNeeds, subject: string, claim: Claim): Promise<StepEnd> {
  const file = await findBankFile(needs.db, Number(subject))
  if (!file) throw new Fault('INTERNAL', { reason: 'no such bank file', fileId: subject })
  const bank = needs.bankBook.byNo(file.bankNo)
  const now = needs.clock.now()
  const open = await openDebts(needs, bank, file)
  if (open.length === 0) {
    await sweepParts(needs, bank, file)
    await finishDueWork(needs.db, claim)
    return { kind: 'done' }
  }
  const late = open.filter(({ dueAt }) => dueAt <= now)
  const next = open.map(({ dueAt }) => nextChase(dueAt, now)).sort((a, b) => a.getTime() - b.getTime())[0]
  const end = { kind: 'later', at: next ?? now } as const
  if (late.length === 0) return end
  for (const debt of late) await tell(needs, bank, file, debt)
  const asked = await askNow(needs, bank, file)
  for (const { kind } of late) await addFacts(needs.db, lateKinds[kind], file.fileId, asked.facts)
  return { ...end, wakes: [asked.wake] }
}

/** A worker that was overtaken and then died left its part at the bank, and nobody else will look for it (I13). */
async function sweepParts(needs: SendNeeds, bank: ContractedBank, file: BankFile): Promise<void> {
  const attempts = await findCutOffAttempts(needs.db, file.fileId)
  if (attempts.length > 0)
    await needs.channelOf(bank).removeParts?.(file.sealedName ?? file.name, attempts.map(String))
}

const lateKinds = { result: 'result-late', acknowledgement: 'acknowledgement-late' } as const

/** What is still owed, after what the file's own state settles and what a calendar that is known by now moves. */
async function openDebts(
  needs: SendNeeds,
  bank: ContractedBank,
  file: BankFile,
): Promise<store.OpenObligation[]> {
  const over = file.state === 'closed' || file.state === 'refused'
  const debts: store.OpenObligation[] = []
  for (const debt of await store.readOpenObligations(needs.db, file.fileId)) {
    if (over) {
      const at = needs.clock.now()
      await inTransaction(needs.db, (tx) => meetObligation(tx, file.fileId, debt.kind, at))
    } else debts.push(debt.missingYear === undefined ? debt : await recounted(needs, bank, file, debt))
  }
  return debts
}

async function recounted(
  needs: SendNeeds,
  { agreement }: ContractedBank,
  { fileId }: BankFile,
  debt: store.OpenObligation,
): Promise<store.OpenObligation> {
  const sentAt = await store.readSentAt(needs.db, fileId)
  const terms = agreement[debt.kind]
  if (!sentAt || !terms || !needs.calendar.years.has(debt.missingYear ?? 0)) return debt
  const when = dueTime(terms, agreement, needs.calendar, sentAt)
  await store.recountDueAt(needs.db, fileId, debt.kind, when.at, when.missingYear)
  return { ...debt, dueAt: when.at, missingYear: when.missingYear }
}

/** Opens the exception of a debt whose time has passed, once. */
function tell(
  needs: SendNeeds,
  { bank, bankNo }: ContractedBank,
  file: BankFile,
  { kind, dueAt, missingYear }: store.OpenObligation,
): Promise<void> {
  const { fileId, batchId, name } = file
  return inTransaction(needs.db, async (tx) => {
    const at = needs.clock.now()
    if (!(await store.markLate(tx, fileId, kind, at))) return
    const sentAt = await store.readSentAt(tx, fileId)
    const facts = {
      bank,
      name,
      state: file.state,
      ...(sentAt && { sentAt: sentAt.toISOString() }),
      dueAt: dueAt.toISOString(),
      linesOpen: file.rowCount - file.settledCount,
      lines: file.rowCount,
      ...(missingYear !== undefined && { calendarMissing: missingYear }),
    }
    await openException(tx, { kind: lateKinds[kind], bankNo, fileId, batchId, facts, at })
  })
}

/** Asks in whatever way the road has, and looks into the inbox at once; what was found is for people. */
async function askNow(
  needs: SendNeeds,
  bank: ContractedBank,
  file: BankFile,
): Promise<{ readonly facts: Readonly<Record<string, string>>; readonly wake: Wake }> {
  const at = needs.clock.now()
  const found = await askBank(needs, bank, file).catch(
    (error: unknown) => `the bank could not be asked: ${asFault(error, 'BANK_UNREACHABLE').code}`,
  )
  const wake = await due(needs.db, 'collect', bank.bankNo, at)
  return { facts: { askedAt: at.toISOString(), found }, wake }
}

/** Files that nobody fetched stay in the folder; ones that are gone were taken in by somebody. */
async function askBank(needs: SendNeeds, bank: ContractedBank, file: BankFile): Promise<string> {
  const channel = needs.channelOf(bank)
  const name = file.sealedName ?? file.name
  if (channel.ask) {
    const asked = await channel.ask(name)
    return asked.kind === 'asked' ? 'the bank was asked' : `the bank was not asked: ${asked.why}`
  }
  const { final } = await channel.confirm(name)
  if (!final) return "the file is gone from the bank's folder, so the bank has taken it"
  return final.sizeBytes === file.sealedBytes
    ? 'the bank never fetched it: the file lies in its folder as we left it'
    : 'a file of another size lies in its folder under the name'
}
