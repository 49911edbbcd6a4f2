/**
 * Runs a prepared world in this process: an SFTP server and a bank for each bank of it, and the SMS provider. The
 * world file carries the process id while it runs.
 */
import { readFile } from 'node:fs/promises'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import type { Clock } from '../../../gateway/clock.ts'
import { bankFolders } from '../bank/bank-desk.ts'
import { reasonCodesOf } from '../bank/reason-codes.ts'
import { openSimulatedBank, type SimulatedBank } from '../bank/simulated-bank.ts'
import { type SftpServer, startSftpServer } from '../sftp/sftp-server.ts'
import { startSmsProvider } from '../sms/sms-provider.ts'
import { openBankSide } from './bank-side.ts'
import { bankKeysFolder, gatewaySshKey, partyPaths } from './party-keys.ts'
import { readWorld, type SimulatedWorld, type WorldBank, writeWorld } from './simulated-world.ts'

const workEveryMs = 200

/** What a running world needs. `report` takes a line for a person; it never holds a name or an account. */
export interface RunOptions {
  readonly clock: Clock
  readonly report: (line: string) => void
  readonly smsIdempotent?: boolean
  readonly smsDropShare?: number
  readonly smsBusyShare?: number
}

/** A world that runs. */
export interface RunningWorld {
  readonly world: SimulatedWorld
  readonly banks: readonly SimulatedBank[]
  /** Does what is due now at every bank, without waiting for the next look. */
  work(): Promise<void>
  /** Cuts connections, lets the banks finish the step that they are at, and closes their books. */
  close(): Promise<void>
}

type Closing = () => Promise<void>

/** Starts the world of `folder`. Rejects, with everything closed again, when a port is taken or a file is bad. */
export async function runWorld(folder: string, options: RunOptions): Promise<RunningWorld> {
  const world = await readWorld(folder)
  if (world === undefined) throw new Error(`${folder} holds no simulated world; prepare it first.`)
  const closings: Closing[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of closings.splice(0).reverse()) await close()
  }
  try {
    const banks = await openBanks(world, options, closings)
    closings.push((await startSms(world, options)).close)
    const { pid: _former, ...rest } = world
    await writeWorld(folder, { ...rest, pid: process.pid })
    closings.push(() => writeWorld(folder, rest))
    const work = async (): Promise<void> => void (await Promise.all(banks.map((bank) => bank.work())))
    closings.push(workRegularly(banks, options.report))
    return { world, banks, work, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** Looks for due work again and again, each bank at its own pace; returns the end of it. */
function workRegularly(banks: readonly SimulatedBank[], report: (line: string) => void): Closing {
  const busy = new Set<SimulatedBank>()
  const look = async (bank: SimulatedBank): Promise<void> => {
    if (busy.has(bank)) return
    busy.add(bank)
    await bank
      .work()
      .catch((error: unknown) => report(`${bank.bank} could not look for work: ${String(error)}`))
    busy.delete(bank)
  }
  const timer = setInterval(() => {
    for (const bank of banks) void look(bank)
  }, workEveryMs)
  return async () => clearInterval(timer)
}

async function openBanks(
  world: SimulatedWorld,
  options: RunOptions,
  closings: Closing[],
): Promise<SimulatedBank[]> {
  const catalog = loadCatalog(world.profilesFolder)
  const banks: SimulatedBank[] = []
  for (const bank of world.banks) {
    const profile = catalog.get(bank.profile)
    if (profile === undefined) throw new Error(`The catalog has no profile ${bank.profile} for ${bank.bank}.`)
    const server = await openDoor(bank)
    closings.push(server.close)
    const opened = await openBank(world, bank, profile, server, options)
    closings.push(opened.close)
    banks.push(opened)
  }
  return banks
}

async function openDoor(bank: WorldBank): Promise<SftpServer> {
  const keys = bankKeysFolder(bank.folder)
  return await startSftpServer({
    host: bank.host,
    port: bank.port,
    root: bankFolders(bank.folder).sftpRoot,
    hostKey: await readFile(partyPaths(keys).sshKey, 'utf8'),
    username: bank.username,
    authorizedKey: await readFile(gatewaySshKey(keys), 'utf8'),
  })
}

async function openBank(
  world: SimulatedWorld,
  bank: WorldBank,
  profile: CompiledProfile,
  server: SftpServer,
  { clock, report }: RunOptions,
): Promise<SimulatedBank> {
  const { failShare, returnShare, answerDelayMinutes, returnDelayDays, lateBank, lateAnswerHours } =
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
    // A bank without files of later returns tells of them in its statement, which no simulated bank writes.
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
  })
}

async function startSms({ sms, seed }: SimulatedWorld, options: RunOptions) {
  const { clock, smsIdempotent = false, smsDropShare = 0, smsBusyShare = 0 } = options
  const faults = { idempotent: smsIdempotent, dropShare: smsDropShare, busyShare: smsBusyShare }
  return await startSmsProvider({ ...sms, clock, seed, ...faults })
}
