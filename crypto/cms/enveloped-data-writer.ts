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
import { OID } from '../der/oids.ts'
import type { CertificateFacts } from './certificate-facts.ts'
import {
  type ContentCipher,
  ciphertextBytes,
  type Encryption,
  startEncryption,
  TAG_BYTES,
} from './content-cipher.ts'
import { issuerAndSerial } from './key-identity.ts'
import { type KeyTransport, keyTransportAlgorithm, wrapContentKey } from './key-transport.ts'
import type { SignedMessage } from './signed-data-writer.ts'
import { around, type Surrounded, surrounded } from './surrounded.ts'

/** For whom and how a message is encrypted. */
export interface Sealing {
  readonly recipient: CertificateFacts
  readonly cipher: ContentCipher
  readonly keyTransport: KeyTransport
}

/** Yields the enveloped message; under GCM its last bytes are the tag. */
export async function* encryptMessage(message: SignedMessage, sealing: Sealing): AsyncGenerator<Buffer> {
  const contentKey = randomBytes(32)
  const encryption = startEncryption(sealing.cipher, contentKey)
  const envelope = envelopeAround(message.sizeBytes, contentKey, encryption, sealing)
  contentKey.fill(0)
  yield envelope.before
  for await (const block of inBlocks(message.chunks)) yield encryption.update(block)
  const { last, tag } = encryption.finish()
  yield Buffer.concat([last, envelope.after, tag ?? Buffer.alloc(0)])
}

function envelopeAround(
  plainBytes: number,
  contentKey: Buffer,
  encryption: Encryption,
  sealing: Sealing,
): Surrounded {
  const ciphertext = surrounded(contextTag(0, false), ciphertextBytes(sealing.cipher, plainBytes))
  const content = around(TAG.sequence, ciphertext, [derOid(OID.data), encryption.algorithm])
  const leading = [derSmallInteger(0), der(TAG.set, recipientInfo(contentKey, sealing))]
  const authenticated = sealing.cipher === 'aes-256-gcm'
  const trailing = authenticated ? [derOctets(Buffer.alloc(TAG_BYTES))] : []
  const envelope = around(TAG.sequence, content, leading, trailing)
  const oid = derOid(authenticated ? OID.authEnvelopedData : OID.envelopedData)
  const whole = around(TAG.sequence, around(contextTag(0), envelope), [oid])
  return authenticated ? { ...whole, after: derHeader(TAG.octetString, TAG_BYTES) } : whole
}

function recipientInfo(contentKey: Buffer, sealing: Sealing): Buffer {
  return derSequence(
    derSmallInteger(0),
    issuerAndSerial(sealing.recipient),
    keyTransportAlgorithm(sealing.keyTransport),
    derOctets(wrapContentKey(contentKey, sealing.recipient.publicKey, sealing.keyTransport)),
  )
}
