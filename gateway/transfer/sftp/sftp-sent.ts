/** Reads back what lies where we send to, so that it can be told from another file of the same name and size. */
import { createHash } from 'node:crypto'
import { isFault } from '../../faults.ts'
import { remotePath } from '../remote-name.ts'
import { closeHandle, download, openForReading, sizeBytesOf } from './sftp-content.ts'
import type { SftpSession } from './sftp-session.ts'

/** Files up to this size are read back whole and told by their digest; beyond it the size must do. */
export const digestLimitBytes = 64 * 1024 * 1024

/** Nothing was learnt where the bank does not let us read; throws every other fault again. */
export const unlessRefused = (error: unknown): undefined => {
  if (isFault(error) && error.code === 'REMOTE_REFUSED') return undefined
  throw error
}

/** SHA-256 in hex of what lies in the outbox under a name. Throws a Fault, REMOTE_REFUSED where nothing can be read. */
export async function sha256At(connection: SftpSession, name: string): Promise<string> {
  const hash = createHash('sha256')
  const handle = await openForReading(connection, remotePath(connection.config.outbox, name))
  const sizeBytes = await sizeBytesOf(connection, handle)
  for await (const block of download(connection, handle, sizeBytes)) hash.update(block)
  await closeHandle(connection, handle)
  return hash.digest('hex')
}
