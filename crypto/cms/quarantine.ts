/**
 * Holds what is being opened in a scratch file until all of it verified; shared by every family of messages.
 */
import { BadEncoding } from '../der/der-reader.ts'
import { type Envelope, EnvelopeRefused } from '../envelope.ts'
import { openScratch, type ScratchWriter } from '../scratch-file.ts'

/** What `open` of an envelope gives. */
export type Opened = Awaited<ReturnType<Envelope['open']>>

/** Runs `read`, which writes content to the scratch file and gives its SHA-256; nothing is left when it throws. */
export async function openInQuarantine(
  scratchFolder: string,
  read: (scratch: ScratchWriter) => Promise<string>,
): Promise<Opened> {
  const scratch = await openScratch(scratchFolder)
  try {
    const sha256 = await read(scratch)
    return { ...(await scratch.finish()), sha256 }
  } catch (error) {
    await scratch.discard()
    throw error instanceof BadEncoding ? new EnvelopeRefused('MALFORMED', error.message) : error
  }
}

/**
 * Reads a signed message out of an envelope. What the inside looks like says nothing while the tag or padding of
 * the envelope is wrong, so after a refusal the rest is read, and the refusal of the outer envelope wins.
 */
export async function readInside<T>(
  plaintext: AsyncGenerator<Buffer>,
  maxContentBytes: number,
  read: (plaintext: AsyncGenerator<Buffer>) => Promise<T>,
): Promise<T> {
  try {
    return await read(plaintext)
  } catch (error) {
    if (isRefusal(error)) await drain(plaintext, maxContentBytes)
    throw error
  } finally {
    await plaintext.return(undefined)
  }
}

async function drain(plaintext: AsyncGenerator<Buffer>, mostBytes: number): Promise<void> {
  let readBytes = 0
  for (
    let next = await plaintext.next();
    next.done !== true && readBytes <= mostBytes;
    next = await plaintext.next()
  ) {
    readBytes += next.value.length
  }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof BadEncoding) return true
  return error instanceof EnvelopeRefused && error.code !== 'TOO_LARGE'
}
