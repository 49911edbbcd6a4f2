/**
 * The CMS family (RFC 5652, 5083, 5084): RSA and ECDSA signatures over signed attributes, AES-256 content, RSA key
 * transport.
 */
import { sign } from 'node:crypto'
import { derNull, derOid, derSequence } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { isWeakKey } from './certificate-facts.ts'
import {
  type ContentCipher,
  ciphertextBytes,
  startDecryption,
  startEncryption,
  TAG_BYTES,
} from './content-cipher.ts'
import {
  type KeyTransport,
  keyTransportAlgorithm,
  keyTransportOf,
  unwrapContentKey,
  wrapContentKey,
} from './key-transport.ts'
import type { EncryptionFamily, EnvelopeKind, SigningFamily } from './message-family.ts'
import { digestNameOf, signatureCheckOf } from './signature-algorithm.ts'

/** Digest under which we sign; every one of them is read. */
export type SigningDigest = 'sha256' | 'sha384' | 'sha512'

const ECDSA_WITH = { sha256: OID.ecdsaSha256, sha384: OID.ecdsaSha384, sha512: OID.ecdsaSha512 } as const

/** Signs SHA-256 with RSA (PKCS#1 v1.5) or ECDSA; reads SHA-256 to SHA-512 and PSS too. */
export const cmsSigning: SigningFamily = cmsSigningWith('sha256')

/** The same under the digest that an agreement names. */
export function cmsSigningWith(digestName: SigningDigest): SigningFamily {
  return {
    dataType: OID.data,
    signedDataType: OID.signedData,
    digestName,
    digestAlgorithm: derSequence(derOid(OID[digestName])),
    signatureAlgorithm: (key) =>
      key.asymmetricKeyType === 'rsa'
        ? derSequence(derOid(OID.rsaEncryption), derNull())
        : derSequence(derOid(ECDSA_WITH[digestName])),
    sign: (attributes, key) => sign(digestName, attributes, key),
    overContent: undefined,
    digestNameOf,
    signatureCheckOf,
    isWeakKey,
  }
}

/** Encrypts under what an agreement fixes; the stronger cipher and key transport are always read. */
export function cmsEncryption(cipher: ContentCipher, transport: KeyTransport): EncryptionFamily {
  const authenticated = cipher === 'aes-256-gcm'
  return {
    dataType: OID.data,
    envelopeType: authenticated ? OID.authEnvelopedData : OID.envelopedData,
    envelopeVersion: 0,
    tagBytes: authenticated ? TAG_BYTES : 0,
    contentKeyBytes: 32,
    startEncryption: (contentKey) => startEncryption(cipher, contentKey),
    ciphertextBytes: (plainBytes) => ciphertextBytes(cipher, plainBytes),
    recipientNaming: 'issuer-and-serial',
    recipientVersions: { 'issuer-and-serial': [0], 'key-identifier': [2] },
    transportAlgorithm: keyTransportAlgorithm(transport),
    wrap: (contentKey, publicKey) => wrapContentKey(contentKey, publicKey, transport),
    kindOf: (contentType) => kindOf(contentType, cipher),
    unwrap: (algorithm, wrapped, privateKey) => {
      const announced = keyTransportOf(algorithm)
      if (announced !== transport && announced === 'pkcs1') {
        throw new EnvelopeRefused(
          'WEAK_ALGORITHM',
          'the content key came as PKCS#1 v1.5 where OAEP is agreed',
        )
      }
      return unwrapContentKey(wrapped, privateKey, announced)
    },
  }
}

function kindOf(contentType: string, agreed: ContentCipher): EnvelopeKind {
  if (contentType === OID.authEnvelopedData) return kindWith('aes-256-gcm')
  if (contentType !== OID.envelopedData) {
    throw new EnvelopeRefused('NOT_ENCRYPTED', 'the message is not encrypted as CMS EnvelopedData')
  }
  if (agreed === 'aes-256-gcm') {
    throw new EnvelopeRefused('WEAK_ALGORITHM', 'the message is not authenticated as agreed (AES-256-GCM)')
  }
  return kindWith('aes-256-cbc')
}

function kindWith(cipher: ContentCipher): EnvelopeKind {
  const authenticated = cipher === 'aes-256-gcm'
  return {
    tagBytes: authenticated ? TAG_BYTES : 0,
    latestVersion: authenticated ? 0 : 4,
    startDecryption: (algorithm, contentKey) => startDecryption(cipher, algorithm, contentKey),
  }
}
