/**
 * Moves the bytes of one file over an open SFTP handle with flat memory: blocks of 1 MiB, each in pieces of 32 KiB
 * that are all asked for at once, so a far bank costs one round trip a block (measured.md §7).
 */
import { Fault } from '../../faults.ts'
import type { Answer, SftpSession, SftpStats } from './sftp-session.ts'

const blockBytes = 1024 * 1024
const pieceBytes = 32 * 1024

/** Writes all of `content` from the start of a handle; stops with REMOTE_SIZE_DIFFERS beyond `sizeBytes`. */
export async function upload(
  connection: SftpSession,
  handle: Buffer,
  content: AsyncIterable<Buffer>,
  sizeBytes: number,
  onBlock: (block: Buffer) => void = () => {},
): Promise<void> {
  let offset = 0
  for await (const block of blocksOf(content)) {
    if (offset + block.length > sizeBytes) throw sizeFault(sizeBytes, offset + block.length)
    await writeBlock(connection, handle, block, offset)
    onBlock(block)
    offset += block.length
  }
}

/** Reads a handle to its end in blocks. Throws REMOTE_SIZE_DIFFERS unless exactly `sizeBytes` came. */
export async function* download(
  connection: SftpSession,
  handle: Buffer,
  sizeBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (let offset = 0; offset < sizeBytes; offset += blockBytes) {
    const wantedBytes = Math.min(blockBytes, sizeBytes - offset)
    const block = await readBlock(connection, handle, offset, wantedBytes)
    if (block.length !== wantedBytes) throw sizeFault(sizeBytes, offset + block.length)
    yield block
  }
}

/** Opens a file for reading. Throws a Fault. */
export const openForReading = (connection: SftpSession, path: string): Promise<Buffer> =>
  connection.call('open', (sftp, answer) => sftp.open(path, 'r', answer))

/** Opens a file for writing, made anew or emptied. Throws a Fault. */
export const openForWriting = (connection: SftpSession, path: string): Promise<Buffer> =>
  connection.call('open', (sftp, answer) => sftp.open(path, 'w', answer))

/** Closes a handle. Throws a Fault; some servers report a full disk only here. */
export const closeHandle = (connection: SftpSession, handle: Buffer): Promise<void> =>
  connection.call('close', (sftp, answer) => sftp.close(handle, (error) => answer(error, undefined)))

/** The size of an open file now. Throws a Fault. */
export async function sizeBytesOf(connection: SftpSession, handle: Buffer): Promise<number> {
  const stats = await connection.call<SftpStats>('fstat', (sftp, answer) => sftp.fstat(handle, answer))
  return stats.size
}

/** The fault of a file that is not as long as it was said to be. */
export const sizeFault = (expectedBytes: number, foundBytes: number): Fault =>
  new Fault('REMOTE_SIZE_DIFFERS', { expectedBytes, foundBytes })

/** Gathers small buffers and cuts big ones, so that every block but the last is 1 MiB. */
async function* blocksOf(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let gathered: Buffer[] = []
  let gatheredBytes = 0
  for await (const buffer of content) {
    gathered.push(buffer)
    gatheredBytes += buffer.length
    if (gatheredBytes < blockBytes) continue
    const whole = gathered.length === 1 ? buffer : Buffer.concat(gathered)
    const rest = gatheredBytes % blockBytes
    for (let at = 0; at + blockBytes <= whole.length; at += blockBytes)
      yield whole.subarray(at, at + blockBytes)
    gathered = rest === 0 ? [] : [whole.subarray(whole.length - rest)]
    gatheredBytes = rest
  }
  if (gatheredBytes > 0) yield Buffer.concat(gathered)
}

async function writeBlock(
  connection: SftpSession,
  handle: Buffer,
  block: Buffer,
  offset: number,
): Promise<void> {
  let movedBytes = 0
  await connection.transfer(
    'write',
    () => movedBytes,
    async (sftp) => {
      const write = async ({ at, lengthBytes }: Piece): Promise<void> => {
        await settled<unknown>((answer) =>
          sftp.write(handle, block, at, lengthBytes, offset + at, (error) => answer(error, undefined)),
        )
        movedBytes += lengthBytes
      }
      await Promise.all(piecesOf(block.length).map(write))
    },
  )
}

/** A block is cut at its first short piece: what lies behind a hole is not ours to guess. */
async function readBlock(
  connection: SftpSession,
  handle: Buffer,
  offset: number,
  wantedBytes: number,
): Promise<Buffer> {
  const block = Buffer.allocUnsafe(wantedBytes)
  const pieces = piecesOf(wantedBytes)
  let movedBytes = 0
  const filled = await connection.transfer(
    'read',
    () => movedBytes,
    (sftp) => {
      const read = async ({ at, lengthBytes }: Piece): Promise<number> => {
        let doneBytes = 0
        while (doneBytes < lengthBytes) {
          const from = at + doneBytes
          const gotBytes = await settled<number>((answer) =>
            sftp.read(handle, block, from, lengthBytes - doneBytes, offset + from, (error, bytes) =>
              endOfFile(error) ? answer(undefined, 0) : answer(error, bytes),
            ),
          )
          if (gotBytes === 0) return doneBytes
          doneBytes += gotBytes
          movedBytes += gotBytes
        }
        return doneBytes
      }
      return Promise.all(pieces.map(read))
    },
  )
  return block.subarray(0, usableBytes(pieces, filled))
}

interface Piece {
  readonly at: number
  readonly lengthBytes: number
}

function piecesOf(lengthBytes: number): Piece[] {
  const count = Math.ceil(lengthBytes / pieceBytes)
  return Array.from({ length: count }, (_, index) => {
    const at = index * pieceBytes
    return { at, lengthBytes: Math.min(pieceBytes, lengthBytes - at) }
  })
}

function usableBytes(pieces: readonly Piece[], filled: readonly number[]): number {
  const short = pieces.findIndex((piece, index) => filled[index] !== piece.lengthBytes)
  const piece = pieces[short]
  if (piece === undefined) return pieces.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)
  return piece.at + (filled[short] ?? 0)
}

const endOfFile = (error: Error | undefined): boolean =>
  error !== undefined && error !== null && 'code' in error && error.code === 1

function settled<T>(start: (answer: Answer<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))))
}
