/**
 * A channel that stops trying a login which its bank refuses, before an account is locked (reliability.md F43). Every
 * process and every step of a bank shares the count; a login with another user, key or address begins anew.
 */
import { createHash } from 'node:crypto'
import ssh2 from 'ssh2'
import type { Clock } from '../../clock.ts'
import { asFault, Fault, isFault } from '../../faults.ts'
import type { BankNo } from '../../ledger/batch.ts'
import type { Db } from '../../store/pool.ts'
import type { Channel } from '../channel.ts'
import * as store from './login-store.ts'
import type { SftpConfig } from './sftp-config.ts'

/** What guarding uses. */
export interface LoginNeeds {
  readonly db: Db
  readonly clock: Clock
}

/** Names a login without telling its key: address, user, and the SHA-256 of the public key. */
export function loginName({ host, port, username, privateKey }: SftpConfig): string {
  const parsed = ssh2.utils.parseKey(privateKey)
  const key = parsed instanceof Error ? Buffer.alloc(0) : parsed.getPublicSSH()
  return `${username}@${host}:${port} ${createHash('sha256').update(key).digest('base64')}`
}

/** The same channel, which refuses by itself where the bank has refused its login three times. */
export function guardedLogin(channel: Channel, needs: LoginNeeds, no: BankNo, login: string): Channel {
  const enter = (): Promise<Entry> => enterLogin(needs, no, login)
  const guard = async <T>(act: () => Promise<T>): Promise<T> => {
    const entry = await enter()
    return act().then(entry.wentWell, entry.wentWrong)
  }
  const { withdraw, removeParts } = channel
  return {
    ...channel,
    async send(file) {
      const entry = await enter().catch((error: unknown) => asFault(error))
      // Nothing was said to the bank yet, which proves that nothing arrived.
      if (isFault(entry)) return { kind: 'not-accepted', fault: entry }
      const outcome = await channel.send(file)
      if (outcome.kind !== 'not-accepted') return entry.wentWell(outcome)
      return entry.wentWrong(outcome.fault).catch(() => outcome)
    },
    confirm: (name, attempt) => guard(() => channel.confirm(name, attempt)),
    ...(withdraw && { withdraw: (name: string, attempt: string) => guard(() => withdraw(name, attempt)) }),
    ...(removeParts && {
      removeParts: (name: string, attempts: readonly (string | undefined)[]) =>
        guard(() => removeParts(name, attempts)),
    }),
    list: () => guard(() => channel.list()),
    sent: () => guard(() => channel.sent()),
    sentSha256: (name) => guard(() => channel.sentSha256(name)),
    async *fetch(name) {
      const entry = await enter()
      try {
        yield* channel.fetch(name)
      } catch (error) {
        await entry.wentWrong(error)
      }
      await entry.wentWell(undefined)
    },
  }
}

/** A try that may be made, and what is told of its end. Telling never fails: what the bank did counts more. */
interface Entry {
  wentWell<T>(done: T): Promise<T>
  /** Throws `error` again. */
  wentWrong(error: unknown): Promise<never>
}

/** Takes leave to talk to the bank. Throws BANK_LOGIN_REFUSED while its login is held back. */
async function enterLogin({ db, clock }: LoginNeeds, no: BankNo, login: string): Promise<Entry> {
  const before = await store.readLogin(db, no, login)
  if (before) {
    const until = await store.takeLoginTry(db, no, login, clock.now())
    if (until)
      throw new Fault('BANK_LOGIN_REFUSED', { refusals: before.refusals, until: until.toISOString() })
  }
  return {
    async wentWell(done) {
      if (before) await store.forgetRefusals(db, no, login).catch(() => {})
      return done
    },
    async wentWrong(error) {
      const isRefused = isFault(error) && error.code === 'BANK_LOGIN_REFUSED'
      const told = isRefused
        ? before === undefined && store.recordRefusal(db, no, login, clock.now())
        : before && store.giveTryBack(db, no, login, before)
      if (told) await told.catch(() => {})
      throw error
    },
  }
}
