/**
 * Structures that an authority signed: certificates and revocation lists share one form (RFC 5280 sections 4.1 and
 * 5.1) of a body, an algorithm and a signature over the body.
 */
import type { KeyObject } from 'node:crypto'
import { isWeakKey } from '../cms/certificate-facts.ts'
import { boundDigestOf, signatureCheckOf } from '../cms/signature-algorithm.ts'
import { type Element, expectTag, readElement } from '../der/der-reader.ts'
import { TAG } from '../der/der-writer.ts'
import { EnvelopeRefused } from '../envelope.ts'

/** Encodings of the three parts, and of the algorithm that the body repeats. */
export interface SignedStructure {
  readonly body: Buffer
  readonly algorithm: Buffer
  readonly repeatedAlgorithm: Buffer
  readonly signature: Buffer
}

/**
 * True when this key signed the structure. Throws EnvelopeRefused WEAK_ALGORITHM for a digest or a key that does not
 * count, and BadEncoding when the parts are not what they should be.
 */
export function isSignedWith(structure: SignedStructure, key: KeyObject): boolean {
  if (!structure.algorithm.equals(structure.repeatedAlgorithm)) return false
  if (isWeakKey(key)) throw new EnvelopeRefused('WEAK_ALGORITHM', 'the key of an authority is too weak')
  const algorithm = expectTag(readElement(structure.algorithm), TAG.sequence)
  const check = signatureCheckOf(algorithm, boundDigestOf(algorithm), key)
  return check(structure.body, bitsOf(readElement(structure.signature)))
}

/** Octets of a BIT STRING; a signature has no unused bits. */
function bitsOf(element: Element): Buffer {
  return expectTag(element, TAG.bitString).content.subarray(1)
}
