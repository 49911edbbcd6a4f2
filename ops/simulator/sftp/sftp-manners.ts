/**
 * How an SFTP door misbehaves, call by call: refusals before anything is done, and what happens to bytes on their way.
 * Without a script every answer is "go on".
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type CallBook, emptyCallBook } from '../misdeeds/call-book.ts'
import type { SftpOperation } from '../misdeeds/fault-rule.ts'
import { isShut } from '../misdeeds/opening-hours.ts'
import { SftpRefused, sftpStatus } from './jailed-path.ts'

/** What the door needs besides its rules; files that the bank takes away by itself go to `takenFolder`. */
export interface SftpDoor {
  readonly book: CallBook
  readonly now: () => Date
  readonly takenFolder: string
}

/** What happens to the bytes of one open file. */
export interface ByteManners {
  readonly cutAtBytes?: number
  readonly quotaBytes?: number
  readonly bytesPerS?: number
  readonly crlf?: boolean
}

/** A rename that goes wrong; `hangUp` is done instead of a reply. */
export type RenameManners = 'well' | 'hang-up'

/** The manners of one door. */
export interface SftpManners {
  greet(): Promise<'well' | 'silent' | 'other-host-key'>
  refusesLogin(): Promise<boolean>
  /** Throws SftpRefused with the status of the rule. */
  before(operation: SftpOperation): Promise<void>
  /** Throws SftpRefused when the bank takes nothing now. */
  opened(writable: boolean): Promise<ByteManners>
  closed(local: string, manners: ByteManners): Promise<void>
  renamed(target: string, act: () => Promise<void>): Promise<RenameManners>
}

/** Makes the manners of a door. */
export function sftpManners({ book, now, takenFolder }: SftpDoor): SftpManners {
  return {
    async greet() {
      if (await book.hit('silent')) return 'silent'
      return (await book.hit('other-host-key')) ? 'other-host-key' : 'well'
    },
    refusesLogin: async () => (await book.hit('refuse-login')) !== undefined,
    async before(operation) {
      const rule = await book.hit('sftp-status', ({ on = 'open' }) => on === operation)
      if (rule) throw new SftpRefused(rule.status ?? sftpStatus.failure, 'Refused as a drill.')
    },
    async opened(writable) {
      if (writable && (await isShut(book, now())))
        throw new SftpRefused(sftpStatus.permissionDenied, 'The bank is closed.')
      return await byteManners(book, writable)
    },
    async closed(local, { crlf = false }) {
      if (crlf) await writeFile(local, withCrlf(await readFile(local)))
    },
    async renamed(target, act) {
      if (await book.hit('name-taken'))
        await writeFile(target, 'another file\n', { flag: 'wx' }).catch(() => undefined)
      await act()
      if (await book.hit('take-after-rename')) await rename(target, join(takenFolder, basename(target)))
      return (await book.hit('lose-rename-reply')) ? 'hang-up' : 'well'
    },
  }
}

/** A door where nothing goes wrong. */
export const goodManners: SftpManners = sftpManners({
  book: emptyCallBook,
  now: () => new Date(),
  takenFolder: '',
})

async function byteManners(book: CallBook, writable: boolean): Promise<ByteManners> {
  const slow = await book.hit('slow')
  const bytesPerS = slow && { bytesPerS: slow.bytesPerS ?? 1024 }
  if (!writable) return { ...bytesPerS }
  const cut = await book.hit('cut')
  const quota = await book.hit('quota')
  return {
    ...bytesPerS,
    ...(cut && { cutAtBytes: cut.bytes ?? 100 }),
    ...(quota && { quotaBytes: quota.bytes ?? 100 }),
    ...((await book.hit('crlf')) && { crlf: true }),
  }
}

/** Waits as long as a line of that speed would take for so many bytes. */
export async function crawl({ bytesPerS }: ByteManners, sizeBytes: number): Promise<void> {
  if (bytesPerS !== undefined) await pause((sizeBytes / bytesPerS) * 1000, undefined, { ref: false })
}

/** Bytes of a write that a quota leaves. */
export function keptBytes(
  { quotaBytes = Number.POSITIVE_INFINITY }: ByteManners,
  offset: number,
  bytes: Buffer,
) {
  return bytes.subarray(0, Math.max(0, Math.min(bytes.length, quotaBytes - offset)))
}

function withCrlf(bytes: Buffer): Buffer {
  const pieces: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, from)) {
    pieces.push(bytes.subarray(from, at), Buffer.from('\r\n'))
    from = at + 1
  }
  return Buffer.concat([...pieces, bytes.subarray(from)])
}
