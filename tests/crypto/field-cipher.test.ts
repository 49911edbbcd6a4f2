/** Single fields under SM4: the standard's own block, both modes, both writings, and what is no ciphertext. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createFieldCipher, readFieldCipherKey } from '../../crypto/field-cipher.ts'
import { KeyRefused } from '../../crypto/secret-file.ts'

const key = Buffer.from('0123456789abcdeffedcba9876543210', 'hex')
const iv = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const folder = mkdtempSync(join(tmpdir(), 'huida-field-cipher-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('the block of GB/T 32907 comes out as the standard has it', () => {
  const text = {
    encode: (hex: string) => Buffer.from(hex, 'hex'),
    decode: (bytes: Buffer) => bytes.toString('hex'),
  }
  const cipher = createFieldCipher(key, { algorithm: 'sm4-ecb', encoding: 'hex', text })
  expect(cipher.seal(key.toString('hex')).slice(0, 32)).toBe('681edf34d206965e86b3e94f536e4246')
})

describe.each([
  ['sm4-ecb', 'hex', undefined],
  ['sm4-ecb', 'base64', undefined],
  ['sm4-cbc', 'hex', undefined],
  ['sm4-cbc', 'base64', iv],
] as const)('%s in %s', (algorithm, encoding, given) => {
  const options = { algorithm, encoding, ...(given === undefined ? {} : { iv: given }) }
  const cipher = createFieldCipher(key, options)

  test.each(['张三', '6217999990000000017', '阿依古丽·买买提', '', '陈𬭎'])('%s comes back', (text) => {
    expect(cipher.open(cipher.seal(text))).toBe(text)
    expect(cipher.seal(text)).toBe(cipher.seal(text))
  })

  test('another key, a flipped bit, a cut and clear text are no ciphertext', () => {
    const sealed = cipher.seal('6217999990000000017')
    const other = createFieldCipher(Buffer.from(key).reverse(), options)
    const flipped = `${sealed.startsWith('A') ? 'B' : 'A'}${sealed.slice(1)}`
    expect(other.open(sealed)).not.toBe('6217999990000000017')
    expect(cipher.open(flipped)).not.toBe('6217999990000000017')
    for (const wrong of [sealed.slice(0, -2), '6217999990000000017', '张三', '', `${sealed} `])
      expect(cipher.open(wrong)).toBeUndefined()
  })
})

test('hex is read in capitals too', () => {
  const cipher = createFieldCipher(key, { algorithm: 'sm4-ecb', encoding: 'hex' })
  expect(cipher.open(cipher.seal('张三').toUpperCase())).toBe('张三')
})

describe('the key file', () => {
  const file = (name: string, text: string, mode = 0o600): string => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode })
    return path
  }

  test('holds 32 hex digits', () => {
    expect(readFieldCipherKey(file('good', `${key.toString('hex')}\n`)).equals(key)).toBe(true)
  })

  test('is refused when it holds anything else, or when others may read it', () => {
    expect(() => readFieldCipherKey(file('short', '0123'))).toThrow(KeyRefused)
    expect(() => readFieldCipherKey(file('open', key.toString('hex'), 0o644))).toThrow(/0600/)
  })

  test('a key or an IV of another size is refused', () => {
    expect(() => createFieldCipher(key.subarray(1), { algorithm: 'sm4-ecb', encoding: 'hex' })).toThrow(
      KeyRefused,
    )
    expect(() =>
      createFieldCipher(key, { algorithm: 'sm4-cbc', encoding: 'hex', iv: Buffer.alloc(8) }),
    ).toThrow(KeyRefused)
  })
})
