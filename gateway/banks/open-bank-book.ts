/** Puts agreements, profiles and ledger numbers together; an agreement on an unknown profile stops the start. */
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import { Fault } from '../faults.ts'
import type { Queryable } from '../store/pool.ts'
import type { Agreement, Programme } from './agreement.ts'
import type { BankBook, ContractedBank } from './bank-book.ts'
import { registerBanks } from './bank-store.ts'

/** What a bank book is made of. */
export interface BankBookSources {
  readonly agreements: readonly Agreement[]
  readonly programmes: readonly Programme[]
  readonly catalog: ReadonlyMap<string, CompiledProfile>
}

/** Opens the bank book; enters new banks in the ledger. Throws AGREEMENT_INVALID. */
export async function openBankBook(db: Queryable, sources: BankBookSources): Promise<BankBook> {
  const profiled = sources.agreements.map((agreement) => ({
    agreement,
    profile: profileOf(sources, agreement),
  }))
  const numbers = await registerBanks(db, sources.agreements)
  const banks = profiled.map(({ agreement, profile }): ContractedBank => {
    const bankNo = numbers.get(agreement.bank)
    if (bankNo === undefined)
      throw new Fault('INTERNAL', { reason: 'a bank without a number', bank: agreement.bank })
    return { bank: agreement.bank, bankNo, agreement, profile }
  })
  return bankBook(banks, sources.programmes)
}

function profileOf({ catalog }: BankBookSources, { bank, profile }: Agreement): CompiledProfile {
  const found = catalog.get(profile)
  if (!found)
    throw new Fault('AGREEMENT_INVALID', {
      problems: `${bank}: there is no profile ${profile}; there are ${[...catalog.keys()].join(', ')}`,
    })
  return found
}

/** A bank book over banks that have their numbers. */
export function bankBook(banks: readonly ContractedBank[], programmes: readonly Programme[]): BankBook {
  const byCode = new Map(banks.map((bank) => [bank.bank, bank]))
  const byNo = new Map(banks.map((bank) => [bank.bankNo, bank]))
  // The longest pattern is the most specific one.
  const specificFirst = [...programmes].sort((a, b) => b.code.length - a.code.length)
  return {
    banks,
    byCode: (bank) => byCode.get(bank),
    byNo(no) {
      const bank = byNo.get(no)
      if (!bank)
        throw new Fault('AGREEMENT_INVALID', { problems: `bank number ${no} has no agreement any more` })
      return bank
    },
    programme: (code) => specificFirst.find((programme) => covers(programme.code, code)),
  }
}

const covers = (pattern: string, code: string): boolean =>
  pattern.endsWith('*') ? code.startsWith(pattern.slice(0, -1)) : pattern === code
