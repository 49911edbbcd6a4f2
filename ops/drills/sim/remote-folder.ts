/** The folders of one bank's SFTP server, in memory: what clients and the bank see, with the statuses of a real one. */
import { Buffer } from 'node:buffer'
import type { SftpEntry, SftpStats, SftpVerbs } from '../../../gateway/transfer/sftp/sftp-session.ts'

/** One file. The same node keeps its identity when it is renamed. */
export interface RemoteNode {
  bytes: Buffer
  modifiedS: number
}

/** A server's files by path. */
export interface RemoteFolder {
  readonly files: ReadonlyMap<string, RemoteNode>
  /** Names in a folder, sorted. */
  names(folder: string): readonly string[]
  /** Lays a file of the bank's own; an earlier one of the path is replaced. */
  put(path: string, bytes: Buffer): void
  remove(path: string): void
  /** The requests of one client connection; its handles end with it. */
  connect(): SftpVerbs
}

/** An SFTP status as ssh2 gives it. */
export const statusError = (code: number): Error => Object.assign(new Error(`SFTP status ${code}`), { code })

const noSuchFile = 2
const failure = 4
const regularFile = 0o100_644

/** Makes an empty server. `nowS` is the bank's clock in seconds. */
export function makeRemoteFolder(nowS: () => number): RemoteFolder {
  const files = new Map<string, RemoteNode>()
  const names = (folder: string): string[] =>
    [...files.keys()]
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1))
      .sort()
  return {
    files,
    names,
    put: (path, bytes) => void files.set(path, { bytes, modifiedS: nowS() }),
    remove: (path) => void files.delete(path),
    connect: () => connection(files, names, nowS),
  }
}

type Handle = { readonly node: RemoteNode } | { entries: SftpEntry[] | undefined }

function connection(
  files: Map<string, RemoteNode>,
  names: (folder: string) => readonly string[],
  nowS: () => number,
): SftpVerbs {
  const handles = new Map<number, Handle>()
  let made = 0
  const keep = (handle: Handle): Buffer => {
    made += 1
    handles.set(made, handle)
    return Buffer.from(Uint32Array.of(made).buffer)
  }
  const found = (handle: Buffer): Handle | undefined => handles.get(handle.readUInt32LE(0))
  const nodeOf = (handle: Buffer): RemoteNode | undefined => {
    const held = found(handle)
    return held !== undefined && 'node' in held ? held.node : undefined
  }
  return {
    ...contentVerbs(nodeOf, (handle) => handles.delete(handle.readUInt32LE(0)), nowS),
    ...nameVerbs(files),
    open(path, flags, answer) {
      const node = files.get(path)
      if (flags === 'r') {
        if (node) answer(undefined, keep({ node }))
        else answer(statusError(noSuchFile), nothing)
        return
      }
      const empty = node ?? { bytes: nothing, modifiedS: nowS() }
      empty.bytes = nothing
      files.set(path, empty)
      answer(undefined, keep({ node: empty }))
    },
    opendir(path, answer) {
      const entries = names(path).flatMap((name) => entryOf(name, files.get(`${path}/${name}`)))
      answer(undefined, keep({ entries }))
    },
    readdir(handle, answer) {
      const held = found(handle)
      const entries = held !== undefined && 'entries' in held ? held.entries : undefined
      if (held !== undefined && 'entries' in held) held.entries = undefined
      if (entries && entries.length > 0) answer(undefined, entries)
      else answer(statusError(1), [])
    },
  }
}

const nothing = Buffer.alloc(0)

/** Requests on the content of an open file. */
function contentVerbs(
  nodeOf: (handle: Buffer) => RemoteNode | undefined,
  forget: (handle: Buffer) => void,
  nowS: () => number,
): Pick<SftpVerbs, 'close' | 'read' | 'write' | 'fstat'> {
  return {
    close(handle, answer) {
      forget(handle)
      answer()
    },
    read(handle, into, offset, lengthBytes, position, answer) {
      const bytes = nodeOf(handle)?.bytes.subarray(position, position + lengthBytes) ?? nothing
      bytes.copy(into, offset)
      answer(undefined, bytes.length)
    },
    write(handle, from, offset, lengthBytes, position, answer) {
      const node = nodeOf(handle)
      if (node === undefined) return answer(statusError(failure))
      writeInto(node, from.subarray(offset, offset + lengthBytes), position, nowS())
      return answer()
    },
    fstat(handle, answer) {
      const node = nodeOf(handle)
      if (node) answer(undefined, statsOf(node))
      else answer(statusError(failure), noStats)
    },
  }
}

/** Requests on names. */
function nameVerbs(files: Map<string, RemoteNode>): Pick<SftpVerbs, 'lstat' | 'rename' | 'unlink'> {
  return {
    lstat(path, answer) {
      const node = files.get(path)
      if (node) answer(undefined, statsOf(node))
      else answer(statusError(noSuchFile), noStats)
    },
    rename(from, to, answer) {
      const node = files.get(from)
      if (node === undefined) return answer(statusError(noSuchFile))
      if (files.has(to)) return answer(statusError(failure))
      files.delete(from)
      files.set(to, node)
      return answer()
    },
    unlink(path, answer) {
      answer(files.delete(path) ? undefined : statusError(noSuchFile))
    },
  }
}

function writeInto(node: RemoteNode, piece: Buffer, position: number, nowS: number): void {
  const grown = Buffer.alloc(Math.max(node.bytes.length, position + piece.length))
  node.bytes.copy(grown)
  piece.copy(grown, position)
  node.bytes = grown
  node.modifiedS = nowS
}

const entryOf = (filename: string, node: RemoteNode | undefined): SftpEntry[] =>
  node === undefined ? [] : [{ filename, longname: `-rw-r--r-- ${filename}`, attrs: statsOf(node) }]

const statsOf = ({ bytes, modifiedS }: RemoteNode): SftpStats => ({
  size: bytes.length,
  mtime: modifiedS,
  mode: regularFile,
  isFile: () => true,
})

const noStats: SftpStats = { size: 0, mtime: 0, mode: 0, isFile: () => false }
