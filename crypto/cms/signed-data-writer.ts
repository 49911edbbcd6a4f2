/**
 * Writes SignedData (RFC 5652 section 5) in definite-length DER over content that is read twice: first for its
 * digest and length, then to copy it. Signed attributes are in DER SET order, which strict readers demand.
 */
import { createHash, type KeyObject, sign } from 'node:crypto'
import {
  contextTag,
  der,
  derNull,
  derOctets,
  derOid,
  derSequence,
  derSetOf,
  derSmallInteger,
  derTime,
  TAG,
} from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { type ContentSource, EnvelopeRefused } from '../envelope.ts'
import type { CertificateFacts } from './certificate-facts.ts'
import { issuerAndSerial } from './key-identity.ts'
import { around, type Surrounded, surrounded, surroundedBytes } from './surrounded.ts'

/** The content gave other bytes when it was read the second time; nothing that was yielded may be used. */
export class ContentChanged extends Error {
  override readonly name = 'ContentChanged'
}

/** Who signs, and when; the key is RSA or EC and signs SHA-256. */
export interface Signer {
  readonly key: KeyObject
  readonly certificate: CertificateFacts
  readonly at: Date
  /** Largest content that is signed, in bytes. */
  readonly maxContentBytes: number
}

/** A signed message whose length is known before its bytes flow. */
export interface SignedMessage {
  readonly sizeBytes: number
  readonly chunks: AsyncIterable<Buffer>
}

/** Reads the content once and gives the signed message; throws EnvelopeRefused for empty or oversized content. */
export async function signContent(content: ContentSource, signer: Signer): Promise<SignedMessage> {
  const { digest, sizeBytes } = await measure(content, signer.maxContentBytes)
  const message = signedMessage(sizeBytes, digest, signer)
  return { sizeBytes: surroundedBytes(message), chunks: copyContent(content, message, digest) }
}

async function measure(
  content: ContentSource,
  maxContentBytes: number,
): Promise<{ digest: Buffer; sizeBytes: number }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of content()) {
    sizeBytes += chunk.length
    if (sizeBytes > maxContentBytes) {
      throw new EnvelopeRefused('TOO_LARGE', `the content is larger than ${maxContentBytes} bytes`)
    }
    hash.update(chunk)
  }
  if (sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'there is nothing to seal')
  return { digest: hash.digest(), sizeBytes }
}

async function* copyContent(
  content: ContentSource,
  message: Surrounded,
  digest: Buffer,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let leftBytes = message.contentBytes
  yield message.before
  for await (const chunk of content()) {
    leftBytes -= chunk.length
    if (leftBytes < 0) throw new ContentChanged('the content grew while it was being sealed')
    hash.update(chunk)
    yield chunk
  }
  if (leftBytes > 0 || !hash.digest().equals(digest)) {
    throw new ContentChanged('the content changed while it was being sealed')
  }
  yield message.after
}

function signedMessage(contentBytes: number, digest: Buffer, signer: Signer): Surrounded {
  const sha256 = derSequence(derOid(OID.sha256))
  const content = around(contextTag(0), surrounded(TAG.octetString, contentBytes))
  const encapsulated = around(TAG.sequence, content, [derOid(OID.data)])
  const leading = [derSmallInteger(1), der(TAG.set, sha256)]
  const trailing = [
    der(contextTag(0), signer.certificate.encoded),
    der(TAG.set, signerInfo(digest, sha256, signer)),
  ]
  const signedData = around(TAG.sequence, encapsulated, leading, trailing)
  return around(TAG.sequence, around(contextTag(0), signedData), [derOid(OID.signedData)])
}

function signerInfo(digest: Buffer, digestAlgorithm: Buffer, signer: Signer): Buffer {
  const attributes = derSetOf([
    attribute(OID.contentType, derOid(OID.data)),
    attribute(OID.messageDigest, derOctets(digest)),
    attribute(OID.signingTime, derTime(signer.at)),
  ])
  return derSequence(
    derSmallInteger(1),
    issuerAndSerial(signer.certificate),
    digestAlgorithm,
    Buffer.concat([Buffer.of(contextTag(0)), attributes.subarray(1)]),
    signatureAlgorithm(signer.key),
    derOctets(sign('sha256', attributes, signer.key)),
  )
}

function attribute(oid: string, value: Buffer): Buffer {
  return derSequence(derOid(oid), der(TAG.set, value))
}

function signatureAlgorithm(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'rsa') return derSequence(derOid(OID.rsaEncryption), derNull())
  return derSequence(derOid(OID.ecdsaSha256))
}
