/**
 * SM2 certificates (GM/T 0015). Their signatures are checked over Z_A of the issuer by our own code: the check of
 * node:crypto and of the openssl command uses an empty id, under which every Chinese chain fails.
 */
import { createHash, type KeyObject } from 'node:crypto'
import { type CertificateFacts, certificateFacts } from '../cms/certificate-facts.ts'
import { BadEncoding, childOf, type Element, oidOf, readElement } from '../der/der-reader.ts'
import { contextTag, TAG } from '../der/der-writer.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { KeyRefused } from '../secret-file.ts'
import { GM_OID } from './gm-oids.ts'
import { isSm2Key, sm2PublicKeyOf } from './sm2-keys.ts'
import { DEFAULT_USER_ID, verifySm2 } from './sm2-signature.ts'

/** Bit of the key usage extension for signing certificates. */
const KEY_CERT_SIGN = 0x04

/**
 * Reads an SM2 certificate from DER; throws KeyRefused NOT_A_CERTIFICATE, or WEAK_KEY for another kind of key. Where
 * the certificate names no key identifier it is SHA-1 of the point, as CFCA takes it.
 */
export function gmCertificateFacts(encoded: Buffer): CertificateFacts {
  const facts = certificateFacts(encoded)
  if (isWeakForGm(facts.publicKey)) {
    throw new KeyRefused('WEAK_KEY', 'a certificate of the agreement holds no SM2 key')
  }
  const { key, point } = sm2PublicKeyOf(facts.publicKey)
  const byPoint = createHash('sha1').update(point).digest()
  return { ...facts, publicKey: key, subjectKeyIdentifier: facts.subjectKeyIdentifier ?? byPoint }
}

/** True for every key that is not SM2: in this family nothing else counts. */
export function isWeakForGm(key: KeyObject): boolean {
  return !isSm2Key(key)
}

/**
 * True when the issuer's key signed this certificate with SM2 and SM3 over Z_A; names are not compared. False too for
 * bytes that are no certificate.
 */
export function isSignedBy(certificate: Buffer, issuer: Buffer, userId = DEFAULT_USER_ID): boolean {
  try {
    const { body, signature, algorithms } = signedParts(readElement(certificate))
    if (algorithms.some((oid) => oid !== GM_OID.sm2WithSm3)) return false
    const key = sm2PublicKeyOf(certificateFacts(issuer).publicKey)
    return verifySm2(body, signature, key, { userId, shape: 'der' })
  } catch (error) {
    const isRefusal = [EnvelopeRefused, KeyRefused, BadEncoding].some((kind) => error instanceof kind)
    if (isRefusal) return false
    throw error
  }
}

/**
 * Throws KeyRefused NOT_A_CERTIFICATE unless one of the pinned authorities issued the certificate: by name, by
 * signature, and as an authority that may sign certificates.
 */
export function refuseUnlessIssued(
  certificate: Buffer,
  authorities: readonly Buffer[],
  userId?: string,
): void {
  const { issuer } = certificateFacts(certificate)
  const issued = authorities.some((authority) => {
    const { subject, isAuthority, keyUsageBits = KEY_CERT_SIGN } = certificateFacts(authority)
    const maySign = isAuthority && (keyUsageBits & KEY_CERT_SIGN) !== 0
    return maySign && subject.equals(issuer) && isSignedBy(certificate, authority, userId)
  })
  if (!issued) {
    throw new KeyRefused(
      'NOT_A_CERTIFICATE',
      'a certificate of the agreement is not signed by any authority that the agreement pins',
    )
  }
}

/** What was signed, the signature over it, and the algorithm in both places where it is named. */
function signedParts(certificate: Element) {
  const body = childOf(certificate, 0, TAG.sequence)
  const repeatedAt = body.children[0]?.tag === contextTag(0) ? 2 : 1
  const algorithms = [childOf(body, repeatedAt, TAG.sequence), childOf(certificate, 1, TAG.sequence)]
  return {
    body: body.encoded,
    signature: childOf(certificate, 2, TAG.bitString).content.subarray(1),
    algorithms: algorithms.map((algorithm) => oidOf(childOf(algorithm, 0, TAG.objectIdentifier))),
  }
}
