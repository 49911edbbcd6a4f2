/** What each shape of API makes of an answer: a word on our file, or nothing at all (law 5, reliability.md R2 and R6). */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createCmbMessages } from '../../../../crypto/gm/cmb-message.ts'
import { makeSm2Key } from '../../../../crypto/gm/sm2-keys.ts'
import { loadCatalog } from '../../../../formats/profile/load-catalog.ts'
import { charset } from '../../../../formats/values/charset.ts'
import { money } from '../../../../formats/values/money.ts'
import {
  channelSchema,
  type FormPostTerms,
  type JsonSmTerms,
  type XmlPostTerms,
} from '../../../../gateway/banks/channel-schema.ts'
import type { Answered, ApiOrder } from '../../../../gateway/transfer/api/bank-api.ts'
import { type FormFields, readForm, signedForm } from '../../../../gateway/transfer/api/form-fields.ts'
import { formPostApi } from '../../../../gateway/transfer/api/form-post.ts'
import { httpsLine } from '../../../../gateway/transfer/api/https-line.ts'
import { jsonSmApi } from '../../../../gateway/transfer/api/json-sm.ts'
import { xmlPostApi } from '../../../../gateway/transfer/api/xml-post.ts'
import { type HttpsDoor, openHttpsDoor } from '../../../../ops/simulator/api/https-door.ts'
import { jsonAnswer } from '../../../../ops/simulator/api/json-door.ts'

const pin = Buffer.alloc(32, 3).toString('base64')
const reference = '000000000042'
const at = new Date('2026-11-20T02:00:00Z')
const wrap = loadCatalog().get('unionpay-acp')?.wrap

const order: ApiOrder = {
  fileId: 42,
  reference,
  header: {
    businessDate: '20261120',
    time: '100000',
    sequence: 3,
    fileNumber: reference,
    count: 2,
    totalFen: money(123_456n),
    programmeName: '耕地地力保护补贴',
    fundingAccount: '43050500000000000015',
    settings: {},
  },
  wrap,
}

const base = { kind: 'api', url: 'https://bank.example:8443', serverPins: [pin] }

function termsOf<Shape extends string>(document: object, shape: Shape) {
  const terms = channelSchema.parse({ ...base, ...document, shape })
  if (terms.kind !== 'api' || terms.shape !== shape) throw new Error('another shape')
  return terms
}

describe('the signed form', () => {
  const customer = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const bank = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const files = { signingKeyFile: 'x', bankKeyFile: 'x' }
  const found = termsOf({ merchant: '777290058110097', certId: '1', ...files }, 'form-post')
  const terms: FormPostTerms = found.shape === 'form-post' ? found : fail()
  const api = formPostApi(terms, {
    signing: customer.privateKey,
    bank: Buffer.from(bank.publicKey.export({ type: 'spki', format: 'pem' })),
  })
  const ours = { merId: '777290058110097', batchNo: '0003', txnTime: '20261120100000' }
  const answer = (fields: FormFields, key = bank.privateKey): Buffer =>
    Buffer.from(
      Object.entries(signedForm(fields, key))
        .map(([name, value]) => `${name}=${value}`)
        .join('&'),
    )

  it('carries the packed file and the same identity for every try', async () => {
    const one = await api.submission(order, Buffer.from('content'), at)
    const two = await api.submission(order, Buffer.from('content'), new Date(at.getTime() + 3_600_000))
    expect(two.body.equals(one.body)).toBe(true)
    const fields = Object.fromEntries(new URLSearchParams(one.body.toString()))
    expect(fields).toMatchObject({ ...ours, txnType: '21', totalQty: '2', totalAmt: '123456' })
    expect(fields.fileContent).toBe(wrap?.(Buffer.from('content')).toString('latin1'))
  })

  it('says what the list says, and R6: nothing for a code in no list', () => {
    const said = (respCode: string) => api.submitted(order, answer({ ...ours, respCode })).kind
    expect(['00', '03', '04', '05', '34', '77'].map(said)).toEqual([
      'accepted',
      'in-progress',
      'in-progress',
      'in-progress',
      'not-known',
      'unclear',
    ])
  })

  it('F50: an answer that is altered, unsigned, of a stranger, of another batch or no form says nothing', () => {
    const good = answer({ ...ours, respCode: '00' }).toString()
    const bad = [
      good.replace('respCode=00', 'respCode=05'),
      good.replace(/&signature=.*/, ''),
      `${good}&respCode=00`,
      answer({ ...ours, respCode: '00' }, customer.privateKey).toString(),
      answer({ ...ours, batchNo: '0004', respCode: '00' }).toString(),
      answer({ ...ours, txnTime: '20261119100000', respCode: '00' }).toString(),
      '',
      '<html>busy</html>',
      'respCode=00',
    ]
    expect(bad.map((body) => api.submitted(order, Buffer.from(body)).kind)).toEqual(bad.map(() => 'unclear'))
  })

  it('takes a result from the file alone, and a question that was not answered for nothing', () => {
    const asked = (fields: FormFields): Answered => api.answered(order, answer({ ...ours, ...fields }))
    expect(asked({ respCode: '05' }).said.kind).toBe('unclear')
    expect(asked({ respCode: '00' }).said.kind).toBe('unclear')
    expect(asked({ respCode: '00', origRespCode: '05' })).toEqual({ said: { kind: 'in-progress' } })
    expect(asked({ respCode: '34' }).said.kind).toBe('not-known')
    const page = asked({ respCode: '00', fileContent: 'eJw=' }).page
    expect(page?.toString()).toBe('eJw=')
  })

  it('F54: knows a notice again, and refuses a forged one', () => {
    const notice = answer({ ...ours, respCode: '00' })
    expect(api.notice(notice)).toMatch(/^[0-9a-f]{64}$/)
    expect(api.notice(notice)).toBe(api.notice(notice))
    expect(api.notice(Buffer.from(notice.toString().replace('00', '01')))).toBeUndefined()
  })

  it('a message with a name twice, or of endless fields, is no form', () => {
    expect(readForm(Buffer.from('a=1&a=2'))).toBeUndefined()
    expect(readForm(Buffer.from(Array.from({ length: 200 }, (_, n) => `f${n}=1`).join('&')))).toBeUndefined()
    expect(readForm(Buffer.from('a=1=2&b='))).toEqual({ a: '1=2', b: '' })
  })
})

describe('XML in a form', () => {
  const found = termsOf(
    {
      customer: '4301000001',
      userId: 'huida.c.4301',
      codes: { accepted: [], inProgress: [], notKnown: ['B0115'], refused: ['B0020'] },
    },
    'xml-post',
  )
  const terms: XmlPostTerms = found.shape === 'xml-post' ? found : fail()
  const api = xmlPostApi(terms, undefined)
  const body = (xml: string): Buffer =>
    Buffer.from(
      `reqData=${charset('gbk').encode(`<?xml version="1.0" encoding="GBK"?>\n${xml}`).toString('base64')}`,
    )
  const packaged = (code: string, number = reference, out = '<out/>'): Buffer =>
    body(
      `<CMS><eb><pub><TransCode>PAYPER</TransCode><fSeqno>${number}</fSeqno><RetCode>${code}</RetCode><RetMsg>信息</RetMsg></pub>${out}</eb></CMS>`,
    )
  let door: HttpsDoor | undefined
  afterEach(() => door?.close())

  it('says what the package says', () => {
    const said = (code: string) => api.submitted(order, packaged(code)).kind
    expect(['0', 'B0115', 'B0020', 'B9999'].map(said)).toEqual([
      'accepted',
      'not-known',
      'refused',
      'unclear',
    ])
  })

  it('F50: garbage, a foreign charset, half a document and another file say nothing', () => {
    const whole = packaged('0')
    const bad = [
      Buffer.alloc(0),
      Buffer.from('<html>维护</html>'),
      whole.subarray(0, 60),
      Buffer.from('reqData=****'),
      body('<CMS><eb><pub><RetCode>0</RetCode></pub></eb></CMS>'),
      packaged('0', '000000000043'),
      body(`<!DOCTYPE x><CMS><eb><pub><fSeqno>${reference}</fSeqno><RetCode>0</RetCode></pub></eb></CMS>`),
      Buffer.from(`reqData=${Buffer.from([0xff, 0xfe, 0x41]).toString('base64')}`),
    ]
    expect(bad.map((one) => api.submitted(order, one).kind)).toEqual(bad.map(() => 'unclear'))
  })

  it('gives rows as they came, and says in progress without any', () => {
    expect(api.answered(order, packaged('0')).said.kind).toBe('in-progress')
    const rows = '<out><rd><iSeqno>1</iSeqno><Result>7</Result></rd></out>'
    const answered = api.answered(order, packaged('0', reference, rows))
    expect(answered.said.kind).toBe('accepted')
    expect(answered.page?.toString('latin1')).toContain('<Result>7</Result>')
    expect(api.answered(order, packaged('B0020', reference, rows)).page).toBeUndefined()
  })

  it('is signed by the front end, and not sent when that does not sign', async () => {
    let answer = '<html><sign>c2ln\nbmVk</sign></html>'
    door = await openHttpsDoor(async () => ({ kind: 'answer', body: answer }))
    const signer = httpsLine({
      url: door.url,
      pins: [door.pin],
      connectMs: 1000,
      answerMs: 1000,
      maxAnswerBytes: 4096,
    })
    const sign = { url: door.url, path: '/', contentType: 'INFOSEC_SIGN/1.0' }
    const signing = xmlPostApi({ ...terms, sign }, signer)
    const call = await signing.submission(order, Buffer.from('<CMS/>'), at)
    expect(new URLSearchParams(call.body.toString()).get('reqData')).toBe('c2lnbmVk')
    expect(call.path).toContain(`PackageID=${reference}`)
    answer = '<html>error</html>'
    await expect(signing.submission(order, Buffer.from('<CMS/>'), at)).rejects.toMatchObject({
      code: 'BANK_UNREACHABLE',
    })
    await signing.close()
  })
})

describe('sorted JSON under SM2 and SM4', () => {
  const [customer, bank, symmetricKey] = [makeSm2Key(), makeSm2Key(), randomBytes(16)]
  const uid = 'N002432301'
  const keys = { requestKeys: ['trxseq', 'accnbr'], answerKeys: ['trxseq', 'stscod'] }
  const files = { symmetricKeyFile: 'x', signingKeyFile: 'x', bankKeyFile: 'x' }
  const found = termsOf(
    { uid, ...files, ...keys, codes: { accepted: [], inProgress: [], notKnown: ['CMBN001'], refused: [] } },
    'json-sm',
  )
  const terms: JsonSmTerms = found.shape === 'json-sm' ? found : fail()
  const agreed = { uid, symmetricKey }
  const messages = createCmbMessages({ ...agreed, signingKey: customer.key, bankKey: bank.publicKey.point })
  const theirs = createCmbMessages({ ...agreed, signingKey: bank.key, bankKey: customer.publicKey.point })
  const api = jsonSmApi(terms, messages)
  const sealed = (head: object, body: object, signing = bank): Buffer =>
    Buffer.from(jsonAnswer({ uid, signing, symmetricKey }, { head, body }))
  const head = { reqid: `${reference}20261120100000`, resultcode: 'SUC0000' }
  const batch = { bb6bpdqyz1: [{ yurref: reference, reqsta: 'FIN' }] }

  it('names the file by yurref and tells its rows by the keys of the agreement', async () => {
    const call = await api.submission(order, Buffer.from('00000001|6217\n00000002|6218\n'), at)
    const text = theirs.open(new URLSearchParams(call.body.toString()).get('DATA') ?? '')
    expect(JSON.parse(text).request.body).toMatchObject({
      bb6cdcbhx1: [{ yurref: reference, ttlamt: '1234.56', ttlcnt: '2', begtag: 'Y', endtag: 'Y' }],
      bb6cdcdlx1: [
        { trxseq: '00000001', accnbr: '6217' },
        { trxseq: '00000002', accnbr: '6218' },
      ],
    })
  })

  it('is not sent when the keys do not fit the layout', async () => {
    await expect(api.submission(order, Buffer.from('1|2|3\n'), at)).rejects.toMatchObject({
      code: 'AGREEMENT_INVALID',
    })
    await expect(api.submission(order, Buffer.from([0xff, 0x7c, 0x31]), at)).rejects.toMatchObject({
      code: 'AGREEMENT_INVALID',
    })
  })

  it('F50: clear text, garbage, a stranger’s signature and another file say nothing', () => {
    const bad = [
      Buffer.from('CDCServer:系统繁忙'),
      Buffer.from('ErrMsg: no'),
      Buffer.from('<html></html>'),
      Buffer.alloc(0),
      randomBytes(64),
      Buffer.from(randomBytes(64).toString('base64')),
      sealed(head, {}, customer),
      sealed({ ...head, reqid: '000000000043x' }, {}),
      sealed({ resultcode: 'SUC0000' }, {}),
      sealed({ ...head, resultcode: 'X' }, {}),
    ]
    expect(bad.map((one) => api.submitted(order, one).kind)).toEqual(bad.map(() => 'unclear'))
    expect(api.submitted(order, sealed(head, {})).kind).toBe('accepted')
  })

  it('takes rows of a final batch only, with the key of the next page', () => {
    const rows = [{ trxseq: '00000001', stscod: 'S' }]
    const ask = (body: object): Answered => api.answered(order, sealed(head, body))
    expect(ask({ bb6bpdqyz1: [{ yurref: reference, reqsta: 'BNK' }], bb6bpdqyz2: rows })).toEqual({
      said: { kind: 'in-progress' },
    })
    expect(ask({ ...batch, bb6bpdqyz2: rows, bb6bpdqyy1: [{ ctnkey: '20' }] })).toMatchObject({
      said: { kind: 'accepted' },
      page: Buffer.from('00000001|S\n'),
      next: '20',
    })
    expect(ask({ ...batch, bb6bpdqyz2: rows, bb6bpdqyy1: [{ ctnkey: '' }] }).next).toBeUndefined()
    expect(ask({ bb6bpdqyz1: [{ yurref: '000000000043', reqsta: 'FIN' }] }).said.kind).toBe('unclear')
    expect(api.answered(order, sealed({ ...head, resultcode: 'CMBN001' }, {})).said.kind).toBe('not-known')
  })

  it('refuses a member that would forge a line of the layout', () => {
    for (const stscod of ['S|x', 'S\n00000002|S', ['S'], { a: 'S' }])
      expect(
        api.answered(order, sealed(head, { ...batch, bb6bpdqyz2: [{ trxseq: '1', stscod }] })).said.kind,
      ).toBe('unclear')
  })
})

describe('an agreement on an API', () => {
  const problems = (document: object): string[] => {
    const parsed = channelSchema.safeParse({
      ...base,
      shape: 'xml-post',
      customer: '1',
      userId: 'u',
      ...document,
    })
    return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'))
  }

  it('S01: needs a pinned key or a named authority, and a client certificate with its key', () => {
    expect(problems({})).toEqual([])
    expect(problems({ serverPins: undefined })).toEqual(['serverPins'])
    expect(problems({ serverPins: undefined, serverCaFile: 'ca.pem' })).toEqual([])
    expect(problems({ serverPins: ['short'] })).toEqual(['serverPins.0'])
    expect(problems({ clientKeyFile: 'key.pem' })).toEqual(['clientKeyFile'])
  })

  it('S31: takes an https origin and nothing else, and plain HTTP for a signer on this machine alone', () => {
    for (const url of [
      'http://bank',
      'https://u:p@bank',
      'https://bank/x?y',
      'https://bank/../',
      'ftp://bank',
      'https://a@b',
    ])
      expect(problems({ url })).toEqual(['url'])
    expect(problems({ sign: { url: 'http://127.0.0.1:449' } })).toEqual([])
    expect(problems({ sign: { url: 'http://10.0.0.1:449' } })).toEqual(['sign.url'])
    expect(problems({ sign: { url: 'http://127.0.0.1.evil.example' } })).toEqual(['sign.url'])
  })
})

function fail(): never {
  throw new Error('another shape')
}

it('the agreement in the README holds', () => {
  const readme = readFileSync('gateway/transfer/api/README.md', 'utf8')
  const document: unknown = parse(/```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '')
  const channel =
    typeof document === 'object' && document !== null && 'channel' in document ? document.channel : {}
  expect(channelSchema.parse(channel)).toMatchObject({
    shape: 'form-post',
    queries: { most: 5, forDays: 10 },
  })
})
