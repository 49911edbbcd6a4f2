/**
 * Faults: things outside our rules that stop a step (DESIGN.md §2). Every one has a code of the catalogue, and
 * `asFault` gives errors of drivers and the system the code they deserve, so that callers decide on codes only.
 */
import { catalogue, type FaultCode, type FaultEntry } from './fault-catalogue.ts'

export { catalogue, type FaultCode, type FaultEntry, isFaultCode } from './fault-catalogue.ts'

/** Facts that explain a fault: ids, limits, counts. Never a name, an account, a phone number or a secret. */
export type FaultFacts = Readonly<Record<string, string | number | bigint | boolean | undefined>>

/** Something that stopped a step. `message` is the English sentence with the facts; `cause` is what a driver threw. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly facts: FaultFacts

  constructor(code: FaultCode, facts: FaultFacts = {}, cause?: unknown) {
    super(sentence(code, facts), cause === undefined ? undefined : { cause })
    this.code = code
    this.facts = facts
  }

  /** What the catalogue says: whether to retry, who owns it, a sentence in both languages. */
  get entry(): FaultEntry {
    return catalogue[this.code]
  }
}

function sentence(code: FaultCode, facts: FaultFacts): string {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  const listed = known.map(([key, value]) => `${key} ${value}`).join(', ')
  return listed === '' ? catalogue[code].en : `${catalogue[code].en} (${listed})`
}

/** True for a fault of ours. */
export const isFault = (e: unknown): e is Fault => e instanceof Fault

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])

const brokenConnection =
  /^(Connection terminated|Connection ended|Client has encountered|Client was closed|Cannot use a pool after|timeout expired|timeout exceeded when trying to connect)/

/**
 * The fault that an error stands for. A fault comes back as it is; anything that is not recognised is INTERNAL.
 * `unreachable` says what a broken network means to the caller, since sockets do not tell whose they are.
 */
export function asFault(e: unknown, unreachable: FaultCode = 'DATABASE_UNREACHABLE'): Fault {
  if (isFault(e)) return e
  const error = e instanceof Error ? e : new Error(String(e))
  const code = codeOf(error)
  const mapped = fromName(error.name) ?? fromSqlState(code) ?? fromSystem(error, code, unreachable)
  return new Fault(mapped ?? 'INTERNAL', { reason: code ?? error.name }, e)
}

/** The `code` that drivers and the system put on their errors: SQLSTATE or errno name; undefined without one. */
export function codeOf(e: unknown): string | undefined {
  if (typeof e !== 'object' || e === null || !('code' in e)) return undefined
  return typeof e.code === 'string' ? e.code : undefined
}

const namedFaults: Readonly<Record<string, FaultCode>> = {
  MaxRetriesPerRequestError: 'REDIS_UNREACHABLE',
  // A token that was taken out refuses while a file is sealed, long after the keys were opened.
  KeyRefused: 'KEY_UNREADABLE',
}

const fromName = (name: string): FaultCode | undefined =>
  Object.hasOwn(namedFaults, name) ? namedFaults[name] : undefined

function fromSqlState(state: string | undefined): FaultCode | undefined {
  if (state === undefined || !/^[0-9A-Z]{5}$/.test(state) || state === 'EPIPE') return undefined
  if (state === '53100') return 'DISK_FULL'
  if (state.startsWith('08') || /^57P0[1-5]$/.test(state)) return 'DATABASE_UNREACHABLE'
  if (/^(53|40001|40P01|55P03|57014|25P0[34])/.test(state)) return 'DATABASE_BUSY'
  if (state === '28P01' || state === '28000' || state === '3D000') return 'CONFIGURATION_INVALID'
  return undefined
}

function fromSystem(error: Error, code: string | undefined, unreachable: FaultCode): FaultCode | undefined {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'DISK_FULL'
  // ENOENT is a missing unix socket only when it came from connect; a missing file is a bug.
  if (code === 'ENOENT' && !('syscall' in error && error.syscall === 'connect')) return undefined
  if (code !== undefined && networkCodes.has(code)) return unreachable
  return brokenConnection.test(error.message) ? unreachable : undefined
}
