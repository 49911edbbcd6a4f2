/**
 * Writes EnvelopedData (RFC 5652 section 6) or AuthEnvelopedData (RFC 5083) in definite-length DER around a
 * message whose length is known.
 */
import { randomBytes } from 'node:crypto'
import { inBlocks } from '../byte-blocks.ts'
import {
  contextTag,
  der,
  derHeader,
  derOctets,
  derOid,
  derSequence,
  derSmallInteger,
  TAG,
} from '../der/der-writer.ts'
import type { CertificateFacts } from './certificate-facts.ts'
import { issuerAndSerial, keyIdentifier } from './key-identity.ts'
import type { Encryption, EncryptionFamily } from './message-family.ts'
import type { SignedMessage } from './signed-data-writer.ts'
import { around, type Surrounded, surrounded } from './surrounded.ts'

/** For whom and how a message is encrypted. */
export interface Sealing {
  readonly recipient: CertificateFacts
  readonly family: EncryptionFamily
}

/** Yields the enveloped message; where the cipher authenticates, its last bytes are the tag. */
export async function* encryptMessage(message: SignedMessage, sealing: Sealing): AsyncGenerator<Buffer> {
  const { encryption, recipient } = startSealing(sealing)
  const envelope = envelopeAround(message.sizeBytes, recipient, encryption, sealing.family)
  yield envelope.before
  for await (const block of inBlocks(message.chunks)) yield encryption.update(block)
  const { last, tag } = encryption.finish()
  yield Buffer.concat([last, envelope.after, tag ?? Buffer.alloc(0)])
}

/** An encryption under a fresh content key, and the RecipientInfo that carries the key. */
export function startSealing(sealing: Sealing): { encryption: Encryption; recipient: Buffer } {
  const contentKey = randomBytes(sealing.family.contentKeyBytes)
  const encryption = sealing.family.startEncryption(contentKey)
  const recipient = recipientInfo(contentKey, sealing)
  contentKey.fill(0)
  return { encryption, recipient }
}

/** EncryptedContentInfo around the ciphertext of `plainBytes` bytes. */
export function encryptedContent(
  plainBytes: number,
  encryption: Encryption,
  family: EncryptionFamily,
): Surrounded {
  const ciphertext = surrounded(contextTag(0, false), family.ciphertextBytes(plainBytes))
  return around(TAG.sequence, ciphertext, [derOid(family.dataType), encryption.algorithm])
}

function envelopeAround(
  plainBytes: number,
  recipient: Buffer,
  encryption: Encryption,
  family: EncryptionFamily,
): Surrounded {
  const content = encryptedContent(plainBytes, encryption, family)
  const leading = [derSmallInteger(family.envelopeVersion), der(TAG.set, recipient)]
  const authenticated = family.tagBytes > 0
  const trailing = authenticated ? [derOctets(Buffer.alloc(family.tagBytes))] : []
  const envelope = around(TAG.sequence, content, leading, trailing)
  const whole = around(TAG.sequence, around(contextTag(0), envelope), [derOid(family.envelopeType)])
  return authenticated ? { ...whole, after: derHeader(TAG.octetString, family.tagBytes) } : whole
}

function recipientInfo(contentKey: Buffer, { family, recipient }: Sealing): Buffer {
  const [version = 0] = family.recipientVersions[family.recipientNaming]
  return derSequence(
    derSmallInteger(version),
    family.recipientNaming === 'key-identifier' ? keyIdentifier(recipient) : issuerAndSerial(recipient),
    family.transportAlgorithm,
    derOctets(family.wrap(contentKey, recipient.publicKey)),
  )
}
