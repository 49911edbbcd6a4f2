/**
 * SM2 keys (GB/T 32918). node:crypto signs real SM2 only with a key that was imported, never with one that it just
 * generated, so every key here is taken apart and imported anew: a key of these types is always the right kind.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { childOf, type Element, oidOf, readElement } from '../der/der-reader.ts'
import { contextTag, der, derOctets, derOid, derSequence, derSmallInteger, TAG } from '../der/der-writer.ts'
import { KeyRefused } from '../secret-file.ts'
import { GM_OID } from './gm-oids.ts'
import {
  octetsOfScalar,
  randomSm2Scalar,
  sm2Point,
  sm2PointOctets,
  sm2Scalar,
  timesGenerator,
} from './sm2-curve.ts'

const ALGORITHM = derSequence(derOid(GM_OID.ecPublicKey), derOid(GM_OID.sm2Curve))

/** A public key as node:crypto takes it, and its point (65 bytes: 04, x, y). */
export interface Sm2PublicKey {
  readonly key: KeyObject
  readonly point: Buffer
}

/** A private key as node:crypto takes it, with its public half. */
export interface Sm2PrivateKey {
  readonly key: KeyObject
  readonly publicKey: Sm2PublicKey
}

/** A public key from its point; throws KeyRefused NOT_A_KEY for a point that is not on the curve. */
export function sm2PublicKey(point: Buffer): Sm2PublicKey {
  onCurveOrRefuse(point)
  const spki = derSequence(ALGORITHM, der(TAG.bitString, Buffer.of(0), point))
  return { key: createPublicKey({ key: spki, format: 'der', type: 'spki' }), point: Buffer.from(point) }
}

/** The SM2 key in a KeyObject of any origin; throws KeyRefused NOT_A_KEY when it is another kind of key. */
export function sm2PublicKeyOf(key: KeyObject): Sm2PublicKey {
  const info = decoded(() => {
    const spki = readElement(key.export({ type: 'spki', format: 'der' }))
    refuseOtherCurve(childOf(spki, 0, TAG.sequence))
    return childOf(spki, 1, TAG.bitString).content.subarray(1)
  })
  return sm2PublicKey(info)
}

/** A private key from its scalar of up to 32 bytes; throws KeyRefused NOT_A_KEY outside 1 to n-2. */
export function sm2PrivateKey(scalar: Buffer): Sm2PrivateKey {
  const value = decoded(() => sm2Scalar(scalar))
  const publicKey = sm2PublicKey(sm2PointOctets(timesGenerator(value)))
  const encoded = sm2Pkcs8(octetsOfScalar(value), publicKey.point)
  const key = createPrivateKey({ key: encoded, format: 'der', type: 'pkcs8' })
  encoded.fill(0)
  return { key, publicKey }
}

/** The SM2 key in a private KeyObject of any origin, also one that was just generated; throws KeyRefused. */
export function sm2PrivateKeyOf(key: KeyObject): Sm2PrivateKey {
  // The form SEC1 is never asked for: exporting it ends the process on Node 20.
  return sm2PrivateKeyOfPkcs8(decoded(() => key.export({ type: 'pkcs8', format: 'der' })))
}

/** The SM2 key in an unencrypted PKCS#8 structure (DER); throws KeyRefused NOT_A_KEY. */
export function sm2PrivateKeyOfPkcs8(encoded: Buffer): Sm2PrivateKey {
  const parts = decoded(() => {
    const info = readElement(encoded)
    refuseOtherCurve(childOf(info, 1, TAG.sequence))
    return sec1Parts(readElement(childOf(info, 2, TAG.octetString).content))
  })
  return checkedPair(parts)
}

/** The SM2 key in a SEC1 structure (DER), which some tools write; throws KeyRefused NOT_A_KEY. */
export function sm2PrivateKeyOfSec1(encoded: Buffer): Sm2PrivateKey {
  const parts = decoded(() => {
    const key = readElement(encoded)
    const curve = key.children.find(({ tag }) => tag === contextTag(0))?.children[0]
    if (curve === undefined || oidOf(curve) !== GM_OID.sm2Curve) throw new RangeError('another curve')
    return sec1Parts(key)
  })
  return checkedPair(parts)
}

/** Makes a new key, ready to sign real SM2. */
export function makeSm2Key(): Sm2PrivateKey {
  return sm2PrivateKey(octetsOfScalar(randomSm2Scalar()))
}

/** The private scalar, for the arithmetic that node:crypto does not offer; hold it no longer than needed. */
export function sm2ScalarOf(privateKey: Sm2PrivateKey): bigint {
  const encoded = privateKey.key.export({ type: 'pkcs8', format: 'der' })
  const inner = readElement(childOf(readElement(encoded), 2, TAG.octetString).content)
  const scalar = sm2Scalar(childOf(inner, 1, TAG.octetString).content)
  encoded.fill(0)
  return scalar
}

/** True for an SM2 key, whatever node:crypto says its type is (it says none). */
export function isSm2Key(key: KeyObject): boolean {
  try {
    const publicKey = key.type === 'private' ? createPublicKey(key) : key
    refuseOtherCurve(childOf(readElement(publicKey.export({ type: 'spki', format: 'der' })), 0, TAG.sequence))
    return true
  } catch {
    return false
  }
}

interface Sec1Parts {
  readonly scalar: Buffer
  readonly point: Buffer | undefined
}

function sec1Parts(key: Element): Sec1Parts {
  const point = key.children.find(({ tag }) => tag === contextTag(1))?.children[0]?.content.subarray(1)
  return { scalar: childOf(key, 1, TAG.octetString).content, point }
}

/** A file may hold a public key that is not that of its private one; what it opened would never be found again. */
function checkedPair({ scalar, point }: Sec1Parts): Sm2PrivateKey {
  const pair = sm2PrivateKey(scalar)
  if (point !== undefined && !point.equals(pair.publicKey.point)) {
    throw new KeyRefused('NOT_A_KEY', 'the private key is stored with a public key that is not its own')
  }
  return pair
}

function sm2Pkcs8(scalar: Buffer, point: Buffer): Buffer {
  const sec1 = derSequence(
    derSmallInteger(1),
    derOctets(scalar),
    der(contextTag(1), der(TAG.bitString, Buffer.of(0), point)),
  )
  return derSequence(derSmallInteger(0), ALGORITHM, derOctets(sec1))
}

function refuseOtherCurve(algorithm: Element): void {
  const named = algorithm.children.map(oidOf)
  if (named[0] !== GM_OID.ecPublicKey || named[1] !== GM_OID.sm2Curve) throw new RangeError('another curve')
}

function onCurveOrRefuse(point: Buffer): void {
  try {
    sm2Point(point)
  } catch {
    throw new KeyRefused('NOT_A_KEY', 'the public key is not a point of the SM2 curve')
  }
}

/** Messages of what failed inside are dropped: they may quote key material. */
function decoded<T>(decode: () => T): T {
  try {
    return decode()
  } catch {
    throw new KeyRefused('NOT_A_KEY', 'the bytes are not an SM2 key')
  }
}
