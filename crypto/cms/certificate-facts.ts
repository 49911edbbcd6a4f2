/**
 * What CMS needs to know of an X.509 certificate (RFC 5280), read by our own code so that EC keys work too.
 * A certificate here is always pinned by the agreement; no chain decides anything.
 */
import { type KeyObject, X509Certificate } from 'node:crypto'
import {
  childOf,
  type Element,
  octetsOf,
  oidOf,
  readElement,
  smallIntegerOf,
  timeOf,
} from '../der/der-reader.ts'
import { contextTag, TAG } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { KeyRefused } from '../secret-file.ts'

const SHORTEST_RSA_BITS = 2048
/** A chain of a bank has three or four certificates. */
const MOST_EMBEDDED = 16
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1']
/** Critical extensions that are understood or do not limit what we use the key for. */
const KNOWN_EXTENSIONS: readonly string[] = [
  OID.basicConstraints,
  OID.keyUsage,
  OID.subjectKeyIdentifier,
  '2.5.29.17',
  '2.5.29.32',
  '2.5.29.35',
  '2.5.29.37',
]

/** What a key is about to be used for, as the bits of the key usage extension of which one must allow it. */
export const USAGE = {
  /** digitalSignature or nonRepudiation: many bank certificates for signing carry only the latter. */
  signing: 0xc0,
  keyEncipherment: 0x20,
} as const

/** Facts of one certificate; `issuer` is its DER, `serial` the content octets of its INTEGER. */
export interface CertificateFacts {
  readonly encoded: Buffer
  readonly issuer: Buffer
  readonly serial: Buffer
  readonly subjectKeyIdentifier: Buffer | undefined
  readonly publicKey: KeyObject
  readonly notBefore: Date
  readonly notAfter: Date
  /** First octet of the key usage bits, or undefined when the certificate does not limit its key. */
  readonly keyUsageBits: number | undefined
  readonly hasUnknownCriticalExtension: boolean
  /** True when basicConstraints make it an authority. */
  readonly isAuthority: boolean
  /** Authorities that may stand below it; undefined when it sets no limit. */
  readonly pathLength: number | undefined
  /** DER of the name of the holder. */
  readonly subject: Buffer
}

/** Reads a certificate from DER; throws KeyRefused NOT_A_CERTIFICATE. */
export function certificateFacts(encoded: Buffer): CertificateFacts {
  try {
    return factsOf(readElement(encoded), new X509Certificate(encoded).publicKey)
  } catch {
    throw new KeyRefused('NOT_A_CERTIFICATE', 'an agreement holds a certificate that cannot be read as DER')
  }
}

/** Certificates that a message brought along; those that cannot be read are passed over, as is what is too much. */
export function embeddedCertificates(encodings: readonly Buffer[]): CertificateFacts[] {
  return encodings.slice(0, MOST_EMBEDDED).flatMap((encoded) => {
    try {
      return [certificateFacts(encoded)]
    } catch (error) {
      if (error instanceof KeyRefused) return []
      throw error
    }
  })
}

/** Throws EnvelopeRefused unless the certificate may be used so at that time and its key is strong enough. */
export function refuseUnusable(
  facts: CertificateFacts,
  usage: number,
  at: Date,
  isWeak: (key: KeyObject) => boolean = isWeakKey,
): void {
  if (isWeak(facts.publicKey))
    throw new EnvelopeRefused('WEAK_ALGORITHM', 'the key of the certificate is too weak')
  if (at < facts.notBefore || at > facts.notAfter) {
    const validity = `${facts.notBefore.toISOString()} to ${facts.notAfter.toISOString()}`
    throw new EnvelopeRefused('CERTIFICATE_NOT_VALID', `the certificate is valid from ${validity} only`)
  }
  if (facts.keyUsageBits !== undefined && (facts.keyUsageBits & usage) === 0) {
    throw new EnvelopeRefused('CERTIFICATE_NOT_VALID', 'the certificate does not allow this use of its key')
  }
  if (facts.hasUnknownCriticalExtension) {
    throw new EnvelopeRefused(
      'CERTIFICATE_NOT_VALID',
      'the certificate has a critical extension that is not known',
    )
  }
}

/** True for RSA below 2048 bits, for curves outside NIST P-256, P-384 and P-521, and for other key types. */
export function isWeakKey(key: KeyObject): boolean {
  const details = key.asymmetricKeyDetails
  if (key.asymmetricKeyType === 'rsa') return (details?.modulusLength ?? 0) < SHORTEST_RSA_BITS
  return key.asymmetricKeyType !== 'ec' || !CURVES.includes(details?.namedCurve ?? '')
}

function factsOf(certificate: Element, publicKey: KeyObject): CertificateFacts {
  const fields = childOf(certificate, 0, TAG.sequence).children
  const versioned = fields[0]?.tag === contextTag(0) ? 1 : 0
  const body = { ...certificate, children: fields.slice(versioned) }
  const validity = childOf(body, 3, TAG.sequence).children
  const [notBefore, notAfter] = validity.map(timeOf)
  if (notBefore === undefined || notAfter === undefined) throw new RangeError('a validity has two times')
  const extensions = extensionsOf(fields)
  return {
    encoded: certificate.encoded,
    serial: childOf(body, 0, TAG.integer).content,
    issuer: childOf(body, 2, TAG.sequence).encoded,
    publicKey,
    notBefore,
    notAfter,
    subjectKeyIdentifier: identifierOf(extensions),
    keyUsageBits: usageOf(extensions),
    hasUnknownCriticalExtension: extensions.some(
      ({ critical, oid }) => critical && !KNOWN_EXTENSIONS.includes(oid),
    ),
    ...constraintsOf(extensions),
    subject: childOf(body, 4, TAG.sequence).encoded,
  }
}

interface Extension {
  readonly oid: string
  readonly critical: boolean
  readonly value: Buffer
}

function extensionsOf(fields: readonly Element[]): Extension[] {
  const list = fields.find((field) => field.tag === contextTag(3))?.children[0]?.children ?? []
  return list.map((extension) => {
    const critical = extension.children[1]?.tag === TAG.boolean && extension.children[1].content[0] !== 0
    const value = childOf(extension, extension.children.length - 1, TAG.octetString).content
    return { oid: oidOf(childOf(extension, 0, TAG.objectIdentifier)), critical, value }
  })
}

function identifierOf(extensions: readonly Extension[]): Buffer | undefined {
  const value = extensions.find(({ oid }) => oid === OID.subjectKeyIdentifier)?.value
  return value === undefined ? undefined : octetsOf(readElement(value))
}

function usageOf(extensions: readonly Extension[]): number | undefined {
  const value = extensions.find(({ oid }) => oid === OID.keyUsage)?.value
  return value === undefined ? undefined : (readElement(value).content[1] ?? 0)
}

function constraintsOf(extensions: readonly Extension[]) {
  const value = extensions.find(({ oid }) => oid === OID.basicConstraints)?.value
  const parts = value === undefined ? [] : readElement(value).children
  const flag = parts.find(({ tag }) => tag === TAG.boolean)
  const limit = parts.find(({ tag }) => tag === TAG.integer)
  return {
    isAuthority: flag !== undefined && flag.content[0] !== 0,
    pathLength: limit === undefined ? undefined : smallIntegerOf(limit),
  }
}
