/**
 * Receives a whole body before anything else happens, so that a slow client holds no database connection: decoded,
 * counted, digested and written to an encrypted nameless file. Honest sizes only: a body over the cap, a gzip bomb
 * and a body that stops half-way are refused and leave nothing (F01, S36).
 */
import { createHash } from 'node:crypto'
import { createGunzip } from 'node:zlib'
import { openScratch, type ScratchFile } from '../../crypto/scratch-file.ts'
import { asFault } from '../faults.ts'
import { BodyRefused } from './body-refused.ts'
import { problem } from './finding.ts'

/** A received body: its decoded content, and the digest of that in lower-case hex. */
export interface SpooledBody extends ScratchFile {
  readonly sha256: string
}

/** How a body comes and how large it may be. */
export interface SpoolLimits {
  readonly encoding: 'identity' | 'gzip'
  /** Largest decoded size in bytes. */
  readonly maxBytes: number
  readonly folder: string
}

/** Honest lines shrink to a fifth or a tenth; what expands beyond this, past the first stretch, is a bomb. */
const highestGzipRatio = 100
const ratioFreeBytes = 8 * 1024 * 1024

/** Receives a body. Throws BodyRefused, or a Fault when the disk fails; then nothing is left. */
export async function spoolBody(body: AsyncIterable<Buffer>, limits: SpoolLimits): Promise<SpooledBody> {
  const writer = await openScratch(limits.folder)
  const hash = createHash('sha256')
  let sizeBytes = 0
  try {
    const received = whole(body, limits.maxBytes)
    for await (const chunk of limits.encoding === 'gzip' ? gunzipped(received) : received) {
      sizeBytes += chunk.length
      if (sizeBytes > limits.maxBytes) throw tooLarge(limits.maxBytes)
      hash.update(chunk)
      await writer.write(chunk)
    }
    return { ...(await writer.finish()), sha256: hash.digest('hex') }
  } catch (error) {
    await writer.discard()
    throw error instanceof BodyRefused ? error : asFault(error)
  }
}

const tooLarge = (maxBytes: number): BodyRefused => new BodyRefused(problem('BODY_TOO_LARGE', { maxBytes }))

/**
 * What the client sent, compressed or not; a client that went away shows as an error of the iterator. A body that is
 * refused early is left where it stands and not closed, or the caller could not answer on its connection any more.
 */
async function* whole(body: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  const iterator = body[Symbol.asyncIterator]()
  let sentBytes = 0
  for (;;) {
    let step: IteratorResult<Buffer>
    try {
      step = await iterator.next()
    } catch {
      throw new BodyRefused(problem('BODY_INCOMPLETE'))
    }
    if (step.done) return
    sentBytes += step.value.length
    if (sentBytes > maxBytes) throw tooLarge(maxBytes)
    yield step.value
  }
}

async function* gunzipped(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 })
  const feeding = feed(body, gunzip)
  // Its failure reaches the reader through `destroy`; this only keeps the promise from being unhandled.
  feeding.catch(() => {})
  let decodedBytes = 0
  try {
    for await (const chunk of gunzip) {
      decodedBytes += chunk.length
      if (decodedBytes > ratioFreeBytes && decodedBytes > gunzip.bytesWritten * highestGzipRatio) {
        throw new BodyRefused(problem('GZIP_RATIO', { highestRatio: highestGzipRatio }))
      }
      yield chunk
    }
    const sentBytes = await feeding
    if (sentBytes !== gunzip.bytesWritten)
      throw new BodyRefused(problem('GZIP_DAMAGED', { reason: 'trailing bytes' }))
  } catch (error) {
    throw error instanceof BodyRefused ? error : new BodyRefused(problem('GZIP_DAMAGED'))
  } finally {
    gunzip.destroy()
  }
}

/** Writes the body into the decoder with back-pressure; gives the number of bytes that were sent. */
async function feed(body: AsyncIterable<Buffer>, gunzip: ReturnType<typeof createGunzip>): Promise<number> {
  let sentBytes = 0
  try {
    for await (const chunk of body) {
      sentBytes += chunk.length
      if (gunzip.destroyed) return sentBytes
      if (!gunzip.write(chunk)) await Promise.race([drained(gunzip), closed(gunzip)])
    }
    gunzip.end()
    return sentBytes
  } catch (error) {
    gunzip.destroy(error instanceof Error ? error : new Error('the body failed'))
    throw error
  }
}

const drained = (gunzip: ReturnType<typeof createGunzip>): Promise<void> =>
  new Promise((resolve) => gunzip.once('drain', () => resolve()))

const closed = (gunzip: ReturnType<typeof createGunzip>): Promise<void> =>
  new Promise((resolve) => (gunzip.destroyed ? resolve() : gunzip.once('close', () => resolve())))
