/**
 * One SFTP session (protocol version 3, draft-ietf-secsh-filexfer-02) over a jailed folder.
 * Rename is exclusive: it fails with FAILURE when the target exists, as in the draft and unlike POSIX.
 */
import { constants, type Stats } from 'node:fs'
import { link, lstat, mkdir, open, opendir, rename, rmdir, unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import ssh2, { type Attributes, type FileEntry, type SFTPWrapper } from 'ssh2'
import type { SftpOperation } from '../misdeeds/fault-rule.ts'
import { enterJail, jailPath, SftpRefused, sftpStatus } from './jailed-path.ts'
import type { OpenFolder, SftpHandles } from './sftp-handles.ts'
import { crawl, goodManners, keptBytes, type SftpManners } from './sftp-manners.ts'

const maxReadBytes = 256 * 1024
const entriesPerPage = 100
const { OPEN_MODE } = ssh2.utils.sftp

/** How a session misbehaves; `hangUp` ends its connection without a word. */
export interface SessionManners {
  readonly manners: SftpManners
  readonly hangUp: () => void
}

/** Answers every request of the session. `root` is the local folder that the client sees as `/`. */
export function serveSftpSession(
  sftp: SFTPWrapper,
  root: string,
  handles: SftpHandles,
  session: SessionManners = { manners: goodManners, hangUp: () => undefined },
): void {
  const answer: Answer = (reqId, operation, work) => {
    session.manners
      .before(operation)
      .then(work)
      .catch((error: unknown) => sftp.status(reqId, statusOf(error), textOf(error)))
  }
  const done = async (reqId: number, work: Promise<unknown>): Promise<void> => {
    await work
    sftp.status(reqId, sftpStatus.ok)
  }
  serveFiles(sftp, root, handles, answer, done, session)
  serveFolders(sftp, root, handles, answer, done, session)
  const ignore = (reqId: number): void => sftp.status(reqId, sftpStatus.ok)
  const refuse = (reqId: number): void => sftp.status(reqId, sftpStatus.unsupported, 'Not offered here.')
  sftp.on('SETSTAT', ignore)
  sftp.on('FSETSTAT', ignore)
  sftp.on('READLINK', refuse)
  sftp.on('SYMLINK', refuse)
  sftp.on('EXTENDED', refuse)
}

type Answer = (reqId: number, operation: SftpOperation, work: () => Promise<void>) => void
type Done = (reqId: number, work: Promise<unknown>) => Promise<void>

function serveFiles(
  sftp: SFTPWrapper,
  root: string,
  handles: SftpHandles,
  answer: Answer,
  done: Done,
  { manners, hangUp }: SessionManners,
): void {
  sftp.on('OPEN', (reqId, path, flags) =>
    answer(reqId, 'open', async () => {
      const { local } = await enterJail(root, path)
      const writable = (flags & (OPEN_MODE.WRITE | OPEN_MODE.APPEND)) !== 0
      const bytes = await manners.opened(writable)
      const file = await open(local, openFlags(flags), 0o600)
      try {
        if (!(await file.stat()).isFile()) throw new SftpRefused(sftpStatus.failure, 'Not a file.')
        sftp.handle(reqId, handles.keep({ kind: 'file', local, writable, file, manners: bytes }))
      } catch (error) {
        await file.close()
        throw error
      }
    }),
  )
  sftp.on('READ', (reqId, handle, offset, length) =>
    answer(reqId, 'read', async () => {
      const wanted = Math.min(length, maxReadBytes)
      const open = handles.file(handle)
      const { bytesRead, buffer } = await open.file.read(Buffer.allocUnsafe(wanted), 0, wanted, offset)
      await crawl(open.manners, bytesRead)
      if (bytesRead === 0 && wanted > 0) sftp.status(reqId, sftpStatus.endOfFile)
      else sftp.data(reqId, buffer.subarray(0, bytesRead))
    }),
  )
  sftp.on('WRITE', (reqId, handle, offset, bytes) =>
    answer(reqId, 'write', async () => {
      const { file, manners: own } = handles.file(handle)
      const kept = keptBytes(own, offset, bytes)
      const last = own.cutAtBytes ?? Number.POSITIVE_INFINITY
      const written = kept.subarray(0, Math.max(0, Math.min(kept.length, last - offset)))
      await crawl(own, bytes.length)
      for (let at = 0; at < written.length; )
        at += (await file.write(written, at, written.length - at, offset + at)).bytesWritten
      if (offset + bytes.length > last) hangUp()
      else sftp.status(reqId, sftpStatus.ok)
    }),
  )
  sftp.on('FSTAT', (reqId, handle) =>
    answer(reqId, 'stat', async () =>
      sftp.attrs(reqId, attributesOf(await handles.file(handle).file.stat())),
    ),
  )
  sftp.on('CLOSE', (reqId, handle) =>
    answer(reqId, 'close', async () => {
      const closed = await handles.close(handle)
      if (closed.kind === 'file') await manners.closed(closed.local, closed.manners)
      sftp.status(reqId, sftpStatus.ok)
    }),
  )
  sftp.on('REMOVE', (reqId, path) =>
    answer(reqId, 'remove', async () => await done(reqId, unlink((await enterJail(root, path)).local))),
  )
}

function serveFolders(
  sftp: SFTPWrapper,
  root: string,
  handles: SftpHandles,
  answer: Answer,
  done: Done,
  { manners, hangUp }: SessionManners,
): void {
  const stat = (reqId: number, path: string): void =>
    answer(reqId, 'stat', async () =>
      sftp.attrs(reqId, attributesOf(await lstat((await enterJail(root, path)).local))),
    )
  sftp.on('STAT', stat)
  sftp.on('LSTAT', stat)
  sftp.on('REALPATH', (reqId, path) =>
    answer(reqId, 'stat', async () => {
      const filename = jailPath(root, path).remote
      sftp.name(reqId, [{ filename, longname: filename, attrs: noAttributes }])
    }),
  )
  sftp.on('OPENDIR', (reqId, path) =>
    answer(reqId, 'list', async () => {
      const { local } = await enterJail(root, path)
      const folder = await opendir(local)
      sftp.handle(reqId, handles.keep({ kind: 'folder', local, folder, turn: Promise.resolve() }))
    }),
  )
  sftp.on('READDIR', (reqId, handle) =>
    answer(reqId, 'list', async () => {
      const entries = await nextEntries(handles.folder(handle))
      if (entries.length > 0) sftp.name(reqId, entries)
      else sftp.status(reqId, sftpStatus.endOfFile)
    }),
  )
  sftp.on('MKDIR', (reqId, path) =>
    answer(reqId, 'open', async () => await done(reqId, mkdir((await enterJail(root, path)).local, 0o700))),
  )
  sftp.on('RMDIR', (reqId, path) =>
    answer(reqId, 'remove', async () => await done(reqId, rmdir((await enterJail(root, path)).local))),
  )
  sftp.on('RENAME', (reqId, from, to) =>
    answer(reqId, 'rename', async () => {
      const [source, target] = [await enterJail(root, from), await enterJail(root, to)]
      const end = await manners.renamed(target.local, () => renameExclusively(source.local, target.local))
      if (end === 'hang-up') hangUp()
      else sftp.status(reqId, sftpStatus.ok)
    }),
  )
}

/** A hard link refuses an existing target in one step, which a rename on this platform would replace. */
async function renameExclusively(source: string, target: string): Promise<void> {
  if ((await lstat(source)).isDirectory()) {
    if ((await lstat(target).catch(() => undefined)) !== undefined)
      throw new SftpRefused(sftpStatus.failure, 'The target exists.')
    return await rename(source, target)
  }
  await link(source, target)
  await unlink(source)
}

function nextEntries(open: OpenFolder): Promise<FileEntry[]> {
  const page = open.turn.then(async () => {
    const entries: FileEntry[] = []
    while (entries.length < entriesPerPage) {
      const entry = await open.folder.read()
      if (entry === null) break
      const stats = await lstat(`${open.local}/${entry.name}`).catch(() => undefined)
      // A file may have been taken since the listing began; links are no business of the client's.
      if (stats === undefined || stats.isSymbolicLink()) continue
      entries.push({
        filename: entry.name,
        longname: longName(entry.name, stats),
        attrs: attributesOf(stats),
      })
    }
    return entries
  })
  open.turn = page.catch(() => undefined)
  return page
}

function openFlags(flags: number): number {
  const has = (bit: number): boolean => (flags & bit) !== 0
  const writes = has(OPEN_MODE.WRITE) || has(OPEN_MODE.APPEND)
  const access = writes ? (has(OPEN_MODE.READ) ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY
  return (
    access |
    constants.O_NOFOLLOW |
    (has(OPEN_MODE.CREAT) ? constants.O_CREAT : 0) |
    (has(OPEN_MODE.TRUNC) && writes ? constants.O_TRUNC : 0) |
    (has(OPEN_MODE.EXCL) ? constants.O_EXCL : 0) |
    (has(OPEN_MODE.APPEND) ? constants.O_APPEND : 0)
  )
}

const noAttributes: Attributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 }

function attributesOf(stats: Stats): Attributes {
  const seconds = (ms: number): number => Math.floor(ms / 1000)
  const { mode, size, atimeMs, mtimeMs } = stats
  return { mode, uid: 0, gid: 0, size, atime: seconds(atimeMs), mtime: seconds(mtimeMs) }
}

function longName(name: string, stats: Stats): string {
  const kind = stats.isDirectory() ? 'drwx------' : '-rw-------'
  const day = stats.mtime.toISOString().slice(0, 10)
  return `${kind} 1 bank bank ${String(stats.size).padStart(12)} ${day} ${basename(name)}`
}

function statusOf(error: unknown): number {
  if (error instanceof SftpRefused) return error.status
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return sftpStatus.noSuchFile
    case 'EACCES':
    case 'EPERM':
    case 'EISDIR':
    case 'ELOOP':
      return sftpStatus.permissionDenied
    default:
      return sftpStatus.failure
  }
}

/** The local path stays out of the text: the client must not learn where the jail lies. */
function textOf(error: unknown): string {
  return error instanceof SftpRefused ? error.message : `The request failed (${codeOf(error) ?? 'unknown'}).`
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
