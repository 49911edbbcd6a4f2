/**
 * What all runs of one process share, made once: keys and agreements of the simulated banks, and the gateway assembled
 * as a real process is, by its own code, over the simulation's clock and watched statements.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { loadOrMakeFieldKey } from '../../../crypto/field-key.ts'
import type { ContractedBank } from '../../../gateway/banks/bank-book.ts'
import { type BankSide, openBankSide } from '../../simulator/world/bank-side.ts'
import { prepareBanks } from '../../simulator/world/prepare-banks.ts'
import type { WorldBank } from '../../simulator/world/simulated-world.ts'
import { type Assembly, assemble } from '../../start/assemble.ts'
import { readConfig } from '../../start/config.ts'
import type { PortWatch } from '../port-call.ts'
import { type SimClock, simClock } from './sim-clock.ts'

/** A simulated bank's own side: its keys, and the gateway's book on it. */
export interface SimBankSide extends BankSide {
  readonly contracted: ContractedBank
}

/** The shared part of all runs. */
export interface SimWorld {
  readonly assembly: Assembly
  readonly clock: SimClock
  readonly banks: readonly SimBankSide[]
  /** The key that logs in at the banks; nobody looks at it here, but a channel wants a good one. */
  readonly sshKey: string
  /** Sees every statement of every task; each run sets its own. */
  watch: PortWatch
  close(): Promise<void>
}

/** The Friday morning on which every run begins. */
export const simStart = new Date('2026-11-20T09:50:00+08:00')

/** The client that hands batches in. */
export const simClient = 'platform'

const rowsPerFile: Readonly<Record<string, number>> = { cmbc: 6, 'yy-rcb': 5, ccb: 8, spdb: 7 }

/** Opens the world in a folder, over a migrated database that is its own. */
export async function openSimWorld(folder: string, databaseUrl: string): Promise<SimWorld> {
  const clock = simClock(simStart)
  const prepared = await prepareBanks(join(folder, 'banks'), 1, {})
  for (const bank of prepared.banks) setTerms(bank)
  const fieldKeyFile = join(folder, 'field-key')
  loadOrMakeFieldKey(fieldKeyFile)
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    HUIDA_FOLDER: join(folder, 'home'),
    HUIDA_AGREEMENTS: prepared.agreementsFolder,
    HUIDA_PROGRAMMES: prepared.programmesFile,
    HUIDA_FIELD_KEY_FILE: fieldKeyFile,
  })
  const watched: { now: PortWatch } = { now: () => undefined }
  const assembly = await assemble(config, databaseUrl, {
    name: 'huida-sim',
    connections: 30,
    clock,
    watch: (call) => watched.now(call),
  })
  return {
    assembly,
    clock,
    banks: await Promise.all(prepared.banks.map((bank) => bankSide(assembly, bank, clock))),
    sshKey: readSshKey(assembly),
    get watch() {
      return watched.now
    },
    set watch(next) {
      watched.now = next
    },
    close: () => assembly.close(),
  }
}

function readSshKey({ bankBook }: Assembly): string {
  const channel = bankBook.banks[0]?.agreement.channel
  if (channel?.kind !== 'sftp') throw new Error('the simulated banks are reached by SFTP')
  return readFileSync(channel.privateKeyFile, 'utf8')
}

/** Small files, so that few people make several of them, and a look into every inbox once a day beside those that a run asks for. */
function setTerms(bank: WorldBank): void {
  const agreed: unknown = parse(readFileSync(bank.agreementFile, 'utf8'))
  if (typeof agreed !== 'object' || agreed === null) throw new Error('an agreement is an object')
  const limits = { maxRowsPerFile: rowsPerFile[bank.bank] ?? 6 }
  writeFileSync(bank.agreementFile, stringify({ ...agreed, limits, pollSeconds: 86_400 }, { lineWidth: 0 }))
}

async function bankSide(assembly: Assembly, bank: WorldBank, clock: SimClock): Promise<SimBankSide> {
  const contracted = assembly.bankBook.byCode(bank.bank)
  if (contracted === undefined) throw new Error(`${bank.bank} has no agreement`)
  return { contracted, ...(await openBankSide(bank.folder, clock)) }
}
