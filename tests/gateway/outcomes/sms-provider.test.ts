/** The SMS provider's odd answers: each is one of accepted, not accepted, unknown and refused, and none is taken for success. */
import nock from 'nock'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { httpSmsProvider, type SmsMessage } from '../../../gateway/outcomes/sms-provider.ts'

const url = 'http://sms.example.test'
const provider = httpSmsProvider({
  url,
  token: 'secret',
  template: 'arrival',
  maxMessages: 100,
  timeoutMs: 500,
})
const inTime = (): boolean => true
const message: SmsMessage = {
  ref: '1-1',
  phone: '13900000000',
  params: {
    name: '张三',
    programme: '耕地地力保护补贴',
    period: '2026',
    amountYuan: '500.00',
    last4: '0017',
  },
}

beforeAll(() => nock.disableNetConnect())
afterEach(() => nock.cleanAll())
afterAll(() => nock.restore())

describe('what the provider answers to a request', () => {
  it.each([
    [202, '{"requestId":"r1","accepted":1}', 'accepted', undefined],
    [202, '{"requestId":"r1","accepted":2}', 'unknown', 'SMS_UNCONFIRMED'],
    [200, '<html>OK</html>', 'unknown', 'SMS_UNCONFIRMED'],
    [202, '', 'unknown', 'SMS_UNCONFIRMED'],
    [302, '', 'not-accepted', 'SMS_REFUSED'],
    [400, '{"error":"template"}', 'refused', 'SMS_REFUSED'],
    [401, '', 'not-accepted', 'SMS_REFUSED'],
    [429, '', 'not-accepted', 'SMS_UNREACHABLE'],
    [500, 'oops', 'unknown', 'SMS_UNCONFIRMED'],
    [502, '<html>bad gateway</html>', 'unknown', 'SMS_UNCONFIRMED'],
    [503, '', 'not-accepted', 'SMS_UNREACHABLE'],
  ])('F73: %i with %j is %s', async (status, body, kind, code) => {
    nock(url).post('/v1/messages').reply(status, body, { location: 'http://elsewhere.example.test/' })
    const outcome = await provider.send('r1', [message], inTime)
    expect(outcome.kind).toBe(kind)
    expect('fault' in outcome ? outcome.fault.code : undefined).toBe(code)
  })

  it('F73: a connection that breaks or stays silent after the request went out is unknown', async () => {
    nock(url)
      .post('/v1/messages')
      .replyWithError(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))
    expect((await provider.send('r1', [message], inTime)).kind).toBe('unknown')
    nock(url).post('/v1/messages').delay(2_000).reply(202, '{"accepted":1}')
    expect((await provider.send('r1', [message], inTime)).kind).toBe('unknown')
  })

  it('F73: a connection that was never made took nothing', async () => {
    nock(url)
      .post('/v1/messages')
      .replyWithError(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }))
    expect((await provider.send('r1', [message], inTime)).kind).toBe('not-accepted')
  })

  it('F73: a caller who was held up lets nothing leave', async () => {
    const scope = nock(url).post('/v1/messages').reply(202, '{"accepted":1}')
    const outcome = await provider.send('r1', [message], () => false)
    expect(outcome.kind).toBe('not-accepted')
    expect(scope.isDone()).toBe(false)
  })

  it('sends token, template and exactly the agreed fields', async () => {
    const scope = nock(url, { reqheaders: { authorization: 'Bearer secret' } })
      .post('/v1/messages', { requestId: 'r1', template: 'arrival', messages: [{ ...message }] })
      .reply(202, '{"accepted":1}')
    await provider.send('r1', [message], inTime)
    expect(scope.isDone()).toBe(true)
  })
})

describe('asking about a request', () => {
  it.each([
    [200, 'accepted'],
    [404, 'absent'],
  ])('%i means %s', async (status, answer) => {
    nock(url).get('/v1/requests/r%2F1').reply(status, '{}')
    expect(await provider.ask('r/1')).toBe(answer)
  })

  it.each([500, 302, 401])('%i tells nothing', async (status) => {
    nock(url).get('/v1/requests/r1').reply(status, '')
    await expect(provider.ask('r1')).rejects.toMatchObject({ code: 'SMS_UNREACHABLE' })
  })
})
