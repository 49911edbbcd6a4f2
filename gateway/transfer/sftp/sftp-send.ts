/**
 * Puts one file at the bank without ever writing under its final name: `.part`, size and digest check, exclusive
 * rename (DESIGN §5; reliability.md M6, M7, F36-F39). Only an answer or the evidence of both names decides.
 */
import { createHash } from 'node:crypto'
import { Fault, isFault } from '../../faults.ts'
import type { OutboundFile, RemoteEvidence, SendOutcome } from '../channel.ts'
import { remotePath } from '../remote-name.ts'
import { closeHandle, download, openForReading, openForWriting, sizeFault, upload } from './sftp-content.ts'
import { saysAbsent } from './sftp-fault.ts'
import { digestLimitBytes, sha256At, unlessRefused } from './sftp-sent.ts'
import type { SftpSession, SftpStats } from './sftp-session.ts'

/** Sends a file. Throws only before the rename was asked for; from then on every end is an outcome. */
export async function sendOver(connection: SftpSession, file: OutboundFile): Promise<SendOutcome> {
  const path = remotePath(connection.config.outbox, file.name)
  await removeParts(connection, file.name, file.earlierAttempts ?? [])
  const lying = await sizeAt(connection, path)
  if (lying !== undefined) return alreadyThere(connection, file, lying)
  await uploadPart(connection, partOf(path, file.attempt), file)
  await askLeave(connection, file, path)
  return publish(connection, file, path)
}

/** Removes the parts of these sendings of a file, withdrawn or not. */
export async function removeParts(
  connection: SftpSession,
  name: string,
  attempts: readonly (string | undefined)[],
): Promise<void> {
  const path = remotePath(connection.config.outbox, name)
  for (const attempt of attempts) {
    await removePart(connection, partOf(path, attempt))
    if (attempt !== undefined) await removePart(connection, withdrawnOf(path, attempt))
  }
}

/** Whoever was shut out meanwhile takes its part away again: the one who shut it out may have looked for it before. */
async function askLeave(connection: SftpSession, file: OutboundFile, path: string): Promise<void> {
  try {
    await file.beforeRename?.()
  } catch (error) {
    // A person's part is evidence; only a later fence proves that nobody will ever ask for it.
    if (isFault(error) && error.code === 'LEASE_LOST')
      await removePart(connection, partOf(path, file.attempt)).catch(() => {})
    throw error
  }
}

/** Our own earlier sending may have published after it was last looked at; any other file under the name is not ours. */
async function alreadyThere(
  connection: SftpSession,
  file: OutboundFile,
  lyingBytes: number,
): Promise<SendOutcome> {
  const { earlierAttempts = [], sizeBytes } = file
  const sameSize = lyingBytes === sizeBytes
  if (sameSize && earlierAttempts.length > 0 && (await areOurBytes(connection, file)))
    return { kind: 'accepted', sizeBytes }
  return { kind: 'name-taken', sameSize }
}

/** Bytes that the bank does not let us read back, or too many of them, prove nothing. */
async function areOurBytes(
  connection: SftpSession,
  { name, sizeBytes, content }: OutboundFile,
): Promise<boolean> {
  if (sizeBytes > digestLimitBytes) return false
  const lying = await sha256At(connection, name).catch(unlessRefused)
  if (lying === undefined) return false
  const ours = createHash('sha256')
  for await (const block of content()) ours.update(block)
  return ours.digest('hex') === lying
}

/** What lies in the outbox under a name and the part of a sending. Throws a Fault when the bank cannot tell. */
export async function evidenceOf(
  connection: SftpSession,
  name: string,
  attempt?: string,
): Promise<RemoteEvidence> {
  const path = remotePath(connection.config.outbox, name)
  const finalBytes = await sizeAt(connection, path)
  const partBytes = await sizeAt(connection, partOf(path, attempt))
  const withdrawn = attempt !== undefined && partBytes === undefined && finalBytes === undefined
  return {
    ...(finalBytes === undefined ? {} : { final: { sizeBytes: finalBytes } }),
    ...(partBytes === undefined ? {} : { part: { sizeBytes: partBytes } }),
    ...(withdrawn && (await sizeAt(connection, withdrawnOf(path, attempt))) !== undefined
      ? { withdrawn }
      : {}),
  }
}

/**
 * Gives the part of a sending another name, under which nobody will look for it: a rename that the bank still has in
 * hand can then no longer publish it. A new name and not a removal, since an answer may be lost and the name stays.
 */
export async function withdrawPart(connection: SftpSession, name: string, attempt: string): Promise<boolean> {
  const path = remotePath(connection.config.outbox, name)
  try {
    await connection.call<void>('rename', (sftp, answer) =>
      sftp.rename(partOf(path, attempt), withdrawnOf(path, attempt), (error) => answer(error, undefined)),
    )
    return true
  } catch (error) {
    if (!isFault(error) || !saysAbsent(error)) throw error
    return (await sizeAt(connection, withdrawnOf(path, attempt))) !== undefined
  }
}

/**
 * What a refused rename means, by what lies at the bank. The file may be gone from both names because the bank
 * took it in, or be of another size than ours; neither proves anything, so both are left unknown.
 */
export function refusedRename(evidence: RemoteEvidence, sizeBytes: number, refusal: Fault): SendOutcome {
  const { final, part } = evidence
  if (final !== undefined && part !== undefined)
    return { kind: 'name-taken', sameSize: final.sizeBytes === sizeBytes }
  if (part !== undefined) return { kind: 'not-accepted', fault: refusal }
  if (final?.sizeBytes === sizeBytes) return { kind: 'accepted', sizeBytes }
  return unknown(refusal)
}

const partOf = (path: string, attempt: string | undefined): string =>
  attempt === undefined ? `${path}.part` : `${path}.${attempt}.part`

/** It ends like every part, so that banks which wait for whole files pass it by. */
const withdrawnOf = (path: string, attempt: string): string => `${path}.${attempt}.withdrawn.part`

async function removePart(connection: SftpSession, path: string): Promise<void> {
  try {
    await connection.call<void>('unlink', (sftp, answer) =>
      sftp.unlink(path, (error) => answer(error, undefined)),
    )
  } catch (error) {
    if (!isFault(error) || !saysAbsent(error)) throw error
  }
}

async function uploadPart(connection: SftpSession, path: string, file: OutboundFile): Promise<void> {
  const digest = connection.config.verify === 'digest' ? createHash('sha256') : undefined
  const handle = await openForWriting(connection, path)
  await upload(connection, handle, file.content(), file.sizeBytes, (block) => digest?.update(block))
  await closeHandle(connection, handle)
  const foundBytes = await sizeAt(connection, path)
  if (foundBytes !== file.sizeBytes) throw sizeFault(file.sizeBytes, foundBytes ?? -1)
  if (digest !== undefined) await compareDigest(connection, path, file.sizeBytes, digest.digest('hex'))
}

async function compareDigest(
  connection: SftpSession,
  path: string,
  sizeBytes: number,
  sent: string,
): Promise<void> {
  const found = createHash('sha256')
  const handle = await openForReading(connection, path)
  for await (const block of download(connection, handle, sizeBytes)) found.update(block)
  await closeHandle(connection, handle)
  const foundHex = found.digest('hex')
  if (foundHex !== sent) throw new Fault('REMOTE_SIZE_DIFFERS', { reason: 'digest', sent, found: foundHex })
}

/** From here on the file may become the bank's at any moment, so nothing may be thrown. */
async function publish(connection: SftpSession, file: OutboundFile, path: string): Promise<SendOutcome> {
  try {
    await connection.call<void>('rename', (sftp, answer) =>
      sftp.rename(partOf(path, file.attempt), path, (error) => answer(error, undefined)),
    )
    return { kind: 'accepted', sizeBytes: file.sizeBytes }
  } catch (error) {
    return afterRenameFault(connection, file, error)
  }
}

async function afterRenameFault(
  connection: SftpSession,
  file: OutboundFile,
  error: unknown,
): Promise<SendOutcome> {
  try {
    if (!isFault(error) || error.code !== 'REMOTE_REFUSED') throw error
    return refusedRename(await evidenceOf(connection, file.name, file.attempt), file.sizeBytes, error)
  } catch (doubt) {
    connection.drop(doubt)
    return unknown(doubt)
  }
}

function unknown(cause: unknown): SendOutcome {
  return { kind: 'unknown', fault: new Fault('SEND_UNCONFIRMED', isFault(cause) ? cause.facts : {}, cause) }
}

/** The size of what lies under a path, undefined when the server says that nothing does (exists() cannot tell). */
async function sizeAt(connection: SftpSession, path: string): Promise<number | undefined> {
  try {
    const stats = await connection.call<SftpStats>('lstat', (sftp, answer) => sftp.lstat(path, answer))
    return stats.size
  } catch (error) {
    if (isFault(error) && saysAbsent(error)) return undefined
    throw error
  }
}
