/**
 * Scratch files for content that is not trusted yet: encrypted under a random AES-256-CTR key that only this
 * process holds, and without a name from the moment they exist, so that not even a crash leaves one behind.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContentSource } from './envelope.ts'

/** Size of the pieces that are read back. */
const READ_BYTES = 1024 * 1024

/** Content that was written whole; `content` may be read any number of times until `discard`. */
export interface ScratchFile {
  readonly sizeBytes: number
  readonly content: ContentSource
  /** Frees the disk space; may be called twice. Reading afterwards throws. */
  discard(): Promise<void>
}

/** A scratch file that is being written; end it with `finish` or `discard`. */
export interface ScratchWriter {
  /** Adds a chunk; resolves when the next one may come. The chunk may be re-used at once. */
  write(chunk: Buffer): Promise<void>
  /** Waits for the disk and gives the finished file; on failure the file is gone. */
  finish(): Promise<ScratchFile>
  /** Gives up; may be called twice, and after `finish` too. */
  discard(): Promise<void>
}

interface Scratch {
  readonly handle: FileHandle
  readonly key: Buffer
  readonly iv: Buffer
  sizeBytes: number
  pendingWrite: Promise<void>
  closing: Promise<void> | undefined
}

/** Opens an empty scratch file in `folder`, which should be on a local disk and is made when missing. */
export async function openScratch(folder: string): Promise<ScratchWriter> {
  const scratch = await createScratch(folder)
  const cipher = createCipheriv('aes-256-ctr', scratch.key, scratch.iv)
  return {
    write: (chunk) => append(scratch, cipher.update(chunk)),
    finish: () => finish(scratch),
    discard: () => discard(scratch),
  }
}

/** Writes `source` to a scratch file and gives it with its SHA-256 (hex); nothing is left when that fails. */
export async function spoolToScratch(
  source: AsyncIterable<Buffer>,
  folder: string,
): Promise<ScratchFile & { readonly sha256: string }> {
  const writer = await openScratch(folder)
  const hash = createHash('sha256')
  try {
    for await (const chunk of source) {
      hash.update(chunk)
      await writer.write(chunk)
    }
    return { ...(await writer.finish()), sha256: hash.digest('hex') }
  } catch (error) {
    await writer.discard()
    throw error
  }
}

async function createScratch(folder: string): Promise<Scratch> {
  const path = join(folder, `scratch-${randomBytes(12).toString('hex')}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const handle = await open(path, 'wx+', 0o600)
  try {
    await unlink(path)
  } catch (error) {
    await handle.close()
    throw error
  }
  const [key, iv] = [randomBytes(32), randomBytes(16)]
  return { handle, key, iv, sizeBytes: 0, pendingWrite: Promise.resolve(), closing: undefined }
}

/** One write is under way while the next chunk is prepared; its failure shows at the next call. */
async function append(scratch: Scratch, sealed: Buffer): Promise<void> {
  await scratch.pendingWrite
  scratch.pendingWrite = writeWhole(scratch.handle, sealed, scratch.sizeBytes)
  scratch.pendingWrite.catch(() => undefined)
  scratch.sizeBytes += sealed.length
}

async function writeWhole(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

async function finish(scratch: Scratch): Promise<ScratchFile> {
  try {
    await scratch.pendingWrite
  } catch (error) {
    await discard(scratch)
    throw error
  }
  return { sizeBytes: scratch.sizeBytes, content: () => readBack(scratch), discard: () => discard(scratch) }
}

async function discard(scratch: Scratch): Promise<void> {
  scratch.closing ??= scratch.pendingWrite.catch(() => undefined).then(() => scratch.handle.close())
  await scratch.closing
  scratch.key.fill(0)
}

async function* readBack(scratch: Scratch): AsyncGenerator<Buffer> {
  if (scratch.closing !== undefined) throw new Error('the scratch file was discarded')
  const decipher = createDecipheriv('aes-256-ctr', scratch.key, scratch.iv)
  // Two buffers in turns: one is read into while the other is decrypted, which makes bytes of its own.
  const buffers = [scratchBuffer(scratch), scratchBuffer(scratch)] as const
  let next = readAhead(scratch, 0, buffers[0])
  let turn = 0
  for (let at = 0; at < scratch.sizeBytes; ) {
    const block = await next
    if (block.length === 0) throw new Error('the scratch file is shorter than what was written')
    at += block.length
    turn = 1 - turn
    next = readAhead(scratch, at, turn === 0 ? buffers[0] : buffers[1])
    yield decipher.update(block)
  }
}

const scratchBuffer = ({ sizeBytes }: Scratch): Buffer => Buffer.allocUnsafe(Math.min(READ_BYTES, sizeBytes))

function readAhead(scratch: Scratch, at: number, into: Buffer): Promise<Buffer> {
  const block = readBlock(scratch.handle, at, into.subarray(0, scratch.sizeBytes - at))
  block.catch(() => undefined)
  return block
}

async function readBlock(handle: FileHandle, position: number, into: Buffer): Promise<Buffer> {
  if (into.length === 0) return into
  const { bytesRead } = await handle.read(into, 0, into.length, position)
  return into.subarray(0, bytesRead)
}
