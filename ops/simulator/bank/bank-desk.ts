/**
 * What every step of a simulated bank works with: its layout, its keys, its folders, its ledger and journal.
 * The bank's own folder lies outside the part that clients see over SFTP.
 */
import { join } from 'node:path'
import type { Envelope } from '../../../crypto/envelope.ts'
import type { CompiledProfile, FieldCipher } from '../../../formats/profile/compiled-profile.ts'
import type { Clock } from '../../../gateway/clock.ts'
import type { FaultRule } from '../misdeeds/fault-rule.ts'
import type { MisdeedName } from '../misdeeds/misdeed-catalog.ts'
import type { BankLedger } from './bank-ledger.ts'
import type { BankPolicy } from './decide-payment.ts'
import type { ReasonCodes } from './reason-codes.ts'
import type { CustomerFacts, NameReader } from './request-header.ts'
import type { RequestJournal } from './request-journal.ts'

/** When a simulated bank answers, in simulated time. */
export interface AnswerTimes {
  readonly answerDelayMinutes: number
  /** Delay of the answer to the first file that the bank ever takes, instead of the usual one. */
  readonly firstAnswerDelayHours?: number
  /** Working days of the state's calendar from a payment to its late return. */
  readonly returnDelayDays: number
}

/** A simulated bank as it is set up. */
export interface BankSetup {
  readonly bank: string
  readonly profile: CompiledProfile
  readonly codes: ReasonCodes
  readonly customer: CustomerFacts
  readonly folder: string
  readonly envelope: Envelope
  /** What sealing adds to a file's name, such as `.p7m`. */
  readonly suffix: string
  /** Opens and seals single fields, where the layout encrypts any. */
  readonly cipher?: FieldCipher
  readonly policy: BankPolicy
  readonly times: AnswerTimes
  /** `at-once`: a taken file leaves `in/` at once; `after-answer`: it stays there until it was answered. */
  readonly pickUp: 'at-once' | 'after-answer'
  readonly clock: Clock
  /** True while a client still writes this local path. */
  readonly isBeingWritten: (local: string) => boolean
  /** What the bank does wrong; nothing where it is absent. */
  readonly script?: readonly FaultRule[]
  /** Seals as no partner agreed to, for the misdeed of this name; undefined where this bank's envelope cannot. */
  readonly strangeEnvelope?: (misdeed: MisdeedName) => Promise<Envelope | undefined>
  /** A serial out of another bank's books, if there is one. */
  readonly foreignSerial?: () => Promise<string | undefined>
  /** True for a bank that may leave statements of the funding account beside its answers. */
  readonly givesStatements?: boolean
  /** Takes one line for the bank's operator; never holds a name or an account. */
  readonly report: (line: string) => void
}

/** A bank at work. */
export interface BankDesk extends BankSetup {
  readonly folders: BankFolders
  readonly ledger: BankLedger
  readonly journal: RequestJournal
  readonly readName: NameReader
}

/** Folders and files of one bank, under its own folder. `in` and `out` are what clients see. */
export interface BankFolders {
  readonly sftpRoot: string
  readonly in: string
  readonly out: string
  /** Files that the bank took out of `in` itself, outside what clients see. */
  readonly taken: string
  readonly requests: string
  readonly scratch: string
  readonly ledgerFile: string
  readonly journalFile: string
}

/** Where everything of a bank lies. */
export function bankFolders(folder: string): BankFolders {
  const sftpRoot = join(folder, 'sftp')
  return {
    sftpRoot,
    in: join(sftpRoot, 'in'),
    out: join(sftpRoot, 'out'),
    taken: join(folder, 'taken'),
    requests: join(folder, 'requests'),
    scratch: join(folder, 'scratch'),
    ledgerFile: join(folder, 'ledger.ndjson'),
    journalFile: join(folder, 'journal.ndjson'),
  }
}
