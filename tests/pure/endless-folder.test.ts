/** A bank's folder in which there is always one entry more: it is left, and not read into memory. */
import { expect, it } from 'vitest'
import { Fault } from '../../gateway/faults.ts'
import type { SftpConfig } from '../../gateway/transfer/sftp/sftp-config.ts'
import { listFolder } from '../../gateway/transfer/sftp/sftp-listing.ts'
import type { SftpSession, SftpVerbs } from '../../gateway/transfer/sftp/sftp-session.ts'

const config: SftpConfig = {
  host: 'bank.example',
  port: 22,
  username: 'huida',
  privateKey: '',
  hostKeys: [],
  outbox: '/in',
  inbox: '/out',
  timeoutMs: 1000,
}

const unused = (): never => {
  throw new Error('listing needs no such request')
}

/** A line to a server that names a hundred entries at each request, and never the end. */
function endlessFolder(): { readonly session: SftpSession; named(): number } {
  let named = 0
  const attrs = { size: 1, mtime: 0, mode: 0o100600, isFile: () => true }
  const entry = () => ({ filename: `n${++named}`, longname: `-rw------- n${named}`, attrs })
  const server: SftpVerbs = {
    ...{ open: unused, read: unused, write: unused, fstat: unused, lstat: unused, rename: unused },
    ...{ unlink: unused, close: (_handle, answer) => answer() },
    opendir: (_path, answer) => answer(undefined, Buffer.from('h')),
    readdir: (_handle, answer) => answer(undefined, Array.from({ length: 100 }, entry)),
  }
  const session: SftpSession = {
    config,
    alive: true,
    call: (_operation, request) =>
      new Promise((resolve, reject) => {
        request(server, (error, value) => (error ? reject(error) : resolve(value)))
      }),
    transfer: unused,
    drop: () => {},
    end: async () => {},
  }
  return { session, named: () => named }
}

it('F70: a folder without end is refused at its limit, and no more of it is asked for', async () => {
  const { session, named } = endlessFolder()
  const listing = listFolder(session, config.inbox)
  await expect(listing).rejects.toMatchObject({
    code: 'REMOTE_REFUSED',
    facts: { operation: 'list', entryLimit: 100_000 },
  })
  await expect(listing).rejects.toBeInstanceOf(Fault)
  expect(named()).toBe(100_100)
})
