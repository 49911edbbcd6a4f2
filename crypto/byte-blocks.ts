/**
 * Re-cuts a stream of chunks so that ciphers and disks see large blocks, however small the pieces come.
 */

const BLOCK_BYTES = 256 * 1024

/** The same bytes in the same order: chunks of at least 64 KiB pass as they are, smaller ones are gathered. */
export async function* inBlocks(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(BLOCK_BYTES)
  let filledBytes = 0
  for await (const chunk of source) {
    const large = chunk.length >= BLOCK_BYTES / 4
    if (filledBytes > 0 && (large || filledBytes + chunk.length > BLOCK_BYTES)) {
      yield block.subarray(0, filledBytes)
      block = Buffer.allocUnsafe(BLOCK_BYTES)
      filledBytes = 0
    }
    if (large) yield chunk
    else filledBytes += chunk.copy(block, filledBytes)
  }
  if (filledBytes > 0) yield block.subarray(0, filledBytes)
}
