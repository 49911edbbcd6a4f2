/**
 * SM2 signatures with SM3 (GB/T 32918.2), streaming, for any distinguishing user id: Sign and Verify of node:crypto
 * hash with SM3 and apply the bare primitive, so the signer's digest Z_A is fed before the message. The one-shot
 * calls of node:crypto use an empty id that no bank knows, and are never used here.
 */
import { createSign, createVerify } from 'node:crypto'
import type { RunningCheck, RunningSignature } from '../cms/message-family.ts'
import { BadEncoding, childOf, readElement } from '../der/der-reader.ts'
import { derSequence, derUnsigned, TAG } from '../der/der-writer.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { SM2_FIELD_BYTES, sm2CurveOctets } from './sm2-curve.ts'
import type { Sm2PrivateKey, Sm2PublicKey } from './sm2-keys.ts'
import { sm3Of } from './sm3.ts'

/** The id that GM/T 0009 gives to signers that have none of their own. */
export const DEFAULT_USER_ID = '1234567812345678'
/** Bytes of a signature in the raw shape. */
export const RAW_SIGNATURE_BYTES = 2 * SM2_FIELD_BYTES

const LONGEST_USER_ID_BYTES = 8191

/** DER {r, s}, or r and s of exactly 32 bytes each one after the other. */
export type SignatureShape = 'der' | 'raw'

/** Under which id and in which shape a signature is written. */
export interface Sm2SignatureForm {
  readonly userId: string
  readonly shape: SignatureShape
}

/** Z_A: the digest of a signer's id (UTF-8), the curve and its public key; throws RangeError above 8191 bytes of id. */
export function sm2SignerDigest(publicKey: Sm2PublicKey, userId: string): Buffer {
  const id = Buffer.from(userId, 'utf8')
  if (id.length > LONGEST_USER_ID_BYTES) throw new RangeError('an SM2 user id has at most 8191 bytes')
  const lengthBits = Buffer.alloc(2)
  lengthBits.writeUInt16BE(id.length * 8)
  return sm3Of(lengthBits, id, sm2CurveOctets, publicKey.point.subarray(1))
}

/** Starts a signature over what comes. */
export function startSm2Signature(privateKey: Sm2PrivateKey, form: Sm2SignatureForm): RunningSignature {
  const sign = createSign('sm3').update(sm2SignerDigest(privateKey.publicKey, form.userId))
  return {
    update: (chunk) => sign.update(chunk),
    finish: () => {
      const signature = sign.sign(privateKey.key)
      return form.shape === 'der' ? signature : rawSignatureOf(signature)
    },
  }
}

/** Starts the check of a signature; `verify` throws EnvelopeRefused BAD_SIGNATURE_SHAPE for another shape. */
export function startSm2Check(publicKey: Sm2PublicKey, form: Sm2SignatureForm): RunningCheck {
  const verify = createVerify('sm3').update(sm2SignerDigest(publicKey, form.userId))
  return {
    update: (chunk) => verify.update(chunk),
    verify: (signature) => verify.verify(publicKey.key, derSignatureIn(signature, form.shape)),
  }
}

/** Signs bytes at hand. */
export function signSm2(message: Buffer, privateKey: Sm2PrivateKey, form: Sm2SignatureForm): Buffer {
  const signature = startSm2Signature(privateKey, form)
  signature.update(message)
  return signature.finish()
}

/** Checks a signature over bytes at hand; throws EnvelopeRefused BAD_SIGNATURE_SHAPE for another shape. */
export function verifySm2(
  message: Buffer,
  signature: Buffer,
  publicKey: Sm2PublicKey,
  form: Sm2SignatureForm,
): boolean {
  const check = startSm2Check(publicKey, form)
  check.update(message)
  return check.verify(signature)
}

/** r and s padded to 32 bytes each, from DER; throws EnvelopeRefused BAD_SIGNATURE_SHAPE. */
export function rawSignatureOf(signature: Buffer): Buffer {
  return Buffer.concat(numbersOf(signature).map(padded))
}

/** DER {r, s} from 64 bytes; throws EnvelopeRefused BAD_SIGNATURE_SHAPE for any other length, 63 as well. */
export function derSignatureOf(raw: Buffer): Buffer {
  if (raw.length !== RAW_SIGNATURE_BYTES) {
    throw badShape(`a raw SM2 signature has 64 bytes and this one ${raw.length}`)
  }
  const [r, s] = [raw.subarray(0, SM2_FIELD_BYTES), raw.subarray(SM2_FIELD_BYTES)]
  return derSequence(derUnsigned(r), derUnsigned(s))
}

function derSignatureIn(signature: Buffer, shape: SignatureShape): Buffer {
  return shape === 'raw' ? derSignatureOf(signature) : derSignatureOf(rawSignatureOf(signature))
}

/** Only the one shortest encoding counts, so that one signature cannot be written in two ways. */
function numbersOf(signature: Buffer): [Buffer, Buffer] {
  try {
    const pair = readElement(signature)
    const [r, s] = [childOf(pair, 0, TAG.integer).content, childOf(pair, 1, TAG.integer).content]
    if (derSequence(derUnsigned(r), derUnsigned(s)).equals(signature)) return [r, s]
  } catch (error) {
    if (!(error instanceof BadEncoding)) throw error
  }
  throw badShape('the signature is not the DER form of two numbers')
}

function padded(number: Buffer): Buffer {
  const significant = number[0] === 0 ? number.subarray(1) : number
  if (significant.length > SM2_FIELD_BYTES)
    throw badShape('a number of the signature is longer than 32 bytes')
  return Buffer.concat([Buffer.alloc(SM2_FIELD_BYTES - significant.length), significant])
}

function badShape(message: string): EnvelopeRefused {
  return new EnvelopeRefused('BAD_SIGNATURE_SHAPE', message)
}
