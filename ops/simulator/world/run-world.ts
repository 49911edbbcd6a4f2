/**
 * Runs a prepared world in this process: a bank with its door for each bank of it, over SFTP or an API, and the SMS
 * provider. The world file carries the process id while it runs.
 */
import { join } from 'node:path'
import type { SimulatedBank } from '../bank/simulated-bank.ts'
import { openCallBook } from '../misdeeds/call-book.ts'
import { startSmsProvider } from '../sms/sms-provider.ts'
import type { TellReceipts } from '../sms/sms-receipts.ts'
import { type BankOptions, type Closing, openApiBanks, openSftpBanks } from './open-banks.ts'
import { readWorld, type SimulatedWorld, writeWorld } from './simulated-world.ts'

const workEveryMs = 200

/** What a running world needs besides what its banks need. */
export interface RunOptions extends BankOptions {
  readonly smsIdempotent?: boolean
  readonly smsDropShare?: number
  readonly smsBusyShare?: number
  /** Takes the receipts of the SMS provider; it sends none without. */
  readonly tellReceipts?: TellReceipts
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

/** Starts the world of `folder`. Rejects, with everything closed again, when a port is taken or a file is bad. */
export async function runWorld(folder: string, options: RunOptions): Promise<RunningWorld> {
  const world = await readWorld(folder)
  if (world === undefined) throw new Error(`${folder} holds no simulated world; prepare it first.`)
  const closings: Closing[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of closings.splice(0).reverse()) await close()
  }
  try {
    const opening = { folder, world, options, closings }
    const banks = [...(await openSftpBanks(opening)), ...(await openApiBanks(opening))]
    closings.push((await startSms(folder, world, options, closings)).close)
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

async function startSms(
  folder: string,
  { sms, seed, options: { faults } }: SimulatedWorld,
  options: RunOptions,
  closings: Closing[],
) {
  const { clock, smsIdempotent = false, smsDropShare = 0, smsBusyShare = 0, tellReceipts } = options
  const shares = { idempotent: smsIdempotent, dropShare: smsDropShare, busyShare: smsBusyShare }
  const path = join(folder, 'sms', 'misdeeds.ndjson')
  const ofSms = faults.filter((rule) => rule.bank === 'sms' || rule.do.startsWith('sms-'))
  const book = await openCallBook(path, ofSms, { seed, bank: 'sms' }, () => clock.now())
  closings.push(() => book.close())
  const tell = tellReceipts === undefined ? {} : { tellReceipts }
  return await startSmsProvider({ ...sms, clock, seed, ...shares, book, ...tell })
}
