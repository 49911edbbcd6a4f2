/**
 * The CMS family (RFC 5652, 5083, 5084): RSA and ECDSA signatures over signed attributes, AES-256 content, RSA key
 * transport.
 */
import { contextTag, der, derNull, derOid, derSequence, derSmallInteger } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { keySigner, type SignaturePadding, type Signer, type SigningDigest } from '../signer.ts'
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

const ECDSA_WITH = { sha256: OID.ecdsaSha256, sha384: OID.ecdsaSha384, sha512: OID.ecdsaSha512 } as const
const DIGEST_BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const

/** Signs SHA-256 with RSA (PKCS#1 v1.5) or ECDSA; reads SHA-256 to SHA-512 and PSS too. */
export const cmsSigning: SigningFamily = cmsSigningWith('sha256')

/**
 * The same under the digest and padding that an agreement names, by `signer` where the private key is not at hand: then
 * the key that writers are given is its public half.
 */
export function cmsSigningWith(
  digestName: SigningDigest,
  padding: SignaturePadding = 'pkcs1',
  signer?: Signer,
): SigningFamily {
  return {
    dataType: OID.data,
    signedDataType: OID.signedData,
    digestName,
    digestAlgorithm: derSequence(derOid(OID[digestName])),
    signatureAlgorithm: (key) =>
      key.asymmetricKeyType === 'rsa'
        ? rsaAlgorithm(digestName, padding)
        : derSequence(derOid(ECDSA_WITH[digestName])),
    sign: (attributes, key) => (signer ?? keySigner(key)).sign(attributes, { digest: digestName, padding }),
    overContent: undefined,
    digestNameOf,
    signatureCheckOf,
    isWeakKey,
  }
}

/** PSS names its digest, its mask and the length of its salt (RFC 4055 section 3.1). */
function rsaAlgorithm(digestName: SigningDigest, padding: SignaturePadding): Buffer {
  if (padding === 'pkcs1') return derSequence(derOid(OID.rsaEncryption), derNull())
  const hash = derSequence(derOid(OID[digestName]), derNull())
  const parameters = derSequence(
    der(contextTag(0), hash),
    der(contextTag(1), derSequence(derOid(OID.mgf1), hash)),
    der(contextTag(2), derSmallInteger(DIGEST_BYTES[digestName])),
  )
  return derSequence(derOid(OID.rsaPss), parameters)
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
