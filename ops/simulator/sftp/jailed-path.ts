/**
 * Remote paths of a simulated bank's SFTP server, kept inside the bank's own folder.
 * A path that climbs above the root, carries a NUL or passes through a symbolic link is refused.
 */
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'

/** SFTP status numbers that the server answers with (draft-ietf-secsh-filexfer-02, section 7). */
export const sftpStatus = {
  ok: 0,
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  unsupported: 8,
} as const

/** A request that the server refuses; `status` is the number that goes to the client. */
export class SftpRefused extends Error {
  override readonly name = 'SftpRefused'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A remote path as absolute name (`/in/a.txt`) and the local path under the root that it stands for. */
export interface JailedPath {
  readonly remote: string
  readonly local: string
}

/** Finds the local path for a remote one. Throws SftpRefused for a path that leaves the root. Touches no disk. */
export function jailPath(root: string, remote: string): JailedPath {
  if (remote.includes('\0')) throw new SftpRefused(sftpStatus.permissionDenied, 'The path holds a NUL.')
  const segments: string[] = []
  for (const segment of remote.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined)
      throw new SftpRefused(sftpStatus.permissionDenied, 'The path leaves the folder of this account.')
  }
  return { remote: `/${segments.join('/')}`, local: join(root, ...segments) }
}

/** As `jailPath`, and refuses a path of which any existing part is a symbolic link. */
export async function enterJail(root: string, remote: string): Promise<JailedPath> {
  const path = jailPath(root, remote)
  let local = root
  for (const segment of path.remote.split('/').filter((part) => part !== '')) {
    local = join(local, segment)
    const stats = await lstat(local).catch(() => undefined)
    if (stats === undefined) break
    if (stats.isSymbolicLink())
      throw new SftpRefused(sftpStatus.permissionDenied, 'Symbolic links are not followed.')
  }
  return path
}
