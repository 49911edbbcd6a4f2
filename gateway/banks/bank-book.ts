/** All agreements and programme policies in force, with each bank's compiled profile and ledger number. */
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import type { CompiledStatement } from '../../formats/statement/compiled-statement.ts'
import { Fault } from '../faults.ts'
import type { BankNo } from '../ledger/batch.ts'
import type { Agreement, Programme } from './agreement.ts'

/** A contracted bank, ready to use. */
export interface ContractedBank {
  readonly bank: string
  readonly bankNo: BankNo
  readonly agreement: Agreement
  /** The layout that new files are planned with. */
  readonly profile: CompiledProfile
  /** Other layouts that its files may have been planned with; none when nobody kept any. */
  readonly kept?: KeptProfiles
  /** Layout of its statements, where the agreement has them. */
  readonly statement?: CompiledStatement
}

/** Layouts that are no longer planned with. */
export interface KeptProfiles {
  version(id: string, version: number): CompiledProfile | undefined
  /** Every version of a profile, the current one first. */
  versions(id: string): readonly CompiledProfile[]
}

/** A file's layout, as the ledger stores it. */
export interface PlannedLayout {
  readonly profile: string
  readonly profileVersion: number
}

/** The layout that a file was planned with. Throws PROFILE_VERSION_MISSING when it is gone. */
export function profileOf(bank: ContractedBank, planned: PlannedLayout): CompiledProfile {
  const { profile, kept } = bank
  if (profile.id === planned.profile && profile.version === planned.profileVersion) return profile
  const found = kept?.version(planned.profile, planned.profileVersion)
  if (found) return found
  throw new Fault('PROFILE_VERSION_MISSING', {
    bank: bank.bank,
    profile: planned.profile,
    version: planned.profileVersion,
    file: `${planned.profile}@${planned.profileVersion}.yaml`,
  })
}

/** Every layout that an answer of this bank may be named by, the current one first. */
export const knownProfiles = ({ profile, kept }: ContractedBank): readonly CompiledProfile[] => [
  profile,
  ...(kept?.versions(profile.id) ?? []).filter(({ version }) => version !== profile.version),
]

/** What the steps look banks and programmes up in. */
export interface BankBook {
  readonly banks: readonly ContractedBank[]
  byCode(bank: string): ContractedBank | undefined
  byNo(bankNo: BankNo): ContractedBank
  /** The most specific policy for a programme code; undefined when none was set. */
  programme(code: string): Programme | undefined
}
