import {
  createPublicKey,
  createSign,
  createVerify,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { sm2 } from 'sm-crypto-v2'
import { describe, expect, it } from 'vitest'
import { derSequence, derUnsigned } from '../../../crypto/der/der-writer.ts'
import { octetsOfScalar } from '../../../crypto/gm/sm2-curve.ts'
import {
  isSm2Key,
  makeSm2Key,
  sm2PrivateKey,
  sm2PrivateKeyOf,
  sm2PublicKey,
  sm2PublicKeyOf,
  sm2ScalarOf,
} from '../../../crypto/gm/sm2-keys.ts'
import {
  DEFAULT_USER_ID,
  derSignatureOf,
  rawSignatureOf,
  type SignatureShape,
  signSm2,
  sm2SignerDigest,
  startSm2Check,
  startSm2Signature,
  verifySm2,
} from '../../../crypto/gm/sm2-signature.ts'
import { vectors } from './fixtures.ts'
import { codeOf } from './gm-parties.ts'

const { scalar, point, signature: vector } = vectors.sm2
const standardKey = sm2PublicKey(point)
const form = (shape: SignatureShape = 'der', userId = DEFAULT_USER_ID) => ({ shape, userId })
const message = Buffer.from(vector.message)

describe('the SM2 signature of the standard', () => {
  it('verifies in both shapes, whole and byte by byte', () => {
    expect(sm2SignerDigest(standardKey, vector.userId)).toEqual(vector.signerDigest)
    for (const [shape, signature] of [
      ['raw', vector.raw],
      ['der', vector.der],
    ] as const) {
      expect(verifySm2(message, signature, standardKey, form(shape))).toBe(true)
      const check = startSm2Check(standardKey, form(shape))
      for (const octet of message) check.update(Buffer.of(octet))
      expect(check.verify(signature)).toBe(true)
    }
  })

  it('does not verify under the empty id, another id, another message or another key', () => {
    expect(verifySm2(message, vector.raw, standardKey, form('raw', ''))).toBe(false)
    expect(verifySm2(message, vector.raw, standardKey, form('raw', 'ALICE123@YAHOO.COM'))).toBe(false)
    expect(verifySm2(Buffer.from('message digest '), vector.raw, standardKey, form('raw'))).toBe(false)
    expect(verifySm2(message, vector.raw, makeSm2Key().publicKey, form('raw'))).toBe(false)
    expect(verify('sm3', message, standardKey.key, vector.der)).toBe(false)
  })

  it('turns from one shape into the other and back', () => {
    expect(rawSignatureOf(vector.der)).toEqual(vector.raw)
    expect(derSignatureOf(vector.raw)).toEqual(vector.der)
  })
})

describe('a signature of ours', () => {
  const own = sm2PrivateKey(scalar)

  it('verifies elsewhere, under any user id', () => {
    for (const userId of [DEFAULT_USER_ID, 'N002432300000000', '操作员一号', '']) {
      const text = randomBytes(99)
      const raw = signSm2(text, own, form('raw', userId)).toString('hex')
      const options = { hash: true, userId }
      expect(sm2.doVerifySignature(new Uint8Array(text), raw, point.toString('hex'), options)).toBe(true)
      const theirs = sm2.doSignature(new Uint8Array(text), scalar.toString('hex'), options)
      expect(verifySm2(text, Buffer.from(theirs, 'hex'), own.publicKey, form('raw', userId))).toBe(true)
    }
  })

  it('is the same whether its message came whole, in odd pieces or byte by byte', () => {
    const text = randomBytes(1000)
    for (const pieceBytes of [1000, 1, 7, 333]) {
      const signature = startSm2Signature(own, form())
      for (let at = 0; at < text.length; at += pieceBytes)
        signature.update(text.subarray(at, at + pieceBytes))
      expect(verifySm2(text, signature.finish(), own.publicKey, form())).toBe(true)
    }
  })

  it('has 64 bytes in the raw shape every time, short numbers padded', () => {
    const lengths = new Set(Array.from({ length: 300 }, () => signSm2(message, own, form('raw')).length))
    expect([...lengths]).toEqual([64])
    const short = derSequence(derUnsigned(Buffer.of(1, 2, 3)), derUnsigned(Buffer.alloc(32, 0xee)))
    expect(rawSignatureOf(short)).toEqual(
      Buffer.concat([Buffer.alloc(29), Buffer.of(1, 2, 3), Buffer.alloc(32, 0xee)]),
    )
    expect(derSignatureOf(rawSignatureOf(short))).toEqual(short)
  })
})

describe('the shape of a signature', () => {
  const check = (signature: Buffer, shape: SignatureShape) =>
    codeOf(() => verifySm2(message, signature, standardKey, form(shape)))

  it('is refused by its own name when it is not the agreed one, 63 bytes too', () => {
    for (const length of [0, 1, 63, 65, 128])
      expect(check(Buffer.alloc(length, 1), 'raw')).toBe('BAD_SIGNATURE_SHAPE')
    expect(check(vector.raw.subarray(1), 'raw')).toBe('BAD_SIGNATURE_SHAPE')
    expect(check(vector.der, 'raw')).toBe('BAD_SIGNATURE_SHAPE')
    expect(check(vector.raw, 'der')).toBe('BAD_SIGNATURE_SHAPE')
    expect(check(Buffer.concat([vector.der, Buffer.of(0)]), 'der')).toBe('BAD_SIGNATURE_SHAPE')
    const padded = Buffer.concat([Buffer.from('3048022200', 'hex'), vector.der.subarray(4)])
    expect(check(padded, 'der')).toBe('BAD_SIGNATURE_SHAPE')
    const long = derSequence(derUnsigned(Buffer.alloc(33, 0x11)), derUnsigned(Buffer.of(1)))
    expect(check(long, 'der')).toBe('BAD_SIGNATURE_SHAPE')
  })

  it('lets no signature through whose numbers are out of range', () => {
    const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
    const [r, s] = [vector.raw.subarray(0, 32), vector.raw.subarray(32)]
    const zero = Buffer.alloc(32)
    const beyond = octetsOfScalar((BigInt(`0x${s.toString('hex')}`) + order) % 2n ** 256n)
    const sumIsOrder = octetsOfScalar(order - BigInt(`0x${r.toString('hex')}`))
    for (const forged of [
      [zero, zero],
      [zero, s],
      [r, zero],
      [r, beyond],
      [octetsOfScalar(order), s],
      [r, sumIsOrder],
    ])
      expect(verifySm2(message, Buffer.concat(forged), standardKey, form('raw'))).toBe(false)
  })
})

describe('the traps of SM2 in node:crypto', () => {
  it('a key that was just generated signs ECDSA; taken over by us it signs SM2', () => {
    const generated = generateKeyPairSync('ec', { namedCurve: 'SM2' })
    const naive = createSign('sm3')
      .update(sm2SignerDigest(sm2PublicKeyOf(generated.publicKey), DEFAULT_USER_ID))
      .update(message)
      .sign(generated.privateKey)
    const publicKey = sm2PublicKeyOf(generated.publicKey)
    expect(verifySm2(message, naive, publicKey, form())).toBe(false)
    const ours = signSm2(message, sm2PrivateKeyOf(generated.privateKey), form('raw'))
    const elsewhere = sm2.doVerifySignature(
      new Uint8Array(message),
      ours.toString('hex'),
      publicKey.point.toString('hex'),
      { hash: true },
    )
    expect(elsewhere).toBe(true)
  })

  it('the one-shot calls use an empty id, which no agreement accepts by itself', () => {
    const own = makeSm2Key()
    const oneShot = sign('sm3', message, own.key)
    expect(verifySm2(message, oneShot, own.publicKey, form())).toBe(false)
    expect(verifySm2(message, oneShot, own.publicKey, form('der', ''))).toBe(true)
    expect(verify('sm3', message, own.publicKey.key, signSm2(message, own, form()))).toBe(false)
  })

  it('the option for r and s is ignored without a word, so the shape is made by us', () => {
    const own = makeSm2Key()
    const signer = createSign('sm3').update(sm2SignerDigest(own.publicKey, DEFAULT_USER_ID)).update(message)
    const native = signer.sign({ key: own.key, dsaEncoding: 'ieee-p1363' })
    expect(native[0]).toBe(0x30)
    const raw = signSm2(message, own, form('raw'))
    const check = createVerify('sm3').update(sm2SignerDigest(own.publicKey, DEFAULT_USER_ID)).update(message)
    expect(check.verify(own.publicKey.key, derSignatureOf(raw))).toBe(true)
  })

  it('a key does not say that it is SM2, so its curve is read', () => {
    const own = makeSm2Key()
    expect(own.key.asymmetricKeyType).not.toBe('ec')
    expect(isSm2Key(own.key)).toBe(true)
    expect(isSm2Key(own.publicKey.key)).toBe(true)
    expect(isSm2Key(generateKeyPairSync('ec', { namedCurve: 'SM2' }).privateKey)).toBe(true)
    expect(isSm2Key(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)).toBe(false)
    expect(isSm2Key(generateKeyPairSync('ed25519').publicKey)).toBe(false)
  })

  it('exporting a key goes by PKCS#8 alone, because the other form ends the process', () => {
    const own = makeSm2Key()
    expect(sm2PrivateKey(octetsOfScalar(sm2ScalarOf(own))).publicKey.point).toEqual(own.publicKey.point)
    expect(sm2PublicKeyOf(createPublicKey(own.key)).point).toEqual(own.publicKey.point)
  })

  it('none of the calls that differ between versions of Node is used at all', () => {
    const folder = new URL('../../../crypto/gm/', import.meta.url)
    const sources = readdirSync(folder).filter((name) => name.endsWith('.ts'))
    const used = sources.filter((name) =>
      /createECDH|diffieHellman|publicEncrypt|privateDecrypt|type: 'sec1'|format: 'jwk'|\.verify\(issuer|checkIssued|import \{[^}]*\b(sign|verify)\b[^}]*\} from 'node:crypto'/.test(
        readFileSync(new URL(name, folder), 'utf8'),
      ),
    )
    expect(sources.length).toBeGreaterThan(10)
    expect(used).toEqual([])
  })
})
