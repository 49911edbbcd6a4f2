/**
 * How CMS names a key (RFC 5652): issuer and serial number, or the subject key identifier. Used for recipients
 * and for signers alike.
 */
import { childOf, type Element, octetsOf } from '../der/der-reader.ts'
import { contextTag, der, derSequence, derUnsigned, TAG } from '../der/der-writer.ts'
import type { CertificateFacts } from './certificate-facts.ts'

/** IssuerAndSerialNumber of a certificate. */
export function issuerAndSerial(facts: CertificateFacts): Buffer {
  return derSequence(facts.issuer, derUnsigned(facts.serial))
}

/** SubjectKeyIdentifier of a certificate, as [0]; throws RangeError when the certificate has none. */
export function keyIdentifier(facts: CertificateFacts): Buffer {
  if (facts.subjectKeyIdentifier === undefined) throw new RangeError('the certificate has no key identifier')
  return der(contextTag(0, false), facts.subjectKeyIdentifier)
}

/** True when `identity` (the second element of a recipient or signer) names this certificate. */
export function names(identity: Element, facts: CertificateFacts): boolean {
  if (identity.tag !== TAG.sequence) {
    return facts.subjectKeyIdentifier?.equals(octetsOf(identity, 0)) === true
  }
  const serial = childOf(identity, 1, TAG.integer).content
  return childOf(identity, 0, TAG.sequence).encoded.equals(facts.issuer) && serial.equals(facts.serial)
}

/** Throws BadEncoding unless the element is one of the two forms. */
export function identityOf(parent: Element): Element {
  const second = parent.children[1]
  if (second?.tag === contextTag(0, false)) return second
  return childOf(parent, 1, TAG.sequence)
}
