/** The bank book of a command: the agreements and layouts of this environment, read as a service reads them at its start. */
import { openProfileCatalog } from '../../formats/profile/profile-catalog.ts'
import { statementsBeside } from '../../formats/statement/load-statements.ts'
import type { BankBook } from '../../gateway/banks/bank-book.ts'
import { loadAgreements, loadProgrammes } from '../../gateway/banks/load-agreements.ts'
import { openBankBook } from '../../gateway/banks/open-bank-book.ts'
import { asFault } from '../../gateway/faults.ts'
import type { Db } from '../../gateway/store/pool.ts'
import { type Config, readConfig } from '../start/config.ts'
import { say } from './output.ts'

/** Opens the bank book. Throws AGREEMENT_INVALID. */
export function openCommandBankBook(db: Db, config: Config): Promise<BankBook> {
  const kept = openProfileCatalog(config.profilesFolder)
  return openBankBook(db, {
    agreements: loadAgreements(config.agreementsFolder),
    programmes: loadProgrammes(config.programmesFile),
    catalog: kept.profiles,
    kept,
    statements: statementsBeside(config.profilesFolder),
  })
}

/** The bank book, or one that throws why there is none as soon as an act needs it: most acts do not. */
export async function bankBookForActs(db: Db, config: Config): Promise<BankBook> {
  try {
    return await openCommandBankBook(db, config)
  } catch (error) {
    const lacking = (): never => {
      throw error
    }
    return { banks: [], byCode: lacking, byNo: lacking, programme: lacking }
  }
}

/** Gives `work` the bank book, or undefined where this machine has no agreements that hold; then it says so. */
export async function withBankBook<T>(db: Db, work: (book: BankBook | undefined) => Promise<T>): Promise<T> {
  const book = await openCommandBankBook(db, readConfig(process.env)).catch((error: unknown) => {
    say(`未能读取协议，代码含义未核 / The agreements could not be read: ${asFault(error).message}`)
    return undefined
  })
  return work(book)
}
