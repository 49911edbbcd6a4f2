/**
 * SM4 (GB/T 32907) by node:crypto in the modes that banks use, streaming. Padding is PKCS#7 and every byte of it is
 * checked; what does not unpad is refused as UNDECRYPTABLE.
 */
import { createCipheriv, createDecipheriv, getCiphers, getHashes } from 'node:crypto'
import { finishOrRefuse } from '../cms/content-cipher.ts'
import { EnvelopeRefused } from '../envelope.ts'

/** Bytes of a key, of a block and of an initial vector. */
export const SM4_BYTES = 16

/** ECB knows no initial vector and CTR no padding; ECB is here for key delivery only. */
export type Sm4Mode =
  | { readonly mode: 'cbc'; readonly iv: Buffer; readonly padding: 'pkcs7' | 'none' }
  | { readonly mode: 'ctr'; readonly iv: Buffer }
  | { readonly mode: 'ecb'; readonly padding: 'pkcs7' | 'none' }

/** A cipher under way; `finish` gives the last bytes. */
export interface Sm4Stream {
  readonly update: (chunk: Buffer) => Buffer
  readonly finish: () => Buffer
}

/** Starts to encrypt; throws RangeError for a key or vector that has not 16 bytes. */
export function startSm4Encryption(key: Buffer, by: Sm4Mode): Sm4Stream {
  refuseWrongLengths(key, by)
  const cipher = createCipheriv(`sm4-${by.mode}`, key, vectorOf(by))
  cipher.setAutoPadding(isPadded(by))
  return { update: (chunk) => cipher.update(chunk), finish: () => cipher.final() }
}

/** Starts to decrypt; `finish` throws EnvelopeRefused UNDECRYPTABLE when the padding or the length is wrong. */
export function startSm4Decryption(key: Buffer, by: Sm4Mode): Sm4Stream {
  refuseWrongLengths(key, by)
  const decipher = createDecipheriv(`sm4-${by.mode}`, key, vectorOf(by))
  decipher.setAutoPadding(isPadded(by))
  return { update: (chunk) => decipher.update(chunk), finish: () => finishOrRefuse(() => decipher.final()) }
}

/** Throws EnvelopeRefused ALGORITHM_UNAVAILABLE on a build of Node without SM3 or SM4. */
export function refuseWithoutGm(): void {
  const missing = [
    ...['sm4-cbc', 'sm4-ctr', 'sm4-ecb'].filter((name) => !getCiphers().includes(name)),
    ...['sm3'].filter((name) => !getHashes().includes(name)),
  ]
  if (missing.length > 0) {
    throw new EnvelopeRefused('ALGORITHM_UNAVAILABLE', `this build of Node lacks ${missing.join(', ')}`)
  }
}

function vectorOf(by: Sm4Mode): Buffer | null {
  return by.mode === 'ecb' ? null : by.iv
}

function isPadded(by: Sm4Mode): boolean {
  return by.mode !== 'ctr' && by.padding === 'pkcs7'
}

function refuseWrongLengths(key: Buffer, by: Sm4Mode): void {
  if (key.length !== SM4_BYTES) throw new RangeError('an SM4 key has 16 bytes')
  if (by.mode !== 'ecb' && by.iv.length !== SM4_BYTES) {
    throw new RangeError('an initial vector of SM4 has 16 bytes')
  }
}
