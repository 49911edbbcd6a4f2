import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldKeyOf } from '../../crypto/field-key.ts'
import { createFieldSealer, keyIdOfBlock, SealBroken } from '../../crypto/field-sealing.ts'

const key = fieldKeyOf(Buffer.alloc(64, 7))
const sealer = createFieldSealer(key)
const plainBytes = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes))
const contexts = fc.string({ maxLength: 40 })

describe('sealed blocks of personal fields', () => {
  it('open to what was sealed, in the same context', () => {
    fc.assert(
      fc.property(plainBytes, contexts, (plain, context) => {
        expect(sealer.openBlock(sealer.sealBlock(plain, context), context).equals(plain)).toBe(true)
      }),
    )
  })

  it('do not open with any one bit flipped', () => {
    const sealed = sealer.sealBlock(Buffer.from('张三 6222000000000000000'), 'instruction:1:0')
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const altered = Buffer.from(sealed)
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(() => sealer.openBlock(altered, 'instruction:1:0')).toThrow(SealBroken)
    }
  })

  it('do not open in another context, even of the same class', () => {
    const sealed = sealer.sealBlock(Buffer.from('a'), 'instruction:1:0')
    for (const context of ['instruction:1:1', 'instruction:', 'instruction', 'outcome:1:0', '']) {
      expect(() => sealer.openBlock(sealed, context)).toThrow(SealBroken)
    }
  })

  it('do not open under another master key', () => {
    const other = createFieldSealer(fieldKeyOf(randomBytes(64)))
    const sealed = other.sealBlock(Buffer.from('a'), 'instruction:1:0')
    expect(() => sealer.openBlock(sealed, 'instruction:1:0')).toThrow(/no key with id/)
  })

  it('still open after the key was rotated, and say which key they need', () => {
    const sealed = sealer.sealBlock(Buffer.from('old'), 'instruction:1:0')
    const rotated = createFieldSealer(fieldKeyOf(randomBytes(64)), [key])
    expect(rotated.openBlock(sealed, 'instruction:1:0').toString()).toBe('old')
    expect(keyIdOfBlock(sealed)).toBe(key.keyId)
    expect(keyIdOfBlock(rotated.sealBlock(Buffer.from('new'), 'instruction:1:0'))).not.toBe(key.keyId)
  })

  it('do not open when cut short anywhere', () => {
    const sealed = sealer.sealBlock(Buffer.from('short'), 'instruction:1:0')
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => sealer.openBlock(sealed.subarray(0, length), 'instruction:1:0')).toThrow(SealBroken)
    }
  })

  it('never repeat an IV for equal content', () => {
    const seen = new Set<string>()
    for (let index = 0; index < 1000; index += 1) {
      seen.add(sealer.sealBlock(Buffer.from('same'), 'instruction:1:0').toString('hex', 5, 17))
    }
    expect(seen.size).toBe(1000)
  })

  it('stay right when more classes are used than keys are kept', () => {
    const sealed = Array.from({ length: 600 }, (_, index) =>
      sealer.sealBlock(Buffer.of(index & 255), `c${index}:0`),
    )
    sealed.forEach((block, index) => {
      expect(sealer.openBlock(block, `c${index}:0`)[0]).toBe(index & 255)
    })
  })
})
