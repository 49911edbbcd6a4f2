/**
 * Makes self-signed X.509 v3 certificates (RFC 5280) for the embedded mode and the bank simulator.
 */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'
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
  derUnsigned,
  TAG,
} from './der/der-writer.ts'
import { OID } from './der/oids.ts'

/** Bits of the key usage extension, first bit first (RFC 5280 section 4.2.1.3). */
export const KEY_USAGE_BITS = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
] as const

/** What a key may be used for. */
export type KeyUsage = (typeof KEY_USAGE_BITS)[number]

/** How a certificate is signed: its AlgorithmIdentifier and the signature over its body. */
export interface CertificateSigning {
  readonly algorithm: Buffer
  readonly sign: (body: Buffer) => Buffer
}

/** Contents of a self-signed certificate; without `signing` the key is RSA or EC and signs with SHA-256. */
export interface SelfSigned {
  readonly privateKey: KeyObject
  readonly commonName: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly keyUsages: readonly KeyUsage[]
  readonly signing?: CertificateSigning
}

/** DER of a certificate with a random 127-bit serial number that is no certificate authority. */
export function selfSignedCertificate(content: SelfSigned): Buffer {
  const signing = content.signing ?? sha256Signing(content.privateKey)
  const body = certificateBody(content, signing.algorithm)
  return derSequence(body, signing.algorithm, der(TAG.bitString, Buffer.of(0), signing.sign(body)))
}

function certificateBody(content: SelfSigned, algorithm: Buffer): Buffer {
  const publicKey = createPublicKey(content.privateKey).export({ type: 'spki', format: 'der' })
  const name = distinguishedName(content.commonName)
  return derSequence(
    der(contextTag(0), derSmallInteger(2)),
    serialNumber(),
    algorithm,
    name,
    derSequence(derTime(content.notBefore), derTime(content.notAfter)),
    name,
    publicKey,
    der(contextTag(3), derSequence(...extensions(publicKey, content.keyUsages))),
  )
}

function extensions(publicKey: Buffer, keyUsages: readonly KeyUsage[]): Buffer[] {
  const identifier = createHash('sha256').update(publicKey).digest().subarray(0, 20)
  return [
    extension(OID.basicConstraints, true, derSequence()),
    extension(OID.keyUsage, true, keyUsageBits(keyUsages)),
    extension(OID.subjectKeyIdentifier, false, derOctets(identifier)),
  ]
}

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der(TAG.boolean, Buffer.of(0xff))] : []
  return derSequence(derOid(oid), ...flag, derOctets(value))
}

function keyUsageBits(keyUsages: readonly KeyUsage[]): Buffer {
  const bits = KEY_USAGE_BITS.map((usage) => keyUsages.includes(usage))
  const octet = bits.reduce((sum, set, bit) => sum | (set ? 0x80 >> bit : 0), 0)
  return der(TAG.bitString, Buffer.of(7 - Math.max(0, bits.lastIndexOf(true)), octet))
}

function distinguishedName(commonName: string): Buffer {
  const value = der(TAG.utf8String, Buffer.from(commonName, 'utf8'))
  return derSequence(derSetOf([derSequence(derOid(OID.commonName), value)]))
}

function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0)
  return derUnsigned(bytes)
}

function sha256Signing(privateKey: KeyObject): CertificateSigning {
  const isRsa = privateKey.asymmetricKeyType === 'rsa'
  return {
    algorithm: isRsa ? derSequence(derOid(OID.rsaSha256), derNull()) : derSequence(derOid(OID.ecdsaSha256)),
    sign: (body) => sign('sha256', body, privateKey),
  }
}
