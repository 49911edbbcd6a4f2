/**
 * RSA key transport of the content key (RFC 5652 section 6.2.1, RFC 3560): OAEP with SHA-256, or PKCS#1 v1.5
 * for banks that cannot do better. A v1.5 key that does not unpad is replaced by a random one (RFC 3218), so
 * that nothing tells the sender where it went wrong.
 */
import { constants, type KeyObject, privateDecrypt, publicEncrypt, randomBytes } from 'node:crypto'
import { childOf, type Element, oidOf } from '../der/der-reader.ts'
import { contextTag, der, derNull, derOid, derSequence, TAG } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'

/** How the content key travels; the agreement fixes it, the message does not choose. */
export type KeyTransport = 'oaep-sha256' | 'pkcs1'

const CONTENT_KEY_BYTES = 32

/** AlgorithmIdentifier of a key transport. */
export function keyTransportAlgorithm(transport: KeyTransport): Buffer {
  if (transport === 'pkcs1') return derSequence(derOid(OID.rsaEncryption), derNull())
  const sha256 = derSequence(derOid(OID.sha256), derNull())
  const mask = derSequence(derOid(OID.mgf1), sha256)
  return derSequence(derOid(OID.rsaOaep), derSequence(der(contextTag(0), sha256), der(contextTag(1), mask)))
}

/** Encrypts a content key for a recipient. */
export function wrapContentKey(contentKey: Buffer, publicKey: KeyObject, transport: KeyTransport): Buffer {
  if (transport === 'pkcs1') {
    return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, contentKey)
  }
  return publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    contentKey,
  )
}

/** Which transport an AlgorithmIdentifier means; throws EnvelopeRefused WEAK_ALGORITHM for any other. */
export function keyTransportOf(algorithm: Element): KeyTransport {
  const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
  if (oid === OID.rsaEncryption) return 'pkcs1'
  if (oid === OID.rsaOaep && algorithm.children[1] !== undefined && isSha256Oaep(algorithm.children[1])) {
    return 'oaep-sha256'
  }
  throw new EnvelopeRefused('WEAK_ALGORITHM', 'the content key is not encrypted as RSA-OAEP with SHA-256')
}

/** Decrypts a content key of 32 bytes; throws EnvelopeRefused UNDECRYPTABLE for OAEP only. */
export function unwrapContentKey(wrapped: Buffer, privateKey: KeyObject, transport: KeyTransport): Buffer {
  if (transport === 'pkcs1') return unwrapPkcs1(wrapped, privateKey)
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    const contentKey = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, wrapped)
    if (contentKey.length === CONTENT_KEY_BYTES) return contentKey
  } catch {
    // The refusal below says all that may be said.
  }
  throw new EnvelopeRefused('UNDECRYPTABLE', 'the content key does not decrypt with our key')
}

function isSha256Oaep(parameters: Element): boolean {
  return (
    parameters.children.every((parameter, index) => {
      const algorithm = childOf(parameter, 0, TAG.sequence)
      const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
      if (parameter.tag === contextTag(0)) return index === 0 && oid === OID.sha256
      if (parameter.tag === contextTag(1))
        return index === 1 && oid === OID.mgf1 && isSha256(algorithm.children[1])
      return index === 2 && oid === OID.pSpecified && algorithm.children[1]?.content.length === 0
    }) && parameters.children.length >= 2
  )
}

function isSha256(algorithm: Element | undefined): boolean {
  return algorithm !== undefined && oidOf(childOf(algorithm, 0, TAG.objectIdentifier)) === OID.sha256
}

/** Looks at every byte whatever it finds; Node's own v1.5 decryption is switched off on version 20. */
function unwrapPkcs1(wrapped: Buffer, privateKey: KeyObject): Buffer {
  const substitute = randomBytes(CONTENT_KEY_BYTES)
  const block = rawDecrypt(wrapped, privateKey)
  const keyAt = block.length - CONTENT_KEY_BYTES
  let wrong = block.readUInt8(0) | (block.readUInt8(1) ^ 2) | block.readUInt8(keyAt - 1)
  for (let at = 2; at < keyAt - 1; at += 1) wrong |= ((block.readUInt8(at) - 1) >> 8) & 1
  const mask = ((wrong | -wrong) >> 31) & 0xff
  const contentKey = Buffer.alloc(CONTENT_KEY_BYTES)
  for (let at = 0; at < CONTENT_KEY_BYTES; at += 1) {
    contentKey[at] = (block.readUInt8(keyAt + at) & ~mask) | (substitute.readUInt8(at) & mask)
  }
  return contentKey
}

function rawDecrypt(wrapped: Buffer, privateKey: KeyObject): Buffer {
  try {
    return privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, wrapped)
  } catch {
    throw new EnvelopeRefused('UNDECRYPTABLE', 'the content key is not of the size of our key')
  }
}
