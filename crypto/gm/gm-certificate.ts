/**
 * SM2 certificates (GM/T 0015) as the Chinese family needs them. Who issued them is a matter of `crypto/x509`.
 */
import { createHash, type KeyObject } from 'node:crypto'
import { type CertificateFacts, certificateFacts } from '../cms/certificate-facts.ts'
import { KeyRefused } from '../secret-file.ts'
import { isSm2Key, sm2PublicKeyOf } from './sm2-keys.ts'

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
