/** Which files of an inbox are for us, by their names: answers, statements, receipts. */
import { type ContractedBank, knownProfiles } from '../../banks/bank-book.ts'
import { envelopeSuffix } from '../../banks/envelope-terms.ts'

/** True for names that the bank's profile, in any version that is kept, gives its answers, and for those of its statements. */
export function isAnswer(bank: ContractedBank, remoteName: string): boolean {
  const name = answerName(bank, remoteName)
  return (
    isStatement(bank, remoteName) ||
    isReceipt(bank, remoteName) ||
    knownProfiles(bank).some((profile) => profile.matchResultName(name) !== undefined)
  )
}

/** True for names of the bank's statements of the agreed account, with the envelope's suffix. */
export function isStatement(bank: ContractedBank, remoteName: string): boolean {
  const { statement, agreement } = bank
  const name = answerName(bank, remoteName)
  return statement?.matchName(name, agreement.statement?.account) !== undefined
}

/** The name of an answer without the suffix of its envelope. */
export function answerName(bank: ContractedBank, remoteName: string): string {
  const suffix = envelopeSuffix(bank.agreement.envelope)
  return remoteName.endsWith(suffix) ? remoteName.slice(0, remoteName.length - suffix.length) : ''
}

/** True for names of receipts that the bank leaves for our files, with the envelope's suffix where they have an envelope. */
export const isReceipt = (bank: ContractedBank, remoteName: string): boolean =>
  knownProfiles(bank).some(
    ({ acknowledgement }) =>
      acknowledgement?.matchName(receiptName(bank, acknowledgement.sealed, remoteName)) !== undefined,
  )

/** The name of a receipt without the suffix of its envelope, where it has one. */
export const receiptName = (bank: ContractedBank, isSealed: boolean, remoteName: string): string =>
  isSealed ? answerName(bank, remoteName) : remoteName
