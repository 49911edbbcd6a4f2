/** All agreements and programme policies in force, with each bank's compiled profile and ledger number. */
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import type { BankNo } from '../ledger/batch.ts'
import type { Agreement, Programme } from './agreement.ts'

/** A contracted bank, ready to use. */
export interface ContractedBank {
  readonly bank: string
  readonly bankNo: BankNo
  readonly agreement: Agreement
  readonly profile: CompiledProfile
}

/** What the steps look banks and programmes up in. */
export interface BankBook {
  readonly banks: readonly ContractedBank[]
  byCode(bank: string): ContractedBank | undefined
  byNo(bankNo: BankNo): ContractedBank
  /** The most specific policy for a programme code; undefined when none was set. */
  programme(code: string): Programme | undefined
}
