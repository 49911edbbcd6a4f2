import fc from 'fast-check'
import { sm2, sm4 } from 'sm-crypto-v2'
import { describe, expect, it } from 'vitest'
import { BadJson, canonicalJson, readJson } from '../../../crypto/gm/canonical-json.ts'
import { type CmbAgreement, createCmbMessages } from '../../../crypto/gm/cmb-message.ts'
import { sm2ScalarOf } from '../../../crypto/gm/sm2-keys.ts'
import { agreement, answer, bank, company, iv, UID } from './cmb-bank.ts'
import { codeOf } from './gm-parties.ts'

const ours = createCmbMessages(agreement)
/** The bank sees the same agreement from the other side. */
const theirs = createCmbMessages({ ...agreement, signingKey: bank.key, bankKey: company.publicKey.point })
const AT = new Date('2026-06-01T16:30:05Z')

describe('a message of CMB', () => {
  it('is what the interface describes: sorted, signed with a placeholder, encrypted', () => {
    const data = ours.seal(
      '{"head":{"userid":"U1","funcode":"DCLISMOD"},"body":{"amt":12.50,"b":[{"z":1,"a":2}]}}',
      AT,
    )
    const options = { mode: 'cbc', iv: new Uint8Array(iv), output: 'array' } as const
    const opened = sm4.decrypt(
      new Uint8Array(Buffer.from(data, 'base64')),
      new Uint8Array(agreement.symmetricKey),
      options,
    )
    const text = Buffer.from(opened).toString('utf8')
    const sigdat = /"sigdat":"([^"]+)"/.exec(text)?.[1] ?? ''
    const unsigned = text.replace(sigdat, '__signature_sigdat__')
    expect(unsigned).toBe(
      '{"request":{"body":{"amt":12.50,"b":[{"a":2,"z":1}]},"head":{"funcode":"DCLISMOD","userid":"U1"}},' +
        '"signature":{"sigdat":"__signature_sigdat__","sigtim":"20260602003005"}}',
    )
    const signature = Buffer.from(sigdat, 'base64').toString('hex')
    const byOther = sm2.doVerifySignature(unsigned, signature, company.publicKey.point.toString('hex'), {
      hash: true,
      userId: 'N002432301000000',
    })
    expect(signature).toHaveLength(128)
    expect(byOther).toBe(true)
    expect(ours.form('DCLISMOD', data)).toEqual({ UID, FUNCODE: 'DCLISMOD', ALG: 'SM', DATA: data })
  })

  it('opens on the other side, numbers and spaces inside values untouched', () => {
    const request = '{ "nam" : "王 某", "amt" : 1200.00, "acc" : "6222 0210", "seq" : 12345678901234567890 }'
    const opened = theirs.open(ours.seal(request, AT))
    expect(opened).toContain(
      '"request":{"acc":"6222 0210","amt":1200.00,"nam":"王 某","seq":12345678901234567890}',
    )
  })

  it('opens an answer, also with line ends in its Base64 and its keys in another order', () => {
    expect(ours.open(answer('{"head":{"resultcode":"SUC0000"}}'))).toContain('SUC0000')
    expect(ours.open(`\n${answer('{}').replace(/.{40}/g, '$&\r\n')}\n`)).toContain('response')
    const reordered = (text: string) => {
      const [, response = '', signature = ''] = /^\{("response":.*),("signature":.*)\}$/.exec(text) ?? []
      return `{ ${signature}, ${response} }`
    }
    expect(ours.open(answer('{"a":1}', { change: reordered }))).toContain('"a":1')
  })

  it('needs a UID, keys and a request of the right kind', () => {
    const make = (wrong: Partial<CmbAgreement>) => codeOf(() => createCmbMessages({ ...agreement, ...wrong }))
    expect(make({ uid: 'N00243230' })).toBe('RangeError')
    expect(make({ uid: '操作员一号操作员' })).toBe('RangeError')
    expect(make({ uid: 'A'.repeat(40) })).toBe('accepted')
    expect(make({ symmetricKey: Buffer.alloc(15) })).toBe('RangeError')
    expect(make({ bankKey: Buffer.alloc(65, 4) })).toBe('NOT_A_KEY')
    for (const request of ['[]', '', '{"a":1,"a":2}', '{"a":01}', 'null'])
      expect(() => ours.seal(request, AT)).toThrow(BadJson)
    expect(sm2ScalarOf(company)).toBeGreaterThan(0n)
  })
})

describe('canonical JSON', () => {
  const canonical = (text: string): string => canonicalJson(readJson(text))

  it('orders keys by code unit at every level and keeps the order of lists', () => {
    expect(canonical('{"b":1,"a":{"10":1,"9":2,"A":3,"a":4,"Z":[3,1,2]},"中":1,"ä":2,"😀":3,"ﬀ":4}')).toBe(
      '{"a":{"10":1,"9":2,"A":3,"Z":[3,1,2],"a":4},"b":1,"ä":2,"中":1,"😀":3,"ﬀ":4}',
    )
  })

  it('keeps numbers as they were written and takes white space from outside strings only', () => {
    expect(canonical(' { "a b" : [ 1.0 , -0 , 1e5 , 0.10 ] , "c" : " x  y\\n" } ')).toBe(
      '{"a b":[1.0,-0,1e5,0.10],"c":" x  y\\n"}',
    )
  })

  it('writes every string in one way', () => {
    expect(canonical('["\\u4e2d\\/\\u0041", "中/A", "\\u0007"]')).toBe('["中/A","中/A","\\u0007"]')
  })

  it('does not change what it wrote, and means what JSON.parse means', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonical(JSON.stringify(value, null, 2))
        expect(canonical(text)).toBe(text)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('refuses what is not JSON, what is too deep and what stands twice', () => {
    const wrong = [
      '',
      '{',
      '[1,]',
      '{"a"}',
      '{"a":1,}',
      "{'a':1}",
      '01',
      '1.',
      '.5',
      '+1',
      'NaN',
      'nul',
      '"\n"',
      '"\\x"',
      '1 2',
      '{"a":1 "b":2}',
      '\ufeff{}',
    ]
    for (const text of wrong) expect(() => readJson(text)).toThrow(BadJson)
    expect(() => readJson('['.repeat(100) + ']'.repeat(100))).toThrow(/too deep/)
    expect(() => readJson('{"a":1,"\\u0061":2}')).toThrow(/twice/)
    expect(canonical('{"__proto__":1,"constructor":2}')).toBe('{"__proto__":1,"constructor":2}')
  })

  it('reads a long string without trouble', () => {
    const long = 'x"\\'.repeat(300_000)
    expect(canonical(JSON.stringify([long]))).toBe(JSON.stringify([long]))
  })
})
