/**
 * An SFTP line to a simulated bank: the requests of `remote-folder.ts` behind the same contract as the real line, with
 * every way in which a line, a server or an answer can fail at each single request.
 */
import { Fault } from '../../../gateway/faults.ts'
import type { SftpConfig } from '../../../gateway/transfer/sftp/sftp-config.ts'
import { sftpFault } from '../../../gateway/transfer/sftp/sftp-fault.ts'
import type { Request, SftpSession, SftpVerbs } from '../../../gateway/transfer/sftp/sftp-session.ts'
import type { Chaos } from './fault-kinds.ts'
import { type FinalNames, watchNames } from './final-names.ts'
import type { Fate, Ports } from './ports.ts'
import { type RemoteFolder, statusError } from './remote-folder.ts'
import { Crashed } from './schedule.ts'
import type { SimClock } from './sim-clock.ts'
import type { Trace } from './trace.ts'

/** What a line to a bank needs. */
export interface LineWorld {
  readonly bank: string
  readonly folder: RemoteFolder
  readonly ports: Ports
  readonly chaos: Chaos
  readonly clock: SimClock
  readonly trace: Trace
  /** True while the bank cannot be reached. */
  readonly isDown: () => boolean
  /** Lets an effect happen at the bank at some later moment. */
  readonly later: (effect: () => void) => void
  /** Sees every rename to a final name. */
  readonly names: FinalNames
}

/** Opens a line. Throws BANK_UNREACHABLE or BANK_TIMEOUT, and Crashed. */
export async function openSimLine(world: LineWorld, config: SftpConfig): Promise<SftpSession> {
  const line = new SimLine(world, config)
  await line.logIn()
  return line
}

type Mishap = 'cut-before' | 'cut-after' | 'hang-before' | 'hang-after' | 'late' | 'status' | 'lying'

/** One line; it ends with its first fault that is no refusal. */
class SimLine implements SftpSession {
  readonly config: SftpConfig
  readonly #world: LineWorld
  readonly #verbs: SftpVerbs
  #gone: unknown

  constructor(world: LineWorld, config: SftpConfig) {
    this.#world = world
    this.config = config
    this.#verbs = watchNames(world.bank, world.folder.connect(), world.names)
  }

  get alive(): boolean {
    return this.#gone === undefined
  }

  async logIn(): Promise<void> {
    const fate = await this.#pass('connect')
    if (fate === 'crash-after') this.#world.ports.die()
    if (fate !== 'well') throw this.#broken('connect')
  }

  async call<T>(operation: string, request: Request<T>): Promise<T> {
    const fate = await this.#pass(operation)
    const done = (): Promise<T> => this.#done(operation, request)
    if (fate === 'crash-after') {
      await done()
      this.#world.ports.die()
    }
    const mishap = fate === 'well' ? this.#mishap(operation) : (`cut-${fate}` as const)
    return mishap === undefined ? done() : this.#go(operation, mishap, done)
  }

  async transfer<T>(
    operation: string,
    movedBytes: () => number,
    run: (sftp: SftpVerbs) => Promise<T>,
  ): Promise<T> {
    const fate = await this.#pass(operation)
    if (fate === 'before') throw this.#broken(operation)
    if (this.#world.chaos.strikes('partial')) {
      await run(halfWriting(this.#verbs)).catch(() => undefined)
      this.#note(operation, `partial ${movedBytes()}`)
      throw this.#broken(operation)
    }
    const moved = await run(this.#verbs)
    if (fate === 'crash-after') this.#world.ports.die()
    if (fate === 'after') throw this.#broken(operation)
    return moved
  }

  drop(cause?: unknown): void {
    this.#gone ??= cause ?? new Error('the bank closed the connection')
  }

  async end(): Promise<void> {
    this.drop(new Error('we closed the connection'))
  }

  /** Every request waits for its turn, and fails on a line that is gone or to a bank that is away. */
  async #pass(operation: string): Promise<Fate> {
    const { ports, bank, isDown } = this.#world
    const fate = await ports.pass('bank', `${bank}.${operation}`)
    if (this.#gone !== undefined) throw this.#fault(operation, this.#gone)
    if (isDown()) throw this.#broken(operation)
    return fate
  }

  #mishap(operation: string): Mishap | undefined {
    const { chaos } = this.#world
    const half = <T>(one: T, other: T): T => (chaos.draw.chance(500) ? one : other)
    if (chaos.strikes('line')) return half('cut-before', 'cut-after')
    if (chaos.strikes('hang')) return half('hang-before', 'hang-after')
    if (changing.has(operation) && chaos.strikes('late')) return 'late'
    if (chaos.strikes('status')) return 'status'
    if (operation === 'rename' && chaos.strikes('lying')) return 'lying'
    return undefined
  }

  async #go<T>(operation: string, mishap: Mishap, done: () => Promise<T>): Promise<T> {
    const { clock, chaos, later } = this.#world
    this.#note(operation, mishap)
    // What it says does not matter any more: either the request fails, or its answer is lost.
    if (mishap === 'cut-after' || mishap === 'hang-after' || mishap === 'lying')
      await done().catch(() => undefined)
    if (mishap === 'late') later(() => void done().catch(() => undefined))
    switch (mishap) {
      case 'cut-before':
      case 'cut-after':
        throw this.#broken(operation)
      case 'late':
      case 'hang-before':
      case 'hang-after':
        clock.turn(this.config.timeoutMs)
        throw this.#broken(operation, new Fault('BANK_TIMEOUT', this.#step(operation)))
      case 'status':
      case 'lying':
        throw this.#fault(operation, statusError(mishap === 'lying' ? 4 : chaos.draw.pick([3, 4, 5, 8])))
      default:
        return mishap satisfies never
    }
  }

  #done<T>(operation: string, request: Request<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      request(this.#verbs, (error, value) => (error ? reject(error) : resolve(value)))
    }).catch((error: unknown) => {
      throw this.#fault(operation, error)
    })
  }

  #broken(operation: string, cause: unknown = new Error('the line broke')): Fault {
    this.drop(cause)
    return this.#fault(operation, cause)
  }

  #fault(operation: string, error: unknown): Fault {
    if (error instanceof Crashed) throw error
    return sftpFault(error, this.#step(operation))
  }

  #step(operation: string): { operation: string; address: string } {
    return { operation, address: this.#world.bank }
  }

  #note(operation: string, what: string): void {
    this.#world.trace.note(`${this.#world.bank}.${operation} ${what}`)
  }
}

/** Requests that change something at the bank. */
const changing = new Set(['open', 'rename', 'unlink'])

/** Requests of which a write ends in its middle. */
const halfWriting = (verbs: SftpVerbs): SftpVerbs => ({
  ...verbs,
  write: (handle, from, offset, lengthBytes, position, answer) =>
    verbs.write(handle, from, offset, Math.floor(lengthBytes / 2), position, () =>
      answer(new Error('the line broke')),
    ),
  read: (_handle, _into, _offset, _lengthBytes, _position, answer) => answer(new Error('the line broke'), 0),
})
