/**
 * What became of a sending that was cut off: whoever began it is shut out, then the bank is asked, and its evidence
 * decides (law 4). Nothing is sent from here.
 */
import type { ContractedBank } from '../banks/bank-book.ts'
import type { BankFile } from '../dispatch/bank-file.ts'
import { findBankFile, takeOverSending } from '../dispatch/bank-file-store.ts'
import { Fault } from '../faults.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import type { StepEnd } from '../run-step.ts'
import { contentSha256 } from '../store/content-store.ts'
import type { RemoteEvidence } from './channel.ts'
import { decideDelivery } from './decide-delivery.ts'
import { recordDelivered, recordNotDelivered, recordUnclear, tellNameTaken } from './record-sending.ts'
import type { SendNeeds } from './send-needs.ts'
import { digestLimitBytes, unlessRefused } from './sftp/sftp-sent.ts'

const askAgainMs = 60_000

/** Asks the bank about a file that is `sending` or `unconfirmed`, and records the answer. */
export async function confirmDelivery(
  needs: SendNeeds,
  bank: ContractedBank,
  begun: BankFile,
  claim: Claim,
): Promise<StepEnd> {
  const file = await takeOver(needs, begun, claim)
  // The answer to the very file may be read between the two looks: then it has come, and needs no other proof (F53).
  if (file.state !== 'sending' && file.state !== 'unconfirmed') {
    await finishDueWork(needs.db, claim)
    return { kind: 'done' }
  }
  const evidence = await look(needs, bank, file)
  const delivery = decideDelivery(file, evidence)
  if (delivery.kind === 'not-delivered' && evidence.part && !(await outOfReach(needs, bank, file)))
    return { kind: 'later', at: new Date(needs.clock.now().getTime() + askAgainMs) }
  switch (delivery.kind) {
    case 'delivered':
      return recordDelivered(needs, bank, file, claim, file.state, delivery.why)
    case 'not-delivered':
      return recordNotDelivered(
        needs,
        file,
        claim,
        file.state,
        new Fault('BANK_UNREACHABLE', { reason: delivery.why }),
      )
    case 'unclear':
      if (evidence.final !== undefined) await tellNameTaken(needs, file, claim, evidence.final.sizeBytes)
      if (file.state === 'sending')
        return recordUnclear(needs, file, claim, new Fault('SEND_UNCONFIRMED', { reason: delivery.why }))
      return { kind: 'later', at: new Date(needs.clock.now().getTime() + askAgainMs) }
    default:
      return delivery satisfies never
  }
}

/**
 * Looks at both names. Another file of our size has other bytes; they are compared where the bank lets us read them back,
 * so that no stranger's file is taken for ours (F38).
 */
async function look(needs: SendNeeds, bank: ContractedBank, file: BankFile): Promise<RemoteEvidence> {
  const channel = needs.channelOf(bank)
  const name = file.sealedName ?? file.name
  const seen = await channel.confirm(name, `${file.sendAttempt}`)
  const { sizeBytes = -1 } = seen.final ?? {}
  if (sizeBytes !== file.sealedBytes || sizeBytes > digestLimitBytes) return seen
  const lying = await channel.sentSha256(name).catch(unlessRefused)
  if (lying === undefined || file.contentId === undefined) return seen
  const bytes = lying === (await contentSha256(needs.db, file.contentId)) ? 'ours' : 'others'
  return { ...seen, final: { sizeBytes, bytes } }
}

/**
 * A bank may carry a rename out long after we gave it up. While the part lies there that is still to come, so the part
 * is put where no rename finds it; when it is gone by then, the file may be the bank's and is looked for again.
 */
async function outOfReach(needs: SendNeeds, bank: ContractedBank, file: BankFile): Promise<boolean> {
  const channel = needs.channelOf(bank)
  if (file.sendStage !== 'renaming' || channel.withdraw === undefined) return true
  return channel.withdraw(file.sealedName ?? file.name, `${file.sendAttempt}`)
}

/**
 * Whoever began this sending may still be alive. It is shut out before the bank is asked, so that what the bank shows
 * cannot be overtaken by a rename; then the file is read again, as it stays.
 */
async function takeOver(needs: SendNeeds, { fileId }: BankFile, claim: Claim): Promise<BankFile> {
  const file = (await takeOverSending(needs.db, fileId, claim.fence))
    ? await findBankFile(needs.db, fileId)
    : undefined
  if (!file) throw new Fault('LEASE_LOST', { fileId })
  return file
}
