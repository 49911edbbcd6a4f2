import { createHash, getCiphers, randomBytes } from 'node:crypto'
import { sm3, sm4 } from 'sm-crypto-v2'
import { describe, expect, it } from 'vitest'
import { sm2DerivedKey, sm3Of } from '../../../crypto/gm/sm3.ts'
import {
  refuseWithoutGm,
  type Sm4Mode,
  type Sm4Stream,
  startSm4Decryption,
  startSm4Encryption,
} from '../../../crypto/gm/sm4.ts'
import { vectors } from './fixtures.ts'
import { codeOf } from './gm-parties.ts'

const { key, ecb, ecbMillionTimes, cbc, ctr } = vectors.sm4
const pieceSizes = [1, 3, 7, 16, 17, 1000]

function through(stream: Sm4Stream, bytes: Buffer, pieceBytes: number): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes)
    pieces.push(stream.update(bytes.subarray(at, at + pieceBytes)))
  return Buffer.concat([...pieces, stream.finish()])
}

describe('SM3', () => {
  it('gives the digests of the standard', () => {
    for (const { message, times, digest } of vectors.sm3) {
      expect(sm3Of(Buffer.from(message.repeat(times)))).toEqual(digest)
      expect(sm3Of(...Array.from(message.repeat(times), (letter) => Buffer.from(letter)))).toEqual(digest)
    }
  })

  it('agrees with another implementation on any length', () => {
    for (const size of [0, 1, 55, 56, 63, 64, 65, 1000]) {
      const message = randomBytes(size)
      expect(sm3Of(message).toString('hex')).toBe(sm3(new Uint8Array(message)))
    }
  })

  it('derives keys of any length, each the beginning of the longer ones', () => {
    const shared = randomBytes(64)
    const long = sm2DerivedKey(shared, 100)
    for (const size of [1, 31, 32, 33, 64, 99])
      expect(sm2DerivedKey(shared, size)).toEqual(long.subarray(0, size))
    const first = createHash('sm3').update(shared).update(Buffer.from('00000001', 'hex')).digest()
    expect(long.subarray(0, 32)).toEqual(first)
  })
})

const modes: readonly [string, Sm4Mode, Buffer, Buffer][] = [
  ['ECB', { mode: 'ecb', padding: 'none' }, ecb.plaintext, ecb.ciphertext],
  ['CBC', { mode: 'cbc', iv: cbc.iv, padding: 'none' }, cbc.plaintext, cbc.ciphertext],
  ['CTR', { mode: 'ctr', iv: ctr.iv }, ctr.plaintext, ctr.ciphertext],
]

describe('SM4', () => {
  it.each(modes)('gives the vector of %s, whole, in odd pieces and byte by byte', (_, by, plain, sealed) => {
    for (const pieceBytes of pieceSizes) {
      expect(through(startSm4Encryption(key, by), plain, pieceBytes)).toEqual(sealed)
      expect(through(startSm4Decryption(key, by), sealed, pieceBytes)).toEqual(plain)
    }
  })

  it('encrypts one block a million times to the block of the standard', () => {
    const cipher = startSm4Encryption(key, { mode: 'ecb', padding: 'none' })
    let block: Buffer = ecb.plaintext
    for (let round = 0; round < 1_000_000; round += 1) block = cipher.update(block)
    expect(block).toEqual(ecbMillionTimes)
  })

  it('pads as another implementation does, whatever the length', () => {
    for (const size of [0, 1, 15, 16, 17, 4097]) {
      const [plain, iv] = [randomBytes(size), randomBytes(16)]
      const ours = through(startSm4Encryption(key, { mode: 'cbc', iv, padding: 'pkcs7' }), plain, 100)
      const theirs = sm4.encrypt(new Uint8Array(plain), new Uint8Array(key), {
        mode: 'cbc',
        iv: new Uint8Array(iv),
      })
      expect(ours.toString('hex')).toBe(theirs)
      expect(through(startSm4Decryption(key, { mode: 'cbc', iv, padding: 'pkcs7' }), ours, 33)).toEqual(plain)
    }
  })

  it('refuses every padding that is not whole', () => {
    const iv = randomBytes(16)
    const paddings = ['00', '11', 'ff', '0302', '040404', '01010203'].map((hex) => Buffer.from(hex, 'hex'))
    for (const padding of paddings) {
      const block = Buffer.concat([Buffer.alloc(16 - padding.length, 0x41), padding])
      const sealed = through(startSm4Encryption(key, { mode: 'cbc', iv, padding: 'none' }), block, 16)
      const open = () => through(startSm4Decryption(key, { mode: 'cbc', iv, padding: 'pkcs7' }), sealed, 16)
      expect(codeOf(open)).toBe('UNDECRYPTABLE')
      const cut = () =>
        through(startSm4Decryption(key, { mode: 'cbc', iv, padding: 'pkcs7' }), sealed.subarray(1), 16)
      expect(codeOf(cut)).toBe('UNDECRYPTABLE')
    }
  })

  it('takes no key and no vector of another length', () => {
    const iv = Buffer.alloc(16)
    expect(() => startSm4Encryption(Buffer.alloc(24), { mode: 'ctr', iv })).toThrow(RangeError)
    expect(() => startSm4Decryption(key, { mode: 'cbc', iv: Buffer.alloc(12), padding: 'pkcs7' })).toThrow(
      RangeError,
    )
  })

  it('is there on this Node, with SM3', () => {
    expect(() => refuseWithoutGm()).not.toThrow()
    expect(getCiphers()).toContain('sm4-cbc')
  })
})
