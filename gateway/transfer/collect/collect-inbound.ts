/**
 * Looks into a bank's inbox and collects what is new: raw bytes with their digest first, nothing parsed here (law 6).
 * A file that still grows is left until two looks agree, and until what its bank lays beside it is there; one that
 * cannot be fetched does not keep back the others.
 */
import type { ContentSource } from '../../../crypto/envelope.ts'
import { spoolToScratch } from '../../../crypto/scratch-file.ts'
import type { FileRefusal } from '../../../formats/bank-file.ts'
import type { AnswerSideFile } from '../../../formats/profile/compiled-profile.ts'
import type { ContractedBank } from '../../banks/bank-book.ts'
import { asFault, type Fault } from '../../faults.ts'
import { bankNo } from '../../ledger/batch.ts'
import type { Claim } from '../../ledger/due-work-store.ts'
import type { Needs } from '../../needs.ts'
import { due, type StepEnd, type Wake } from '../../run-step.ts'
import { dropContent, writeContent } from '../../store/content-store.ts'
import { inTransaction } from '../../store/transaction.ts'
import { isRestoring } from '../brakes/brake-store.ts'
import type { Channel, RemoteFile } from '../channel.ts'
import { openException } from '../exception-store.ts'
import type { SendNeeds } from '../send-needs.ts'
import { answerName, isAnswer } from './answer-names.ts'
import { sideFlaws, sidesComplete, sidesOf } from './answer-sides.ts'
import { enterInbound, markCollected, noteSighting, reportUnsafe } from './inbound-store.ts'
import { quarantineInbound } from './quarantine-store.ts'

/** What collecting uses. */
export type CollectNeeds = SendNeeds & Pick<Needs, 'scratchFolder'>

type SafeFile = Extract<RemoteFile, { kind: 'file' }>

/** Step `collect`: subject is a bank's number; comes back after the agreement's polling time for ever. */
export async function collectInbound(needs: CollectNeeds, subject: string, _claim: Claim): Promise<StepEnd> {
  const bank = needs.bankBook.byNo(bankNo(Number(subject)))
  // An answer to a file of which a restored database has forgotten that it was sent would be refused; it waits at the bank.
  if (await isRestoring(needs.db, bank.bankNo)) return { kind: 'later', at: nextLook(needs, bank) }
  const channel = needs.channelOf(bank)
  const wakes: Wake[] = []
  const faults: Fault[] = []
  const files = await channel.list()
  const names = new Set(files.flatMap((file) => (file.kind === 'file' ? [file.name] : [])))
  for (const file of files) {
    if (file.kind === 'unsafe') {
      await reportUnsafe(needs.db, bank.bankNo, file, needs.clock.now())
      continue
    }
    if (!isAnswer(bank, file.name)) continue
    if (!(await noteSighting(needs.db, bank.bankNo, file, needs.clock.now()))) continue
    const sides = sidesOf(bank, file.name, answerName(bank, file.name))
    if (!sidesComplete(sides, names)) continue
    try {
      const wake = await collectFile(needs, bank, channel, file, sides)
      if (wake) wakes.push(wake)
    } catch (error) {
      faults.push(asFault(error, 'BANK_UNREACHABLE'))
    }
  }
  if (faults[0]) throw faults[0]
  return { kind: 'later', at: nextLook(needs, bank), wakes }
}

const nextLook = ({ clock }: Pick<Needs, 'clock'>, { agreement }: ContractedBank): Date =>
  new Date(clock.now().getTime() + agreement.pollSeconds * 1000)

async function collectFile(
  needs: CollectNeeds,
  bank: ContractedBank,
  channel: Channel,
  file: SafeFile,
  sides: readonly AnswerSideFile[],
): Promise<Wake | undefined> {
  // A slow bank must not hold a transaction, so the bytes come to an encrypted scratch file first.
  const fetched = await spoolToScratch(channel.fetch(file.name), needs.scratchFolder)
  try {
    const flaws = await sideFlaws(channel, sides, fetched.content)
    return await keep(needs, bank, file, fetched.content, flaws)
  } finally {
    await fetched.discard()
  }
}

function keep(
  needs: CollectNeeds,
  bank: ContractedBank,
  file: SafeFile,
  bytes: ContentSource,
  flaws: readonly FileRefusal[],
): Promise<Wake | undefined> {
  return inTransaction(needs.db, async (tx) => {
    const now = needs.clock.now()
    const content = await writeContent(tx, bytes())
    await markCollected(tx, bank.bankNo, file.name)
    const entered = await enterInbound(tx, bank.bankNo, file, content, now)
    if (!entered) {
      await dropContent(tx, content)
      return undefined
    }
    // A bank's API gives the state of a file again and again, under the one name that its result has.
    if (entered.nameSeenBefore && bank.agreement.channel.kind !== 'api') {
      await openException(tx, {
        kind: 'same-name-new-content',
        bankNo: bank.bankNo,
        inboundId: entered.inboundId,
        facts: { name: file.name },
        at: now,
      })
    }
    if (flaws.length === 0) return due(tx, 'read', entered.inboundId, now)
    const inbound = { inboundId: entered.inboundId, bankNo: bank.bankNo, name: file.name }
    await quarantineInbound(tx, inbound, { refusals: flaws }, now)
    return undefined
  })
}
