/**
 * A simulated bank that is reached over an API: the desk, journal and ledger of every simulated bank, an HTTPS door of
 * one of three shapes, keys of its own, and the channel document with which the gateway reaches it.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openAgreedEnvelope } from '../../../crypto/agreed-envelope.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import type { ApiTerms } from '../../../gateway/banks/channel-schema.ts'
import type { Clock } from '../../../gateway/clock.ts'
import type { BankSetup } from '../bank/bank-desk.ts'
import { reasonCodesOf } from '../bank/reason-codes.ts'
import { openSimulatedBank, type SimulatedBank } from '../bank/simulated-bank.ts'
import { type CallBook, emptyCallBook } from '../misdeeds/call-book.ts'
import { deskSuffix, openApiDesk } from './api-desk.ts'
import { doorIdentity } from './api-keys.ts'
import { type ApiManners, apiManners, spoils } from './api-manners.ts'
import { misbehaving, settleManners } from './api-misdeeds.ts'
import { apiNotices, type TellNotice } from './api-notices.ts'
import { openApiShape } from './api-shapes.ts'
import { type DoorAnswer, openHttpsDoor } from './https-door.ts'
import { openKeptMap } from './kept-map.ts'

/** What a bank is made of. `columns` name the members of JSON rows, in the order of the layout's columns. */
export interface ApiBankSetup {
  readonly bank: string
  readonly shape: ApiTerms['shape']
  readonly folder: string
  readonly profile: CompiledProfile
  readonly settings: Readonly<Record<string, string>>
  readonly fundingAccount: string
  readonly policy: BankSetup['policy']
  readonly times: BankSetup['times']
  readonly clock: Clock
  readonly report: (line: string) => void
  readonly columns?: { readonly request: readonly string[]; readonly answer: readonly string[] }
  /** A free port of loopback unless told. */
  readonly host?: string
  readonly port?: number
  /** What the bank does wrong with files, and at its door. */
  readonly script?: BankSetup['script']
  readonly foreignSerial?: BankSetup['foreignSerial']
  readonly book?: CallBook
  /** Takes the bank's notices; it sends none without. */
  readonly tell?: TellNotice
}

/** A bank that is open. `channel` goes into the gateway's agreement. */
export interface ApiBank {
  readonly bank: SimulatedBank
  readonly manners: ApiManners
  readonly channel: Readonly<Record<string, unknown>>
  /** Calls that came to the door, spoiled ones included. */
  calls(): number
  close(): Promise<void>
}

/** Opens a bank and its door; keys, references and books of its folder are taken up again. */
export async function startApiBank(setup: ApiBankSetup): Promise<ApiBank> {
  const { folder, profile, clock, report, tell, book = emptyCallBook } = setup
  const opened = await openBooks(setup)
  const customer = { fundingAccount: setup.fundingAccount, settings: setup.settings }
  const desk = await openApiDesk(opened, { folder, profile, customer })
  const batches = await openKeptMap(join(folder, 'batches.ndjson'))
  const manners = apiManners()
  settleManners({ book, manners })
  const shape = await openApiShape(setup)
  const own = shape.handler({ desk, manners, profile, batches })
  const handle = misbehaving({ book, manners, shape: setup.shape, now: () => clock.now() }, own)
  const make = (request: Parameters<typeof shape.notice>[1], moment: 'early' | 'done') =>
    shape.notice(desk, request, moment)
  const notify = tell && apiNotices({ bank: opened, book, make, tell, report })
  const bank = notify === undefined ? opened : notifying(opened, notify)
  let calls = 0
  const door = await openHttpsDoor(
    async (call) => {
      calls++
      return spoiled(manners) ?? handle(call)
    },
    {
      identity: await doorIdentity(folder),
      ...(setup.host !== undefined && { host: setup.host }),
      ...(setup.port !== undefined && { port: setup.port }),
    },
  )
  return {
    bank,
    manners,
    channel: { kind: 'api', shape: setup.shape, url: door.url, serverPins: [door.pin], ...shape.terms },
    calls: () => calls,
    async close() {
      await door.close()
      await bank.close()
      await Promise.all([desk.close(), batches.close()])
    },
  }
}

async function openBooks(setup: ApiBankSetup): Promise<SimulatedBank> {
  const { bank, profile, folder, policy, times, clock, report, script, foreignSerial } = setup
  const scratchFolder = join(folder, 'envelope-scratch')
  await mkdir(scratchFolder, { recursive: true, mode: 0o700 })
  return await openSimulatedBank({
    bank,
    profile,
    codes: reasonCodesOf(profile),
    customer: { fundingAccount: setup.fundingAccount, settings: setup.settings },
    folder,
    envelope: await openAgreedEnvelope({ scheme: 'none' }, { scratchFolder, now: () => clock.now() }),
    suffix: deskSuffix,
    policy,
    times,
    pickUp: 'at-once',
    clock,
    isBeingWritten: () => false,
    report,
    ...(script !== undefined && { script }),
    ...(foreignSerial !== undefined && { foreignSerial }),
  })
}

/** A bank that tells of what is new after each look at its work; one telling at a time. */
function notifying(bank: SimulatedBank, notify: () => Promise<void>): SimulatedBank {
  let turn: Promise<void> = Promise.resolve()
  return {
    ...bank,
    work() {
      const mine = turn.then(async () => {
        await bank.work()
        await notify()
      })
      turn = mine.catch(() => undefined)
      return mine
    },
    async close() {
      await turn
      await bank.close()
    },
  }
}

/** What goes wrong before the bank's own interface is reached. */
function spoiled(manners: ApiManners): DoorAnswer | undefined {
  if (spoils(manners, 'busy'))
    return { kind: 'answer', status: 429, headers: { 'retry-after': `${manners.retryAfterS}` }, body: 'busy' }
  if (spoils(manners, 'dropBeforeTaking')) return { kind: 'break' }
  if (spoils(manners, 'clearText')) return { kind: 'answer', body: 'CDCServer:系统繁忙，请稍后再试' }
  if (spoils(manners, 'htmlPages'))
    return {
      kind: 'answer',
      headers: { 'content-type': 'text/html' },
      body: '<html><body>维护中</body></html>',
    }
  return undefined
}
