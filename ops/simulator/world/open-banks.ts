/** Opens the banks of a prepared world, each with its door, its books and what it was told to do wrong. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeSshKeyPair } from '../../../crypto/keyring.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import type { Clock } from '../../../gateway/clock.ts'
import { startApiBank } from '../api/api-bank.ts'
import type { TellNotice } from '../api/api-notices.ts'
import { bankFolders } from '../bank/bank-desk.ts'
import { reasonCodesOf } from '../bank/reason-codes.ts'
import { openSimulatedBank, type SimulatedBank } from '../bank/simulated-bank.ts'
import { type CallBook, openCallBook } from '../misdeeds/call-book.ts'
import { sftpManners } from '../sftp/sftp-manners.ts'
import { type SftpServer, startSftpServer } from '../sftp/sftp-server.ts'
import { openBankSide } from './bank-side.ts'
import { foreignSerial } from './foreign-serial.ts'
import { bankKeysFolder, gatewaySshKey, partyPaths } from './party-keys.ts'
import type { SimulatedWorld, WorldApiBank, WorldBank } from './simulated-world.ts'
import { openStrangeEnvelope } from './strange-envelope.ts'

/** What the banks of a running world need. `report` takes a line for a person; it never holds a name or an account. */
export interface BankOptions {
  readonly clock: Clock
  readonly report: (line: string) => void
  /** Takes the notices of banks behind an API; they send none without. */
  readonly tellNotice?: TellNotice
}

/** Closes one part of a world. */
export type Closing = () => Promise<void>

/** A world that is being opened; what is open already closes through `closings`. */
export interface Opening {
  readonly folder: string
  readonly world: SimulatedWorld
  readonly options: BankOptions
  readonly closings: Closing[]
}

/** Opens the banks over SFTP. Rejects when a port stays taken or a file is bad. */
export async function openSftpBanks(opening: Opening): Promise<SimulatedBank[]> {
  const banks: SimulatedBank[] = []
  for (const bank of opening.world.banks) {
    const book = await bookOf(opening, bank)
    const server = await openDoor(opening, bank, book)
    opening.closings.push(server.close)
    const opened = await openBank(opening, bank, profileOf(opening, bank), server)
    opening.closings.push(opened.close)
    banks.push(opened)
  }
  return banks
}

/** Opens the banks behind an API. Rejects as `openSftpBanks` does. */
export async function openApiBanks(opening: Opening): Promise<SimulatedBank[]> {
  const { folder, world, options } = opening
  const banks: SimulatedBank[] = []
  for (const bank of world.apiBanks ?? []) {
    const { answerDelayMinutes, returnDelayDays, failShare, faults } = world.options
    const opened = await startApiBank({
      ...bank,
      profile: profileOf(opening, bank),
      // An interface has no files of later returns.
      policy: { seed: world.seed, failShare, returnShare: 0 },
      times: { answerDelayMinutes, returnDelayDays },
      clock: options.clock,
      report: options.report,
      script: faults,
      foreignSerial: () => foreignSerial(folder, bank.bank),
      book: await bookOf(opening, bank),
      ...(options.tellNotice !== undefined && { tell: options.tellNotice }),
    })
    opening.closings.push(opened.close)
    banks.push(opened.bank)
  }
  return banks
}

async function bookOf(
  { world, options, closings }: Opening,
  { bank, folder }: Pick<WorldBank, 'bank' | 'folder'>,
): Promise<CallBook> {
  const chooser = { seed: world.seed, bank }
  const path = join(folder, 'misdeeds.ndjson')
  const book = await openCallBook(path, world.options.faults, chooser, () => options.clock.now())
  closings.push(() => book.close())
  return book
}

const catalogs = new WeakMap<SimulatedWorld, ReturnType<typeof loadCatalog>>()

function profileOf({ world }: Opening, { bank, profile }: WorldBank | WorldApiBank): CompiledProfile {
  const catalog = catalogs.get(world) ?? loadCatalog(world.profilesFolder)
  catalogs.set(world, catalog)
  const found = catalog.get(profile)
  if (found === undefined) throw new Error(`The catalog has no profile ${profile} for ${bank}.`)
  return found
}

async function openDoor({ options }: Opening, bank: WorldBank, book: CallBook): Promise<SftpServer> {
  const keys = bankKeysFolder(bank.folder)
  const { sftpRoot, taken } = bankFolders(bank.folder)
  return await startSftpServer({
    host: bank.host,
    port: bank.port,
    root: sftpRoot,
    hostKey: await readFile(partyPaths(keys).sshKey, 'utf8'),
    username: bank.username,
    authorizedKey: await readFile(gatewaySshKey(keys), 'utf8'),
    manners: sftpManners({ book, now: () => options.clock.now(), takenFolder: taken }),
    otherHostKey: () => makeSshKeyPair('another host').privateKeyPem,
  })
}

async function openBank(
  { folder, world, options: { clock, report } }: Opening,
  bank: WorldBank,
  profile: CompiledProfile,
  server: SftpServer,
): Promise<SimulatedBank> {
  const { failShare, returnShare, answerDelayMinutes, returnDelayDays, lateBank, lateAnswerHours, faults } =
    world.options
  const isLate = lateBank === bank.bank
  const codes = reasonCodesOf(profile)
  const canReturn = profile.answerKinds.includes('late') && codes.returned.length > 0
  return await openSimulatedBank({
    bank: bank.bank,
    profile,
    codes,
    customer: { fundingAccount: bank.fundingAccount, settings: bank.settings },
    folder: bank.folder,
    ...(await openBankSide(bank.folder, clock)),
    // A bank without files of later returns tells of them on its statement, and only where a script says so.
    policy: { seed: world.seed, failShare, returnShare: canReturn ? returnShare : 0 },
    times: {
      answerDelayMinutes,
      returnDelayDays,
      ...(isLate ? { firstAnswerDelayHours: lateAnswerHours } : {}),
    },
    pickUp: world.options.pickUp,
    clock,
    isBeingWritten: server.isBeingWritten,
    report,
    script: faults,
    strangeEnvelope: (misdeed) => openStrangeEnvelope(bank.folder, bank.envelope, misdeed, clock),
    foreignSerial: () => foreignSerial(folder, bank.bank),
    givesStatements: true,
  })
}
