/**
 * Makes messages of GM/T 0010 by hand, right by default and wrong in any one place on request.
 */
import { certificateFacts } from '../../../crypto/cms/certificate-facts.ts'
import { encryptMessage } from '../../../crypto/cms/enveloped-data-writer.ts'
import { issuerAndSerial } from '../../../crypto/cms/key-identity.ts'
import {
  contextTag,
  der,
  derOctets,
  derOid,
  derSequence,
  derSetOf,
  derSmallInteger,
  derTime,
  TAG,
} from '../../../crypto/der/der-writer.ts'
import { OID } from '../../../crypto/der/oids.ts'
import { gmCertificateFacts } from '../../../crypto/gm/gm-certificate.ts'
import { type GmEncryptionTerms, gmEncryption } from '../../../crypto/gm/gm-encryption.ts'
import { GM_OID } from '../../../crypto/gm/gm-oids.ts'
import { encryptSm2 } from '../../../crypto/gm/sm2-encryption.ts'
import { DEFAULT_USER_ID, type SignatureShape, signSm2 } from '../../../crypto/gm/sm2-signature.ts'
import { sm3Of } from '../../../crypto/gm/sm3.ts'
import { SM4_BYTES, startSm4Encryption } from '../../../crypto/gm/sm4.ts'
import { attribute } from '../cms/messages.ts'
import { AT, bytesOf, inPieces } from '../cms/parties.ts'
import type { GmParty } from './gm-parties.ts'

/** What may be wrong in a signed message. */
export interface GmWishes {
  readonly signs?: 'content' | 'attributes'
  readonly userId?: string
  readonly shape?: SignatureShape
  readonly digestOids?: readonly string[]
  readonly signerDigestOid?: string
  readonly signatureOid?: string
  readonly contentType?: string
  readonly messageType?: string
  readonly attributes?: (right: readonly Buffer[]) => readonly Buffer[]
  readonly signature?: (right: Buffer) => Buffer
  readonly signers?: (right: Buffer) => readonly Buffer[]
  readonly content?: (right: Buffer) => Buffer | undefined
  readonly certificates?: Buffer
}

/** SignedData in a ContentInfo. */
export function gmSignedMessage(content: Buffer, signer: GmParty, wishes: GmWishes = {}): Buffer {
  const sent = wishes.content === undefined ? content : wishes.content(content)
  const type = derOid(wishes.contentType ?? GM_OID.data)
  const encapsulated =
    sent === undefined ? derSequence(type) : derSequence(type, der(contextTag(0), derOctets(sent)))
  const signedData = derSequence(
    derSmallInteger(1),
    digests(wishes),
    encapsulated,
    ...signing(content, signer, wishes),
  )
  return derSequence(derOid(wishes.messageType ?? GM_OID.signedData), der(contextTag(0), signedData))
}

/** SignedAndEnvelopedData for a recipient, under SM4-CBC and ASN.1. */
export function gmSignedAndEnveloped(
  content: Buffer,
  signer: GmParty,
  recipient: GmParty,
  wishes: GmWishes = {},
): Buffer {
  const [key, iv] = [Buffer.alloc(SM4_BYTES, 7), Buffer.alloc(SM4_BYTES, 9)]
  const cipher = startSm4Encryption(key, { mode: 'cbc', iv, padding: 'pkcs7' })
  const sent = wishes.content === undefined ? content : (wishes.content(content) ?? Buffer.alloc(0))
  const sealed = Buffer.concat([cipher.update(sent), cipher.finish()])
  const recipientInfo = derSequence(
    derSmallInteger(1),
    issuerAndSerial(certificateFacts(recipient.certificate)),
    derSequence(derOid(GM_OID.sm2Encryption)),
    derOctets(encryptSm2(key, recipient.pair.publicKey, 'asn1')),
  )
  const encrypted = derSequence(
    derOid(wishes.contentType ?? GM_OID.data),
    derSequence(derOid(GM_OID.sm4Cbc), derOctets(iv)),
    der(contextTag(0, false), sealed),
  )
  const body = derSequence(
    derSmallInteger(1),
    der(TAG.set, recipientInfo),
    digests(wishes),
    encrypted,
    ...signing(content, signer, wishes),
  )
  return derSequence(derOid(wishes.messageType ?? GM_OID.signedAndEnvelopedData), der(contextTag(0), body))
}

/** Encrypts any bytes, signed or not, for a party. */
export function gmEnvelopeOf(
  message: Buffer,
  recipient: GmParty,
  terms: GmEncryptionTerms = {},
): Promise<Buffer> {
  const family = gmEncryption({ data: GM_OID.data, envelopeType: GM_OID.envelopedData }, terms)
  const sealing = { recipient: gmCertificateFacts(recipient.certificate), family }
  return bytesOf(encryptMessage({ sizeBytes: message.length, chunks: inPieces(message, 1000) }, sealing))
}

/** One SignerInfo, to be put beside another. */
export function gmSignerInfo(content: Buffer, signer: GmParty, wishes: GmWishes = {}): Buffer {
  const { attributes, signed } =
    wishes.signs === 'attributes' ? withAttributes(content, wishes) : bare(content)
  const form = { userId: wishes.userId ?? DEFAULT_USER_ID, shape: wishes.shape ?? 'der' }
  const signature = signSm2(signed, signer.pair, form)
  return derSequence(
    derSmallInteger(1),
    issuerAndSerial(certificateFacts(signer.certificate)),
    derSequence(derOid(wishes.signerDigestOid ?? wishes.digestOids?.[0] ?? GM_OID.sm3)),
    attributes,
    derSequence(derOid(wishes.signatureOid ?? GM_OID.sm2Signature)),
    derOctets(wishes.signature?.(signature) ?? signature),
  )
}

function bare(content: Buffer) {
  return { attributes: Buffer.alloc(0), signed: content }
}

function withAttributes(content: Buffer, wishes: GmWishes) {
  const right = [
    attribute(OID.contentType, derOid(GM_OID.data)),
    attribute(OID.messageDigest, derOctets(sm3Of(content))),
    attribute(OID.signingTime, derTime(AT)),
  ]
  const signed = derSetOf(wishes.attributes?.(right) ?? right)
  return { attributes: Buffer.concat([Buffer.of(contextTag(0)), signed.subarray(1)]), signed }
}

function digests(wishes: GmWishes): Buffer {
  return derSetOf((wishes.digestOids ?? [GM_OID.sm3]).map((oid) => derSequence(derOid(oid))))
}

function signing(content: Buffer, signer: GmParty, wishes: GmWishes): Buffer[] {
  const info = gmSignerInfo(content, signer, wishes)
  return [
    der(contextTag(0), wishes.certificates ?? signer.certificate),
    der(TAG.set, ...(wishes.signers?.(info) ?? [info])),
  ]
}
