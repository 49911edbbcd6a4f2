import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { sm2 } from 'sm-crypto-v2'
import { describe, expect, it } from 'vitest'
import { derOctets, derSequence, derUnsigned } from '../../../crypto/der/der-writer.ts'
import { octetsOfScalar, sm2Point, sm2PointOctets, timesGenerator } from '../../../crypto/gm/sm2-curve.ts'
import {
  decryptSm2,
  encryptSm2,
  encryptSm2With,
  type Sm2CipherShape,
} from '../../../crypto/gm/sm2-encryption.ts'
import { makeSm2Key, sm2PrivateKey } from '../../../crypto/gm/sm2-keys.ts'
import { sm2DerivedKey, sm3Of } from '../../../crypto/gm/sm3.ts'
import { flipped } from '../cms/messages.ts'
import { vectors } from './fixtures.ts'
import { codeOf } from './gm-parties.ts'

const { scalar, point, encryption: vector } = vectors.sm2
const own = sm2PrivateKey(scalar)
const message = Buffer.from(vector.message)
const ephemeral = BigInt(`0x${vector.ephemeral}`)
const arranged: Readonly<Record<Sm2CipherShape, Buffer>> = {
  asn1: vector.asn1,
  c1c3c2: vector.c1c3c2,
  'c1c3c2-bare': vector.c1c3c2.subarray(1),
  c1c2c3: vector.c1c2c3,
  'c1c2c3-bare': vector.c1c2c3.subarray(1),
}
const shapes = ['asn1', 'c1c3c2', 'c1c3c2-bare', 'c1c2c3', 'c1c2c3-bare'] as const

describe('SM2 encryption', () => {
  it.each(shapes)('gives and opens the ciphertext of the standard as %s', (shape) => {
    expect(encryptSm2With(ephemeral, message, own.publicKey, shape)).toEqual(arranged[shape])
    expect(decryptSm2(arranged[shape], own, shape)).toEqual(message)
  })

  it('is opened elsewhere and opens what comes from there', () => {
    const [hexScalar, hexPoint] = [scalar.toString('hex'), point.toString('hex')]
    for (const size of [1, 16, 31, 32, 33, 200]) {
      const secret = randomBytes(size)
      // The other implementation writes the point without 04 and wants it so.
      const ours = encryptSm2(secret, own.publicKey, 'c1c3c2-bare').toString('hex')
      const opened = sm2.doDecrypt(ours, hexScalar, 1, { output: 'array' })
      expect(Buffer.from(opened)).toEqual(secret)
      const theirs = sm2.doEncrypt(new Uint8Array(secret), hexPoint, 0)
      expect(decryptSm2(Buffer.from(theirs, 'hex'), own, 'c1c2c3-bare')).toEqual(secret)
      const asn1 = sm2.doEncrypt(new Uint8Array(secret), hexPoint, 1, { asn1: true })
      expect(decryptSm2(Buffer.from(asn1, 'hex'), own, 'asn1')).toEqual(secret)
    }
  })

  it('never gives the same ciphertext twice', () => {
    expect(encryptSm2(message, own.publicKey, 'asn1')).not.toEqual(encryptSm2(message, own.publicKey, 'asn1'))
  })
})

describe('an SM2 ciphertext in another arrangement than agreed', () => {
  it('is refused as that, in all twenty cases, and never opened to nothing', () => {
    for (const sent of shapes)
      for (const agreed of shapes.filter((shape) => shape !== sent)) {
        expect(codeOf(() => decryptSm2(arranged[sent], own, agreed))).toBe('WRONG_ORDER')
        expect(() => decryptSm2(arranged[sent], own, agreed)).toThrow(`arranged as ${sent} where ${agreed}`)
      }
  })
})

describe('an SM2 ciphertext that was altered', () => {
  it('is refused whatever bit was turned, in every arrangement', () => {
    const bit = fc.nat({ max: 10_000 })
    fc.assert(
      fc.property(fc.constantFrom(...shapes), bit, (shape, chosen) => {
        const sealed = arranged[shape]
        const at = chosen % (sealed.length * 8)
        const altered = Buffer.from(sealed)
        altered.writeUInt8(altered.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3)
        expect(codeOf(() => decryptSm2(altered, own, shape))).toBe('UNDECRYPTABLE')
      }),
      { numRuns: 40 },
    )
  })

  it('is refused when its point is not on the curve, is missing or is at infinity', () => {
    const sealed = arranged.c1c3c2
    const withPoint = (octets: Buffer) => Buffer.concat([Buffer.of(4), octets, sealed.subarray(65)])
    expect(codeOf(() => decryptSm2(flipped(sealed, 40), own, 'c1c3c2'))).toBe('UNDECRYPTABLE')
    expect(codeOf(() => decryptSm2(withPoint(Buffer.alloc(64)), own, 'c1c3c2'))).toBe('UNDECRYPTABLE')
    expect(codeOf(() => decryptSm2(withPoint(Buffer.alloc(64, 0xff)), own, 'c1c3c2'))).toBe('UNDECRYPTABLE')
    for (const length of [0, 1, 64, 65, 96, 97])
      expect(codeOf(() => decryptSm2(sealed.subarray(0, length), own, 'c1c3c2'))).toBe('UNDECRYPTABLE')
  })

  it('is refused for another key and for ASN.1 that is not the four parts', () => {
    expect(codeOf(() => decryptSm2(arranged.asn1, makeSm2Key(), 'asn1'))).toBe('UNDECRYPTABLE')
    const x = derUnsigned(Buffer.alloc(32, 1))
    const shortDigest = derSequence(x, x, derOctets(Buffer.alloc(31)), derOctets(Buffer.of(1)))
    const longNumber = derSequence(
      derUnsigned(Buffer.alloc(33, 1)),
      x,
      derOctets(Buffer.alloc(32)),
      derOctets(Buffer.of(1)),
    )
    const five = derSequence(...Array.from({ length: 5 }, () => x))
    for (const wrong of [shortDigest, longNumber, five, Buffer.concat([arranged.asn1, Buffer.of(0)])])
      expect(codeOf(() => decryptSm2(wrong, own, 'asn1'))).toBe('UNDECRYPTABLE')
  })
})

describe('a mask of zeros, which would send the message in the clear', () => {
  /** The first ephemeral scalar whose key derivation gives one zero byte for this key. */
  function zeroMaskScalar(): bigint {
    for (let candidate = 1n; candidate < 5000n; candidate += 1n) {
      const shared = sm2PointOctets(sm2Point(point).multiply(candidate)).subarray(1)
      if (sm2DerivedKey(shared, 1)[0] === 0) return candidate
    }
    throw new Error('none was found')
  }

  it('is not used to encrypt and not accepted when decrypting', { timeout: 60_000 }, () => {
    const weak = zeroMaskScalar()
    const secret = Buffer.from('x')
    expect(encryptSm2With(weak, secret, own.publicKey, 'c1c3c2')).toBeUndefined()
    const shared = sm2PointOctets(sm2Point(point).multiply(weak)).subarray(1)
    const digest = sm3Of(shared.subarray(0, 32), secret, shared.subarray(32))
    const forged = Buffer.concat([sm2PointOctets(timesGenerator(weak)), digest, secret])
    expect(codeOf(() => decryptSm2(forged, own, 'c1c3c2'))).toBe('UNDECRYPTABLE')
  })

  it('does not stop single bytes from being encrypted', () => {
    expect(decryptSm2(encryptSm2(Buffer.of(0), own.publicKey, 'c1c3c2'), own, 'c1c3c2')).toEqual(Buffer.of(0))
    expect(() => encryptSm2(Buffer.alloc(0), own.publicKey, 'asn1')).toThrow(RangeError)
  })

  it('leaves scalars as 32 octets', () => {
    expect(octetsOfScalar(1n)).toHaveLength(32)
  })
})
