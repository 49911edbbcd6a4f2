/**
 * Open files and folder listings of one SFTP session, by the four-byte handle that the client holds.
 * Everything is closed when the session ends; a session may hold a limited number of handles.
 */
import type { Dir } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { SftpRefused, sftpStatus } from './jailed-path.ts'
import type { ByteManners } from './sftp-manners.ts'

/** A file that the client reads or writes. `local` is its path under the bank's folder. */
export interface OpenFile {
  readonly kind: 'file'
  readonly local: string
  readonly writable: boolean
  readonly file: FileHandle
  /** What happens to its bytes on their way. */
  readonly manners: ByteManners
}

/** A folder that the client lists; `turn` keeps its pages in order when requests overlap. */
export interface OpenFolder {
  readonly kind: 'folder'
  readonly local: string
  readonly folder: Dir
  turn: Promise<unknown>
}

/** The handles of one session. */
export interface SftpHandles {
  /** Keeps a resource and gives the handle for it. Throws SftpRefused when the session holds too many. */
  keep(resource: OpenFile | OpenFolder): Buffer
  /** Throws SftpRefused when the handle is not an open file. */
  file(handle: Buffer): OpenFile
  /** Throws SftpRefused when the handle is not an open folder. */
  folder(handle: Buffer): OpenFolder
  /** Closes what a handle stands for, and gives it. Throws SftpRefused when the handle is not open. */
  close(handle: Buffer): Promise<OpenFile | OpenFolder>
  closeAll(): Promise<void>
}

const maxHandles = 256

/** Starts an empty set of handles. `writing` counts the writers of each local path for the whole server. */
export function openHandles(writing: Map<string, number>): SftpHandles {
  const open = new Map<number, OpenFile | OpenFolder>()
  let last = 0
  let ended = false
  const find = (handle: Buffer): OpenFile | OpenFolder => {
    const resource = handle.length === 4 ? open.get(handle.readUInt32BE(0)) : undefined
    if (resource === undefined) throw new SftpRefused(sftpStatus.failure, 'The handle is not open.')
    return resource
  }
  const release = async (number: number, resource: OpenFile | OpenFolder): Promise<void> => {
    open.delete(number)
    if (resource.kind === 'folder') return await resource.folder.close()
    try {
      await resource.file.close()
    } finally {
      if (resource.writable) countWriter(writing, resource.local, -1)
    }
  }
  return {
    keep: (resource) => {
      if (ended || open.size >= maxHandles)
        throw new SftpRefused(sftpStatus.failure, 'Too many open handles.')
      open.set(++last, resource)
      if (resource.kind === 'file' && resource.writable) countWriter(writing, resource.local, 1)
      const handle = Buffer.alloc(4)
      handle.writeUInt32BE(last, 0)
      return handle
    },
    file: (handle) => {
      const resource = find(handle)
      if (resource.kind !== 'file') throw new SftpRefused(sftpStatus.failure, 'The handle is not a file.')
      return resource
    },
    folder: (handle) => {
      const resource = find(handle)
      if (resource.kind !== 'folder') throw new SftpRefused(sftpStatus.failure, 'The handle is not a folder.')
      return resource
    },
    close: async (handle) => {
      const resource = find(handle)
      await release(handle.readUInt32BE(0), resource)
      return resource
    },
    closeAll: async () => {
      ended = true
      await Promise.allSettled([...open].map(([number, resource]) => release(number, resource)))
    },
  }
}

function countWriter(writing: Map<string, number>, local: string, change: number): void {
  const count = (writing.get(local) ?? 0) + change
  if (count <= 0) writing.delete(local)
  else writing.set(local, count)
}
