/** Puts agreements, profiles and ledger numbers together; an agreement on an unknown profile stops the start. */
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import type { CompiledStatement } from '../../formats/statement/compiled-statement.ts'
import { loadStatements } from '../../formats/statement/load-statements.ts'
import { Fault } from '../faults.ts'
import type { Queryable } from '../store/pool.ts'
import { agreedProfile, agreedVersions } from './agreed-codes.ts'
import type { Agreement, Programme } from './agreement.ts'
import type { BankBook, ContractedBank, KeptProfiles } from './bank-book.ts'
import { registerBanks } from './bank-store.ts'

/** What a bank book is made of. */
export interface BankBookSources {
  readonly agreements: readonly Agreement[]
  readonly programmes: readonly Programme[]
  readonly catalog: ReadonlyMap<string, CompiledProfile>
  /** Older versions; without them only files of current versions can be read. */
  readonly kept?: KeptProfiles
  /** Layouts of statements; the shipped ones unless told. */
  readonly statements?: ReadonlyMap<string, CompiledStatement>
}

/** Opens the bank book; enters new banks in the ledger. Throws AGREEMENT_INVALID. */
export async function openBankBook(db: Queryable, sources: BankBookSources): Promise<BankBook> {
  const profiled = sources.agreements.map((agreement) => ({
    agreement,
    profile: profileOf(sources, agreement),
  }))
  const statementOf = statementFinder(sources)
  const statements = new Map(sources.agreements.map((agreement) => [agreement.bank, statementOf(agreement)]))
  const numbers = await registerBanks(db, sources.agreements)
  const banks = profiled.map(({ agreement, profile }): ContractedBank => {
    const bankNo = numbers.get(agreement.bank)
    if (bankNo === undefined)
      throw new Fault('INTERNAL', { reason: 'a bank without a number', bank: agreement.bank })
    const statement = statements.get(agreement.bank)
    return {
      bank: agreement.bank,
      bankNo,
      agreement,
      profile,
      ...keptOf(sources, agreement),
      ...(statement === undefined ? {} : { statement }),
    }
  })
  return bankBook(banks, sources.programmes)
}

/** Finds the layout of a bank's statements; the shipped ones are loaded only where an agreement has any. */
function statementFinder(sources: BankBookSources): (agreement: Agreement) => CompiledStatement | undefined {
  let statements = sources.statements
  return ({ bank, statement }) => {
    if (!statement) return undefined
    statements ??= loadStatements()
    const found = statements.get(statement.profile)
    if (found) return found
    throw new Fault('AGREEMENT_INVALID', {
      problems: `${bank}: there is no statement profile ${statement.profile}; there are ${[...statements.keys()].join(', ')}`,
    })
  }
}

const keptOf = ({ kept }: Pick<BankBookSources, 'kept'>, agreement: Agreement): { kept?: KeptProfiles } =>
  kept === undefined ? {} : { kept: agreedVersions(agreement, kept) }

/** The same banks with the profiles of another catalog. Throws AGREEMENT_INVALID when an agreement's profile is gone. */
export function withProfiles(
  book: BankBook,
  programmes: readonly Programme[],
  sources: Pick<BankBookSources, 'catalog' | 'kept'>,
): BankBook {
  const banks = book.banks.map((bank) => ({
    ...bank,
    profile: profileOf(sources, bank.agreement),
    ...keptOf(sources, bank.agreement),
  }))
  return bankBook(banks, programmes)
}

function profileOf({ catalog }: Pick<BankBookSources, 'catalog'>, agreement: Agreement): CompiledProfile {
  const { bank, profile } = agreement
  const found = catalog.get(profile)
  if (!found)
    throw new Fault('AGREEMENT_INVALID', {
      problems: `${bank}: there is no profile ${profile}; there are ${[...catalog.keys()].join(', ')}`,
    })
  return agreedProfile(agreement, found)
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
