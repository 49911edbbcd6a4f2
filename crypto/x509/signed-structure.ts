/**
 * Structures that an authority signed: certificates and revocation lists share one form (RFC 5280 sections 4.1 and
 * 5.1, GM/T 0015) of a body, an algorithm and a signature over the body. SM2 signatures are checked over Z_A of the
 * default id: node:crypto and, unless told, the openssl command take an empty id, under which every Chinese chain fails.
 */
import type { KeyObject } from 'node:crypto'
import { isWeakKey } from '../cms/certificate-facts.ts'
import { boundDigestOf, signatureCheckOf } from '../cms/signature-algorithm.ts'
import { childOf, type Element, expectTag, oidOf, readElement } from '../der/der-reader.ts'
import { TAG } from '../der/der-writer.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { GM_OID } from '../gm/gm-oids.ts'
import { isSm2Key, sm2PublicKeyOf } from '../gm/sm2-keys.ts'
import { DEFAULT_USER_ID, verifySm2 } from '../gm/sm2-signature.ts'

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
  const algorithm = expectTag(readElement(structure.algorithm), TAG.sequence)
  const signature = bitsOf(readElement(structure.signature))
  if (isSm2Key(key)) return isSm2Signed(structure.body, { algorithm, signature }, key)
  if (isWeakKey(key)) throw weak('the key of an authority is too weak')
  return signatureCheckOf(algorithm, boundDigestOf(algorithm), key)(structure.body, signature)
}

function isSm2Signed(
  body: Buffer,
  { algorithm, signature }: { readonly algorithm: Element; readonly signature: Buffer },
  key: KeyObject,
): boolean {
  const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
  if (oid !== GM_OID.sm2WithSm3)
    throw weak(`the signature algorithm ${oid} of an SM2 key is not SM2 with SM3`)
  try {
    return verifySm2(body, signature, sm2PublicKeyOf(key), { userId: DEFAULT_USER_ID, shape: 'der' })
  } catch (error) {
    // Whatever is not even a signature was not made by this key.
    if (error instanceof EnvelopeRefused) return false
    throw error
  }
}

/** Octets of a BIT STRING; a signature has no unused bits. */
function bitsOf(element: Element): Buffer {
  return expectTag(element, TAG.bitString).content.subarray(1)
}

function weak(message: string): EnvelopeRefused {
  return new EnvelopeRefused('WEAK_ALGORITHM', message)
}
