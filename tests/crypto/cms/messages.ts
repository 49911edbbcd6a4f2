/**
 * Makes signed and enveloped messages by hand, right by default and wrong in any one place on request.
 */
import { createHash, sign } from 'node:crypto'
import { certificateFacts } from '../../../crypto/cms/certificate-facts.ts'
import { cmsEncryption } from '../../../crypto/cms/cms-family.ts'
import type { ContentCipher } from '../../../crypto/cms/content-cipher.ts'
import { encryptMessage } from '../../../crypto/cms/enveloped-data-writer.ts'
import { issuerAndSerial } from '../../../crypto/cms/key-identity.ts'
import type { KeyTransport } from '../../../crypto/cms/key-transport.ts'
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
} from '../../../crypto/der/der-writer.ts'
import { OID } from '../../../crypto/der/oids.ts'
import { AT, bytesOf, inPieces, type Party } from './parties.ts'

/** OIDs of digests that must be refused. */
export const WEAK = { sha1: '1.3.14.3.2.26', md5: '1.2.840.113549.2.5' } as const

/** What may be wrong in a signed message. */
export interface MessageWishes {
  readonly digestName?: string
  readonly digestOids?: readonly string[]
  readonly signerDigestOid?: string
  readonly contentType?: string
  readonly attributes?: (right: readonly Buffer[]) => readonly Buffer[]
  readonly order?: 'der' | 'given'
  readonly signedOver?: (attributes: Buffer) => Buffer
  readonly signature?: (right: Buffer) => Buffer
  readonly signers?: (right: Buffer) => readonly Buffer[]
  readonly content?: (right: Buffer) => Buffer | undefined
  readonly certificates?: Buffer
}

/** SignedData in a ContentInfo. */
export function signedMessage(content: Buffer, signer: Party, wishes: MessageWishes = {}): Buffer {
  const digestOids = wishes.digestOids ?? [OID.sha256]
  const sent = wishes.content === undefined ? content : wishes.content(content)
  const type = derOid(wishes.contentType ?? OID.data)
  const info = signerInfo(content, signer, wishes)
  const signedData = derSequence(
    derSmallInteger(1),
    derSetOf(digestOids.map((oid) => derSequence(derOid(oid)))),
    sent === undefined ? derSequence(type) : derSequence(type, der(contextTag(0), derOctets(sent))),
    der(contextTag(0), wishes.certificates ?? signer.certificate),
    der(TAG.set, ...(wishes.signers?.(info) ?? [info])),
  )
  return derSequence(derOid(OID.signedData), der(contextTag(0), signedData))
}

/** One SignerInfo, to be put beside another. */
export function signerInfo(content: Buffer, signer: Party, wishes: MessageWishes = {}): Buffer {
  const name = wishes.digestName ?? 'sha256'
  const digest = createHash(name).update(content).digest()
  const right = [
    attribute(OID.contentType, derOid(OID.data)),
    attribute(OID.messageDigest, derOctets(digest)),
    attribute(OID.signingTime, derTime(AT)),
  ]
  const chosen = wishes.attributes?.(right) ?? right
  const attributes = wishes.order === 'given' ? der(TAG.set, ...chosen) : derSetOf(chosen)
  const signature = sign(name, wishes.signedOver?.(attributes) ?? attributes, signer.key)
  return derSequence(
    derSmallInteger(1),
    issuerAndSerial(certificateFacts(signer.certificate)),
    derSequence(derOid(wishes.signerDigestOid ?? wishes.digestOids?.[0] ?? OID.sha256)),
    chosen.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.of(contextTag(0)), attributes.subarray(1)]),
    derSequence(derOid(OID.rsaEncryption), derNull()),
    derOctets(wishes.signature?.(signature) ?? signature),
  )
}

/** One signed attribute. */
export function attribute(oid: string, ...values: readonly Buffer[]): Buffer {
  return derSequence(derOid(oid), der(TAG.set, ...values))
}

/** Encrypts any bytes, signed or not, for a party. */
export function envelopeOf(
  message: Buffer,
  recipient: Party,
  agreed: { readonly cipher?: ContentCipher; readonly keyTransport?: KeyTransport } = {},
): Promise<Buffer> {
  const sealing = {
    recipient: certificateFacts(recipient.certificate),
    family: cmsEncryption(agreed.cipher ?? 'aes-256-gcm', agreed.keyTransport ?? 'oaep-sha256'),
  }
  return bytesOf(encryptMessage({ sizeBytes: message.length, chunks: inPieces(message, 1000) }, sealing))
}

/** The bytes with one bit of one byte turned; negative places count from the end. */
export function flipped(bytes: Buffer, place: number): Buffer {
  const altered = Buffer.from(bytes)
  const at = place < 0 ? bytes.length + place : place
  altered.writeUInt8(altered.readUInt8(at) ^ 1, at)
  return altered
}

/** The bytes with the first occurrence of `from` replaced by as many other bytes. */
export function replaced(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  const at = bytes.indexOf(from)
  if (at < 0 || from.length !== to.length) throw new RangeError('there is nothing to replace')
  return Buffer.concat([bytes.subarray(0, at), to, bytes.subarray(at + from.length)])
}
