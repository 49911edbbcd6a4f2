/** Finds which of our files an inbound name speaks of. Versions of a layout may name differently; the file's own counts. */
import type { AnswerKind, CompiledAcknowledgement } from '../../formats/profile/compiled-profile.ts'
import { type ContractedBank, knownProfiles, profileOf } from '../banks/bank-book.ts'
import type { BankFile } from '../dispatch/bank-file.ts'
import { findBySequence } from '../dispatch/bank-file-store.ts'
import type { Queryable } from '../store/pool.ts'
import { receiptName } from '../transfer/collect/answer-names.ts'

/** A file of ours that a name speaks of. */
export interface NamedFile {
  /** The bank with the layout that the file was planned with. */
  readonly bank: ContractedBank
  readonly file: BankFile
}

/** The file that an answer's name answers, and what kind of answer it is; `name` is without the envelope's suffix. */
export async function answeredFile(
  db: Queryable,
  bank: ContractedBank,
  name: string,
): Promise<(NamedFile & { readonly kind: AnswerKind }) | undefined> {
  for (const profile of knownProfiles(bank)) {
    const found = await fileNamed(db, bank, profile.matchResultName(name))
    const own = found?.bank.profile.matchResultName(name)
    if (found && own && names(own, found.file)) return { ...found, kind: own.kind }
  }
  return undefined
}

/** The file that a receipt's name speaks of, and how its receipts read. */
export async function acknowledgedFile(
  db: Queryable,
  bank: ContractedBank,
  remoteName: string,
): Promise<(NamedFile & { readonly acknowledgement: CompiledAcknowledgement }) | undefined> {
  const named = (receipts: CompiledAcknowledgement | undefined) =>
    receipts?.matchName(receiptName(bank, receipts.sealed, remoteName))
  for (const profile of knownProfiles(bank)) {
    const found = await fileNamed(db, bank, named(profile.acknowledgement))
    const acknowledgement = found?.bank.profile.acknowledgement
    const own = named(acknowledgement)
    if (found && acknowledgement && own && names(own, found.file)) return { ...found, acknowledgement }
  }
  return undefined
}

interface Named {
  readonly businessDate?: string
  readonly sequence?: number
}

async function fileNamed(
  db: Queryable,
  bank: ContractedBank,
  named: Named | undefined,
): Promise<NamedFile | undefined> {
  if (named?.businessDate === undefined || named.sequence === undefined) return undefined
  const file = await findBySequence(db, bank.bankNo, isoDay(named.businessDate), named.sequence)
  return file && { bank: { ...bank, profile: profileOf(bank, file) }, file }
}

const names = ({ businessDate, sequence }: Named, file: BankFile): boolean =>
  sequence === file.sequence && businessDate === file.businessDate.replaceAll('-', '')

const isoDay = (digits: string): string => `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}`
