/**
 * Reads a folder at the bank: regular files only (no folders, links or devices), unsafe names set aside and shown
 * escaped (security.md S26). A folder of more entries than any bank leaves is refused, not swallowed.
 */
import { Fault, isFault } from '../../faults.ts'
import type { RemoteFile } from '../channel.ts'
import { remoteNameFlaw, shownRemoteName } from '../remote-name.ts'
import { closeHandle } from './sftp-content.ts'
import type { SftpEntry, SftpSession } from './sftp-session.ts'

const entryLimit = 100_000

/** What lies in a folder, sorted by name. Throws a Fault, REMOTE_REFUSED beyond 100,000 entries. */
export async function listFolder(connection: SftpSession, folder: string): Promise<readonly RemoteFile[]> {
  const handle = await connection.call<Buffer>('opendir', (sftp, answer) => sftp.opendir(folder, answer))
  const files: RemoteFile[] = []
  let seen = 0
  for (;;) {
    const entries = await nextEntries(connection, handle)
    if (entries.length === 0) break
    seen += entries.length
    if (seen > entryLimit) throw new Fault('REMOTE_REFUSED', { operation: 'list', entryLimit })
    files.push(...entries.filter(regular).map(remoteFile))
  }
  await closeHandle(connection, handle)
  return files.sort(byName)
}

async function nextEntries(connection: SftpSession, handle: Buffer): Promise<SftpEntry[]> {
  try {
    return await connection.call<SftpEntry[]>('readdir', (sftp, answer) => sftp.readdir(handle, answer))
  } catch (error) {
    if (isFault(error) && error.facts.status === 'END_OF_FILE') return []
    throw error
  }
}

/** Servers that send no mode still draw it in the long name. */
function regular({ attrs, longname }: SftpEntry): boolean {
  return typeof attrs.mode === 'number' ? attrs.isFile() : longname.startsWith('-')
}

function remoteFile({ filename, attrs }: SftpEntry): RemoteFile {
  const flaw = remoteNameFlaw(filename)
  if (flaw !== undefined) return { kind: 'unsafe', shownName: shownRemoteName(filename), flaw }
  return { kind: 'file', name: filename, sizeBytes: attrs.size, modifiedAt: new Date(attrs.mtime * 1000) }
}

const keyOf = (file: RemoteFile): string => (file.kind === 'file' ? file.name : file.shownName)

const byName = (a: RemoteFile, b: RemoteFile): number =>
  keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0
