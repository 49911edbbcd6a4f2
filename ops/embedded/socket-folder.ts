/** A unix socket's path is at most 107 bytes, so a server in a deep folder keeps its socket elsewhere. */
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const limitBytes = 107
const socketName = '/.s.PGSQL.65535'

/**
 * The folder for the socket of a server: inside its own folder where the path is short enough, else one in the
 * temporary folder whose name comes from the path, so that every start finds the same one.
 */
export function socketFolderFor(folder: string): string {
  const inside = join(folder, 'run')
  if (Buffer.byteLength(inside + socketName) <= limitBytes) return inside
  const mark = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const outside = join(tmpdir(), `huida-${process.getuid?.() ?? 0}-${mark}`)
  return Buffer.byteLength(outside + socketName) <= limitBytes ? outside : join('/tmp', `huida-${mark}`)
}
