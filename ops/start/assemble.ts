/** Puts together what the steps need, from a configuration and a database address; the one place that wires. */
import { mkdirSync, readFileSync } from 'node:fs'
import { type FieldKey, loadFieldKey, loadOrMakeFieldKey } from '../../crypto/field-key.ts'
import { createFieldSealer } from '../../crypto/field-sealing.ts'
import { createPseudonymizer } from '../../crypto/pseudonym.ts'
import { openProfileCatalog } from '../../formats/profile/profile-catalog.ts'
import { statementsBeside } from '../../formats/statement/load-statements.ts'
import type { ContractedBank } from '../../gateway/banks/bank-book.ts'
import { openEnvelopes, openFieldCiphers } from '../../gateway/banks/bank-keys.ts'
import { loadCalendar } from '../../gateway/banks/calendar.ts'
import { loadAgreements, loadProgrammes } from '../../gateway/banks/load-agreements.ts'
import { type BankBookSources, openBankBook, withProfiles } from '../../gateway/banks/open-bank-book.ts'
import { type Clock, systemClock } from '../../gateway/clock.ts'
import { codeOf, Fault } from '../../gateway/faults.ts'
import type { Needs } from '../../gateway/needs.ts'
import { httpSmsProvider, type SmsProvider } from '../../gateway/outcomes/sms-provider.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { noticeVerifier } from '../../gateway/transfer/api/notice-verifier.ts'
import { openApiChannel } from '../../gateway/transfer/api/open-api-channel.ts'
import type { Channel } from '../../gateway/transfer/channel.ts'
import { guardedLogin, loginName } from '../../gateway/transfer/sftp/guarded-login.ts'
import { sftpChannel } from '../../gateway/transfer/sftp/sftp-channel.ts'
import { drillWatch } from '../drills/kill-points.ts'
import { type PortWatch, watchedChannel, watchedSms, watchedStatements } from '../drills/port-call.ts'
import { readSimulatedClock } from '../simulator/simulated-clock.ts'
import type { Config } from './config.ts'

/** Everything that any step may need; `close` hangs up. */
export interface Assembly extends Needs {
  readonly fieldKey: FieldKey
  readonly channelOf: (bank: ContractedBank) => Channel
  readonly sms: SmsProvider | undefined
  /** The identity of a notice that a bank signed; undefined for any other. */
  readonly noticeIdOf: (bank: ContractedBank, body: Buffer) => string | undefined
  /** Uses the profiles of a folder from now on. Throws when one does not hold, or an agreement's profile is not there. */
  useProfiles(folder: string): void
  close(): Promise<void>
}

/** How one process or thread is assembled. */
export interface AssembleOptions {
  readonly name: string
  readonly connections: number
  /** The configured one unless told. */
  readonly clock?: Clock
  /** Where envelopes are sealed and opened; here unless told. */
  readonly envelopes?: 'here' | 'in-threads'
  /** Sees every call through a port; the configured drill's unless told. */
  readonly watch?: PortWatch
}

/**
 * Assembles for one process or thread, by the configured clock unless told. Where threads seal and open, the process
 * itself holds no keys and none of their libraries. Throws Faults that name what is wrong.
 */
export async function assemble(
  config: Config,
  databaseUrl: string,
  options: AssembleOptions,
): Promise<Assembly> {
  mkdirSync(config.scratchFolder, { recursive: true, mode: 0o700 })
  const clock = options.clock ?? clockOf(config)
  const watch = options.watch ?? (config.drill && drillWatch(config.drill))
  const db = openPool(databaseUrl, {
    max: options.connections,
    applicationName: options.name,
    ...(watch && { watch: watchedStatements(watch) }),
  })
  const fieldKey = fieldKeyOf(config)
  const programmes = loadProgrammes(config.programmesFile)
  const agreements = loadAgreements(config.agreementsFolder)
  const opened = await openBankBook(db, {
    agreements,
    programmes,
    ...profilesOf(config.profilesFolder),
    ...(agreements.some(({ statement }) => statement) && {
      statements: statementsBeside(config.profilesFolder),
    }),
  })
  const live = { bankBook: opened }
  const channels = openChannels({ db, clock }, watch)
  const notices = noticeVerifier()
  const sms =
    config.sms &&
    httpSmsProvider({
      ...config.sms,
      token: readFileSync(config.sms.tokenFile, 'utf8').trim(),
      timeoutMs: 10_000,
    })
  return {
    db,
    get bankBook() {
      return live.bankBook
    },
    useProfiles(folder) {
      live.bankBook = withProfiles(live.bankBook, programmes, profilesOf(folder))
    },
    clock,
    fieldKey,
    sms: sms && watch ? watchedSms(sms, watch) : sms,
    calendar: loadCalendar(config.calendarsFolder),
    sealer: createFieldSealer(fieldKey),
    pseudonyms: createPseudonymizer(fieldKey),
    scratchFolder: config.scratchFolder,
    envelopeOf:
      options.envelopes === 'in-threads'
        ? noEnvelopes
        : await openEnvelopes(opened, config.scratchFolder, clock),
    fieldCipherOf: openFieldCiphers(opened),
    channelOf: channels.of,
    noticeIdOf: notices.idOf,
    async close() {
      await channels.close()
      await notices.close()
      await db.close()
    },
  }
}

/**
 * What one step is given: a bank book that stays as it is until the step ends, so that a file is never cut by one
 * version of a layout and named by the next.
 */
export const pinned = (assembly: Assembly): Assembly => ({ ...assembly })

const noEnvelopes = (): never => {
  throw new Fault('INTERNAL', { reason: 'envelopes are opened in the step threads' })
}

function profilesOf(folder: string | undefined): Pick<BankBookSources, 'catalog' | 'kept'> {
  const kept = openProfileCatalog(folder)
  return { catalog: kept.profiles, kept }
}

const clockOf = (config: Config): Clock =>
  config.simulatedClockFile === undefined ? systemClock : readSimulatedClock(config.simulatedClockFile)

/** The embedded mode makes its own key; beside an external database a missing key must never be made up silently. */
const fieldKeyOf = (config: Config): FieldKey =>
  config.databaseUrl === undefined
    ? loadOrMakeFieldKey(config.fieldKeyFile)
    : loadFieldKey(config.fieldKeyFile)

/** One channel for each bank and direction of use, opened at first use; one bank's trouble never delays another's. */
function openChannels(
  needs: Pick<Needs, 'db' | 'clock'>,
  watch: PortWatch | undefined,
): {
  of: (bank: ContractedBank) => Channel
  close: () => Promise<void>
} {
  const open = (current: () => ContractedBank): Channel =>
    watch ? watchedChannel(openChannel(needs, current), watch) : openChannel(needs, current)
  const channels = new Map<string, Channel>()
  // Profiles may be exchanged while a channel stays open; an API names its answers by the one in force.
  const latest = new Map<string, ContractedBank>()
  return {
    of(bank) {
      latest.set(bank.bank, bank)
      const current = (): ContractedBank => latest.get(bank.bank) ?? bank
      const channel = channels.get(bank.bank) ?? open(current)
      channels.set(bank.bank, channel)
      return channel
    },
    async close() {
      await Promise.allSettled([...channels.values()].map((channel) => channel.close()))
    },
  }
}

function openChannel(needs: Pick<Needs, 'db' | 'clock'>, current: () => ContractedBank): Channel {
  const { agreement, bankNo } = current()
  if (agreement.channel.kind === 'api') return openApiChannel(needs, current, agreement.channel)
  const { kind: _sftp, privateKeyFile, ...config } = agreement.channel
  const terms = { ...config, privateKey: readKey(agreement.bank, privateKeyFile) }
  return guardedLogin(sftpChannel(terms), needs, bankNo, loginName(terms))
}

function readKey(bank: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Fault('KEY_UNREADABLE', { bank, reason: codeOf(error) }, error)
  }
}
