/**
 * The SM2 curve sm2p256v1 (GB/T 32918.5): the arithmetic that node:crypto does not offer, by @noble/curves. A point
 * that is not on the curve never comes out of this file.
 */
import { randomBytes } from 'node:crypto'
import { type WeierstrassPoint, weierstrass } from '@noble/curves/abstract/weierstrass.js'

/** Bytes of a coordinate or a scalar. */
export const SM2_FIELD_BYTES = 32
/** Bytes of an uncompressed point: 04, x, y. */
export const SM2_POINT_BYTES = 65

const CURVE = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
} as const

const Point = weierstrass<bigint>(CURVE)

/** A point of the curve. */
export type Sm2Point = WeierstrassPoint<bigint>

/** Octets of a, b and the generator, as the signer's digest Z_A takes them. */
export const sm2CurveOctets: Buffer = Buffer.concat(
  [CURVE.a, CURVE.b, CURVE.Gx, CURVE.Gy].map((value) => octetsOfScalar(value)),
)

/** Reads an uncompressed point (04, x, y); throws RangeError when it is no point of the curve. */
export function sm2Point(octets: Buffer): Sm2Point {
  if (octets.length !== SM2_POINT_BYTES || octets[0] !== 4) {
    throw new RangeError('an SM2 point has 65 bytes and begins with 04')
  }
  try {
    return Point.fromBytes(octets)
  } catch {
    throw new RangeError('the point is not on the SM2 curve')
  }
}

/** The point as 04, x, y. */
export function sm2PointOctets(point: Sm2Point): Buffer {
  return Buffer.from(point.toBytes(false))
}

/** The generator multiplied by a scalar. */
export function timesGenerator(scalar: bigint): Sm2Point {
  return Point.BASE.multiply(scalar)
}

/** Reads a private scalar of 32 bytes; throws RangeError outside 1 to n-2 (GB/T 32918.1). */
export function sm2Scalar(octets: Buffer): bigint {
  const scalar = octets.length === 0 ? 0n : BigInt(`0x${octets.toString('hex')}`)
  if (octets.length > SM2_FIELD_BYTES || scalar < 1n || scalar > CURVE.n - 2n) {
    throw new RangeError('an SM2 private key lies outside 1 to n-2')
  }
  return scalar
}

/** 32 octets, high ones first. */
export function octetsOfScalar(scalar: bigint): Buffer {
  return Buffer.from(scalar.toString(16).padStart(2 * SM2_FIELD_BYTES, '0'), 'hex')
}

/** A secret scalar from 1 to n-2, each as likely as the others. */
export function randomSm2Scalar(): bigint {
  for (;;) {
    const scalar = BigInt(`0x${randomBytes(SM2_FIELD_BYTES).toString('hex')}`)
    if (scalar >= 1n && scalar <= CURVE.n - 2n) return scalar
  }
}
