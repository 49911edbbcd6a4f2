/** Reads back what lies where we send to, so that it can be told from another file of the same name and size. */
import { createHash } from 'node:crypto'
import { remotePath } from './remote-name.ts'
import { closeHandle, download, openForReading, sizeBytesOf } from './sftp-content.ts'
import type { SftpSession } from './sftp-session.ts'

/** SHA-256 in hex of what lies in the outbox under a name. Throws a Fault, REMOTE_REFUSED where nothing can be read. */
export async function sha256At(connection: SftpSession, name: string): Promise<string> {
  const hash = createHash('sha256')
  const handle = await openForReading(connection, remotePath(connection.config.outbox, name))
  const sizeBytes = await sizeBytesOf(connection, handle)
  for await (const block of download(connection, handle, sizeBytes)) hash.update(block)
  await closeHandle(connection, handle)
  return hash.digest('hex')
}
