/**
 * The two ciphers of the content: AES-256-GCM (RFC 5084) and, for banks that lack it, AES-256-CBC (RFC 3565).
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { childOf, type Element, octetsOf, oidOf, smallIntegerOf } from '../der/der-reader.ts'
import { derOctets, derOid, derSequence, derSmallInteger, TAG } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import type { Decryption, Encryption } from './message-family.ts'

/** Cipher of an agreement; a message under CBC is refused where GCM is agreed, not the other way round. */
export type ContentCipher = 'aes-256-gcm' | 'aes-256-cbc'

/** Bytes of the GCM tag; shorter ones are refused. */
export const TAG_BYTES = 16
const GCM_NONCE_BYTES = 12
const CBC_BLOCK_BYTES = 16

/** Starts an encryption with a fresh IV. */
export function startEncryption(cipher: ContentCipher, key: Buffer): Encryption {
  return cipher === 'aes-256-gcm' ? startGcm(key) : startCbc(key)
}

/** Length of the ciphertext of `plainBytes` bytes, without the GCM tag. */
export function ciphertextBytes(cipher: ContentCipher, plainBytes: number): number {
  if (cipher === 'aes-256-gcm') return plainBytes
  return plainBytes - (plainBytes % CBC_BLOCK_BYTES) + CBC_BLOCK_BYTES
}

/** Starts to decrypt under an AlgorithmIdentifier that must be for this cipher; throws EnvelopeRefused WEAK_ALGORITHM. */
export function startDecryption(cipher: ContentCipher, algorithm: Element, key: Buffer): Decryption {
  const iv = initialVectorOf(algorithm, cipher)
  return cipher === 'aes-256-gcm' ? gcmDecryption(key, iv) : cbcDecryption(key, iv)
}

/** Decrypts a stream; `tag` is asked for after the last chunk. Throws EnvelopeRefused UNDECRYPTABLE at its end. */
export async function* decrypted(
  chunks: AsyncIterable<Buffer>,
  decryption: Decryption,
  tag: () => Promise<Buffer>,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield decryption.update(chunk)
  const received = await tag()
  const last = finishOrRefuse(() => decryption.finish(received))
  if (last.length > 0) yield last
}

function initialVectorOf(algorithm: Element, cipher: ContentCipher): Buffer {
  const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
  const agreed = cipher === 'aes-256-gcm' ? OID.aes256Gcm : OID.aes256Cbc
  const parameters = algorithm.children[1]
  if (oid !== agreed || parameters === undefined) throw weak(`the content cipher ${oid} is not allowed`)
  return cipher === 'aes-256-gcm' ? gcmNonce(parameters) : cbcVector(parameters)
}

function startGcm(key: Buffer): Encryption {
  const nonce = randomBytes(GCM_NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  const parameters = derSequence(derOctets(nonce), derSmallInteger(TAG_BYTES))
  return {
    algorithm: derSequence(derOid(OID.aes256Gcm), parameters),
    update: (chunk) => cipher.update(chunk),
    finish: () => ({ last: cipher.final(), tag: cipher.getAuthTag() }),
  }
}

function startCbc(key: Buffer): Encryption {
  const iv = randomBytes(CBC_BLOCK_BYTES)
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  return {
    algorithm: derSequence(derOid(OID.aes256Cbc), derOctets(iv)),
    update: (chunk) => cipher.update(chunk),
    finish: () => ({ last: cipher.final(), tag: undefined }),
  }
}

function gcmDecryption(key: Buffer, iv: Buffer): Decryption {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
  return {
    update: (chunk) => decipher.update(chunk),
    finish: (tag) => decipher.setAuthTag(tag).final(),
  }
}

function cbcDecryption(key: Buffer, iv: Buffer): Decryption {
  const decipher = createDecipheriv('aes-256-cbc', key, iv)
  return { update: (chunk) => decipher.update(chunk), finish: () => decipher.final() }
}

/** Ends a decipher; throws EnvelopeRefused UNDECRYPTABLE in one sentence whatever was wrong. */
export function finishOrRefuse(finish: () => Buffer): Buffer {
  try {
    return finish()
  } catch {
    throw new EnvelopeRefused(
      'UNDECRYPTABLE',
      'the content does not decrypt: it was altered or its key is wrong',
    )
  }
}

/** The tag length defaults to 12 bytes when absent (RFC 5084), which is less than what is agreed. */
function gcmNonce(parameters: Element): Buffer {
  const nonce = octetsOf(childOf(parameters, 0, TAG.octetString))
  const tagBytes = parameters.children[1] === undefined ? 12 : smallIntegerOf(parameters.children[1])
  if (nonce.length !== GCM_NONCE_BYTES || tagBytes !== TAG_BYTES) throw weak('a GCM tag must have 16 bytes')
  return nonce
}

function cbcVector(parameters: Element): Buffer {
  const iv = octetsOf(parameters)
  if (iv.length !== CBC_BLOCK_BYTES) throw weak('a CBC initial vector must have 16 bytes')
  return iv
}

function weak(message: string): EnvelopeRefused {
  return new EnvelopeRefused('WEAK_ALGORITHM', message)
}
