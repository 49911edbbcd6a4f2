import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { charset, UndecodableBytes, UnencodableText } from '../../../formats/values/charset.ts'

const gb18030 = charset('gb18030')
const gbk = charset('gbk')

describe('GB18030 and GBK', () => {
  test.each([
    ['䶮', 'fe9f'],
    ['珅', 'ab7c'],
    ['瑋', 'ac7c'],
    ['·', 'a1a4'],
    ['€', 'a2e3'],
    ['～', 'a1ab'],
    ['　', 'a1a1'],
    ['ḿ', 'a8bc'],
    ['喆', '86b4'],
  ])('%s is two bytes in both', (text, hex) => {
    expect(gb18030.encode(text).toString('hex')).toBe(hex)
    expect(gbk.encode(text).toString('hex')).toBe(hex)
    expect(gbk.decode(Buffer.from(hex, 'hex'))).toBe(text)
  })

  test.each([
    ['㛃', '8230b731'],
    ['㻬', '82328b31'],
    ['𬭎', '9933a932'],
    ['𠅤', '9532a632'],
    ['鿍', '82359332'],
    ['•', '8136a631'],
    ['・', '8139a739'],
    ['\ue863', '8336cf39'],
  ])('%s is four bytes in GB18030 and refused by GBK', (text, hex) => {
    expect(gb18030.encode(text).toString('hex')).toBe(hex)
    expect(gb18030.byteLength(text)).toBe(4)
    expect(gbk.firstUnencodable(`王${text}`)).toEqual({ codePoint: text.codePointAt(0), index: 1 })
    expect(() => gbk.encode(text)).toThrow(UnencodableText)
  })

  test('the codes that moved in 2022 are written in their new place', () => {
    expect(gb18030.encode('龴︐').toString('hex')).toBe('fe59a6d9')
  })

  test('every character of Unicode comes back as it was, or is refused', () => {
    for (let codePoint = 0; codePoint < 0x110000; codePoint += codePoint < 0x20000 ? 1 : 97) {
      const text = String.fromCodePoint(codePoint)
      if (gb18030.firstUnencodable(text)) continue
      const bytes = gb18030.encode(text)
      if (gb18030.decode(bytes) !== text) expect.fail(`U+${codePoint.toString(16)} came back changed`)
      if (bytes.length !== gb18030.byteLength(text))
        expect.fail(`U+${codePoint.toString(16)} was measured wrongly`)
    }
  })

  test('only private-use characters without a four-byte code and halves of a pair are refused', () => {
    const refused = Array.from({ length: 0x10000 }, (_, unit) => unit).filter((unit) =>
      gb18030.firstUnencodable(String.fromCharCode(unit)),
    )
    expect(refused.every((unit) => unit >= 0xd800 && unit <= 0xf8ff)).toBe(true)
    expect(gb18030.firstUnencodable('a\ud840')).toEqual({ codePoint: 0xd840, index: 1 })
    expect(gb18030.firstUnencodable('\udc00a')).toEqual({ codePoint: 0xdc00, index: 0 })
  })

  test('agrees with iconv-lite outside the code points that moved in 2022', () => {
    const moved = /[\u9fb4-\u9fbb\ufe10-\ufe19]/
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!moved.test(text) && !gb18030.firstUnencodable(text))
        expect(gb18030.encode(text).equals(iconv.encode(text, 'gb18030'))).toBe(true)
      }),
    )
  })

  test.each(['81', '8130', '8130b7', 'ff', 'fe0a', 'e3329a36', '61fe'])('refuses the bytes %s', (hex) => {
    expect(() => gb18030.decode(Buffer.from(hex, 'hex'))).toThrow(UndecodableBytes)
    expect(() => gbk.decode(Buffer.from(hex, 'hex'))).toThrow(UndecodableBytes)
  })

  test('GBK refuses four-byte codes that it does not have', () => {
    expect(() => gbk.decode(Buffer.from('8230b731', 'hex'))).toThrow(UndecodableBytes)
  })

  test('measures what it writes, pairs included', () => {
    const text = '阿依古丽·买买提𬭎㛃A'
    const room = Buffer.alloc(64)
    const length = gb18030.writeInto(room, 3, text)
    expect(length).toBe(gb18030.byteLength(text))
    expect(gb18030.decode(room.subarray(3, 3 + length))).toBe(text)
  })
})

describe('UTF-8', () => {
  const utf8 = charset('utf8')

  test('round-trips and refuses half a pair', () => {
    expect(utf8.decode(utf8.encode('王䶮𬭎'))).toBe('王䶮𬭎')
    expect(utf8.firstUnencodable('王\ud840')).toEqual({ codePoint: 0xd840, index: 1 })
    expect(() => utf8.writeInto(Buffer.alloc(9), 0, '王\udc00')).toThrow(UnencodableText)
    expect(() => utf8.writeInto(Buffer.alloc(9), 0, '王\ud840')).toThrow(UnencodableText)
    expect(() => utf8.encode('\udc00')).toThrow(UnencodableText)
    expect(() => utf8.decode(Buffer.from('e4b6', 'hex'))).toThrow(UndecodableBytes)
  })

  test('is written as the platform writes it, at any offset', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, offset) => {
        const room = Buffer.alloc(offset + 4 * text.length + 1)
        const length = charset('utf8').writeInto(room, offset, text)
        expect(room.subarray(offset, offset + length)).toEqual(Buffer.from(text))
      }),
    )
  })
})
