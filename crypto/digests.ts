/**
 * Digests of streams: content of any size in flat memory, with its length in bytes.
 * MD5 is here only because some banks print it in their side files; it protects nothing.
 */
import { createHash } from 'node:crypto'

/** Size in bytes and digests in lower-case hex of one content. */
export interface ContentDigests {
  readonly sizeBytes: number
  readonly sha256: string
  readonly md5: string
}

/** Reads `source` to its end and gives its size with its SHA-256. */
export async function sha256Of(
  source: AsyncIterable<Buffer>,
): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of source) {
    sizeBytes += chunk.length
    hash.update(chunk)
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}

/** Reads `source` to its end once and gives its size with SHA-256 and MD5. */
export async function digestsOf(source: AsyncIterable<Buffer>): Promise<ContentDigests> {
  const md5 = createHash('md5')
  const summary = await sha256Of(watched(source, (chunk) => md5.update(chunk)))
  return { ...summary, md5: md5.digest('hex') }
}

async function* watched(source: AsyncIterable<Buffer>, see: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    see(chunk)
    yield chunk
  }
}
