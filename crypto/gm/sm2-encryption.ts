/**
 * SM2 encryption of short secrets such as a content key (GB/T 32918.4), in every arrangement that banks use. The
 * agreement names the arrangement; another one is told as WRONG_ORDER and never opened.
 */
import { timingSafeEqual } from 'node:crypto'
import { BadEncoding, childOf, type Element, readElement } from '../der/der-reader.ts'
import { derOctets, derSequence, derUnsigned, TAG } from '../der/der-writer.ts'
import { EnvelopeRefused } from '../envelope.ts'
import {
  randomSm2Scalar,
  SM2_FIELD_BYTES,
  type Sm2Point,
  sm2Point,
  sm2PointOctets,
  timesGenerator,
} from './sm2-curve.ts'
import { type Sm2PrivateKey, type Sm2PublicKey, sm2ScalarOf } from './sm2-keys.ts'
import { SM3_BYTES, sm2DerivedKey, sm3Of } from './sm3.ts'

const C1_BYTES = 2 * SM2_FIELD_BYTES
const SHAPES = ['asn1', 'c1c3c2', 'c1c3c2-bare', 'c1c2c3', 'c1c2c3-bare'] as const

/**
 * How the parts stand: GM/T 0009 ASN.1, or C1 (point), C3 (digest) and C2 (ciphertext) one after the other. `bare`
 * leaves out the octet 04 before the point, as CFCA SADK before 3.2 does with C1C2C3.
 */
export type Sm2CipherShape = (typeof SHAPES)[number]

/** x and y of the point without 04, the digest, the ciphertext. */
interface CipherParts {
  readonly c1: Buffer
  readonly c3: Buffer
  readonly c2: Buffer
}

/** Encrypts a message of at least one byte. */
export function encryptSm2(message: Buffer, publicKey: Sm2PublicKey, shape: Sm2CipherShape): Buffer {
  for (;;) {
    const sealed = encryptSm2With(randomSm2Scalar(), message, publicKey, shape)
    if (sealed !== undefined) return sealed
  }
}

/**
 * Encrypts under a given ephemeral scalar, for vectors of the standard; `encryptSm2` picks a fresh one. Undefined
 * when that scalar would mask the message with zeros, which happens once in 256 tries for a single byte.
 */
export function encryptSm2With(
  ephemeral: bigint,
  message: Buffer,
  publicKey: Sm2PublicKey,
  shape: Sm2CipherShape,
): Buffer | undefined {
  if (message.length === 0) throw new RangeError('SM2 encrypts at least one byte')
  const shared = coordinatesOf(sm2Point(publicKey.point).multiply(ephemeral))
  const mask = sm2DerivedKey(shared, message.length)
  if (isZero(mask)) return undefined
  const c1 = coordinatesOf(timesGenerator(ephemeral))
  return arrange({ c1, c3: digestOf(shared, message), c2: masked(message, mask) }, shape)
}

/** Decrypts; throws EnvelopeRefused WRONG_ORDER when another arrangement opens it, else UNDECRYPTABLE. */
export function decryptSm2(sealed: Buffer, privateKey: Sm2PrivateKey, shape: Sm2CipherShape): Buffer {
  const message = opened(sealed, privateKey, shape)
  if (message !== undefined) return message
  const other = SHAPES.find(
    (candidate) => candidate !== shape && opened(sealed, privateKey, candidate) !== undefined,
  )
  if (other !== undefined) {
    throw new EnvelopeRefused(
      'WRONG_ORDER',
      `the SM2 ciphertext is arranged as ${other} where ${shape} is agreed`,
    )
  }
  throw new EnvelopeRefused('UNDECRYPTABLE', 'the SM2 ciphertext does not decrypt with our key')
}

function opened(sealed: Buffer, privateKey: Sm2PrivateKey, shape: Sm2CipherShape): Buffer | undefined {
  const parts = partsOf(sealed, shape)
  const shared = parts && sharedSecret(parts.c1, privateKey)
  if (parts === undefined || shared === undefined) return undefined
  const mask = sm2DerivedKey(shared, parts.c2.length)
  const message = masked(parts.c2, mask)
  return !isZero(mask) && timingSafeEqual(digestOf(shared, message), parts.c3) ? message : undefined
}

/** Undefined for a point that is not on the curve. */
function sharedSecret(c1: Buffer, privateKey: Sm2PrivateKey): Buffer | undefined {
  try {
    return coordinatesOf(sm2Point(Buffer.concat([Buffer.of(4), c1])).multiply(sm2ScalarOf(privateKey)))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function arrange({ c1, c3, c2 }: CipherParts, shape: Sm2CipherShape): Buffer {
  const prefix = Buffer.of(4)
  switch (shape) {
    case 'asn1': {
      const [x, y] = [c1.subarray(0, SM2_FIELD_BYTES), c1.subarray(SM2_FIELD_BYTES)]
      return derSequence(derUnsigned(x), derUnsigned(y), derOctets(c3), derOctets(c2))
    }
    case 'c1c3c2':
      return Buffer.concat([prefix, c1, c3, c2])
    case 'c1c3c2-bare':
      return Buffer.concat([c1, c3, c2])
    case 'c1c2c3':
      return Buffer.concat([prefix, c1, c2, c3])
    case 'c1c2c3-bare':
      return Buffer.concat([c1, c2, c3])
  }
}

/** Undefined when the bytes cannot be in this arrangement. */
function partsOf(sealed: Buffer, shape: Sm2CipherShape): CipherParts | undefined {
  if (shape === 'asn1') return asn1PartsOf(sealed)
  const bare = shape.endsWith('-bare')
  if (!bare && sealed[0] !== 4) return undefined
  const octets = bare ? sealed : sealed.subarray(1)
  if (octets.length <= C1_BYTES + SM3_BYTES) return undefined
  const [c1, rest] = [octets.subarray(0, C1_BYTES), octets.subarray(C1_BYTES)]
  if (shape.startsWith('c1c3c2')) return { c1, c3: rest.subarray(0, SM3_BYTES), c2: rest.subarray(SM3_BYTES) }
  return { c1, c2: rest.subarray(0, -SM3_BYTES), c3: rest.subarray(-SM3_BYTES) }
}

function asn1PartsOf(sealed: Buffer): CipherParts | undefined {
  try {
    const parts = readElement(sealed)
    const c1 = Buffer.concat([coordinate(parts, 0), coordinate(parts, 1)])
    const c3 = childOf(parts, 2, TAG.octetString).content
    const c2 = childOf(parts, 3, TAG.octetString).content
    const whole = parts.tag === TAG.sequence && parts.children.length === 4
    return whole && c3.length === SM3_BYTES && c2.length > 0 ? { c1, c3, c2 } : undefined
  } catch (error) {
    if (error instanceof BadEncoding) return undefined
    throw error
  }
}

/** Some writers leave out the zero octet before a high first bit; a coordinate is never negative all the same. */
function coordinate(parts: Element, index: number): Buffer {
  const { content } = childOf(parts, index, TAG.integer)
  const significant = content.length > SM2_FIELD_BYTES && content[0] === 0 ? content.subarray(1) : content
  if (significant.length > SM2_FIELD_BYTES) throw new BadEncoding('a coordinate is longer than 32 bytes')
  return Buffer.concat([Buffer.alloc(SM2_FIELD_BYTES - significant.length), significant])
}

function coordinatesOf(point: Sm2Point): Buffer {
  return sm2PointOctets(point).subarray(1)
}

/** C3: digest over x, the message and y. */
function digestOf(shared: Buffer, message: Buffer): Buffer {
  return sm3Of(shared.subarray(0, SM2_FIELD_BYTES), message, shared.subarray(SM2_FIELD_BYTES))
}

function masked(message: Buffer, mask: Buffer): Buffer {
  return Buffer.from(message.map((octet, at) => octet ^ (mask[at] ?? 0)))
}

function isZero(octets: Buffer): boolean {
  return octets.every((octet) => octet === 0)
}
