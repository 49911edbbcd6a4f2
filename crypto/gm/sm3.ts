/**
 * SM3 (GB/T 32905) by node:crypto, and the key derivation of SM2 (GB/T 32918.4) over it.
 */
import { createHash } from 'node:crypto'

/** Bytes of an SM3 digest. */
export const SM3_BYTES = 32

/** SM3 of the parts one after the other. */
export function sm3Of(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sm3')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Key derivation function of SM2: `sizeBytes` bytes from a shared secret. */
export function sm2DerivedKey(shared: Buffer, sizeBytes: number): Buffer {
  const blocks: Buffer[] = []
  for (let count = 1; (count - 1) * SM3_BYTES < sizeBytes; count += 1) {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(count)
    blocks.push(sm3Of(shared, counter))
  }
  return Buffer.concat(blocks).subarray(0, sizeBytes)
}
