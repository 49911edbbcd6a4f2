/** Every error is problem+json, in both languages, and shows nothing of what is inside (S07, S37). */

import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCalendar } from '../../../gateway/banks/calendar.ts'
import { openPool } from '../../../gateway/store/pool.ts'
import { buildApi } from '../../../ops/api/api.ts'
import { apiRoutes } from '../../../ops/api/api-routes.ts'
import { isProblemCode, problemCodes, problemOf } from '../../../ops/api/problems.ts'
import { header, lines } from '../../gateway/intake/intake-stand.ts'
import { type ApiStand, openApiStand, type TestCall } from './api-stand.ts'

let stand: ApiStand

beforeAll(async () => {
  stand = await openApiStand({ jsonBytes: 2000, batchBytes: 4000 })
})
afterAll(() => stand.close())

const members = ['type', 'title', 'title_zh', 'status', 'detail', 'code', 'instance', 'traceId', 'errors']

/** Checks the shape that every problem has, and gives its body. */
function problemIn(answer: LightMyRequestResponse): Record<string, unknown> {
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  const body = answer.json()
  for (const member of members) expect(body).toHaveProperty(member)
  expect(body.status).toBe(answer.statusCode)
  expect(isProblemCode(body.code)).toBe(true)
  expect(body.type).toBe(`/problems/${body.code}`)
  expect(body.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(answer.body).not.toMatch(/node_modules|\.ts:\d|select |insert |at .+\(|\/tmp/i)
  return body
}

const open = { method: 'POST', url: '/v1/batches', key: 'k', body: {} } as const
const put = { method: 'PUT', url: '/v1/batches/NONE/instructions?part=1', body: Buffer.from('{}\n') } as const

const calls: readonly (readonly [title: string, call: TestCall, status: number, code: string])[] = [
  ['an unknown address', { method: 'GET', url: '/v1/nothing' }, 404, 'ROUTE_NOT_FOUND'],
  [
    'an address with a broken escape',
    { method: 'GET', url: '/v1/batches/%E0%A4%A' },
    400,
    'REQUEST_MALFORMED',
  ],
  ['another method', { method: 'DELETE', url: '/v1/batches/A' }, 405, 'METHOD_NOT_ALLOWED'],
  ['no token', { ...open, token: '' }, 401, 'UNAUTHENTICATED'],
  ['an unknown token', { ...open, token: 'huida_AAAAAAAAAAAAAAAAAAAAAAAAAAAA' }, 401, 'UNAUTHENTICATED'],
  ['a token that is none', { ...open, token: "' or 1=1 --" }, 401, 'UNAUTHENTICATED'],
  ['no idempotency key', { method: 'POST', url: '/v1/batches', body: {} }, 400, 'IDEMPOTENCY_KEY_MISSING'],
  ['an idempotency key of 256', { ...open, key: 'k'.repeat(256) }, 400, 'IDEMPOTENCY_KEY_INVALID'],
  ['an idempotency key with a space', { ...open, key: 'a b' }, 400, 'IDEMPOTENCY_KEY_INVALID'],
  ['a header of another shape', open, 422, 'HEADER_REFUSED'],
  ['a body of another type', { ...open, body: Buffer.from('{}') }, 415, 'MEDIA_TYPE_UNKNOWN'],
  [
    'an upload of another type',
    { ...put, headers: { 'content-type': 'application/json' } },
    415,
    'MEDIA_TYPE_UNKNOWN',
  ],
  [
    'an upload in another charset',
    { ...put, headers: { 'content-type': 'text/csv; charset=gbk' } },
    415,
    'MEDIA_TYPE_UNKNOWN',
  ],
  [
    'an upload packed by another program',
    { ...put, headers: { 'content-encoding': 'br' } },
    415,
    'ENCODING_UNKNOWN',
  ],
  ['a packed JSON body', { ...open, headers: { 'content-encoding': 'gzip' } }, 415, 'ENCODING_UNKNOWN'],
  ['a batch that is not there', { method: 'GET', url: '/v1/batches/NONE' }, 404, 'BATCH_NOT_FOUND'],
  ['an upload to it', put, 404, 'BATCH_NOT_FOUND'],
  [
    'an instruction that is not there',
    { method: 'GET', url: '/v1/instructions/NONE' },
    404,
    'INSTRUCTION_NOT_FOUND',
  ],
  ['a batch number with a NUL', { method: 'GET', url: '/v1/batches/A%00B' }, 400, 'REQUEST_INVALID'],
  ['a part number of zero', { ...put, url: '/v1/batches/NONE/instructions?part=0' }, 400, 'REQUEST_INVALID'],
  ['a limit of 1001', { method: 'GET', url: '/v1/outcomes?limit=1001' }, 400, 'REQUEST_INVALID'],
  ['a cursor of another kind', { method: 'GET', url: '/v1/outcomes?after=1;drop' }, 400, 'REQUEST_INVALID'],
  [
    'S07: an unknown query member',
    { method: 'GET', url: '/v1/corrections?client=town' },
    400,
    'REQUEST_INVALID',
  ],
  ['a query member twice', { method: 'GET', url: '/v1/corrections?after=1&after=2' }, 400, 'REQUEST_INVALID'],
  [
    'a problem code that is none',
    { method: 'GET', url: '/problems/NOTHING', token: '' },
    404,
    'PROBLEM_NOT_FOUND',
  ],
]

describe('a call is refused for', () => {
  it.each(calls)('%s', async (_title, call, status, code) => {
    const answer = await stand.call(call)
    expect(problemIn(answer)).toMatchObject({ status, code })
  })

  it.each([
    ['text that is no JSON', Buffer.from('{"batchNo":'), 400, 'JSON_MALFORMED'],
    ['no text at all', Buffer.from(''), 400, 'JSON_MALFORMED'],
    ['a byte order mark', Buffer.from('\ufeff{}'), 400, 'JSON_MALFORMED'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xd1, 0xee, 0x22]), 400, 'JSON_MALFORMED'],
    ['F13: a float', Buffer.from('{"declared":{"count":1,"amountFen":1e3}}'), 400, 'NUMBER_NOT_INTEGER'],
    ['a number beyond 2^53', Buffer.from('{"n":9007199254740993}'), 400, 'NUMBER_NOT_INTEGER'],
    ['a body over the limit', Buffer.from(`"${'x'.repeat(5000)}"`), 413, 'BODY_TOO_LARGE'],
    ['a prototype', Buffer.from('{"__proto__":{"state":"accepted"}}'), 422, 'HEADER_REFUSED'],
  ])('%s', async (_title, body, status, code) => {
    const answer = await stand.call({ ...open, body, headers: { 'content-type': 'application/json' } })
    expect(problemIn(answer)).toMatchObject({ status, code })
  })

  it('S07: members of a header that nobody asked for, and says which', async () => {
    const body = { ...header('MASS', lines('MASS', 1)), state: 'accepted', approvedBy: 'me' }
    const answer = await stand.call({ ...open, key: 'mass', body })
    expect(problemIn(answer)).toMatchObject({ code: 'HEADER_REFUSED' })
    expect(answer.body).toContain('state approvedBy')
    expect((await stand.call({ method: 'GET', url: '/v1/batches/MASS' })).statusCode).toBe(404)
  })
})

describe('an answer', () => {
  it('names the methods that an address takes', async () => {
    const answer = await stand.call({ method: 'PATCH', url: '/v1/batches/A/instructions' })
    expect(answer.headers.allow).toBe('PUT, GET, HEAD')
  })

  it('bears the trace id that the caller sent', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const answer = await stand.call({ method: 'GET', url: '/v1/batches/NONE', headers: { traceparent } })
    expect(answer.json()).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      instance: 'urn:huida:trace:0af7651916cd43dd8448eb211c80319c',
    })
  })

  it('never repeats what was sent', async () => {
    const secret = '110101188001011234'
    const answer = await stand.call({
      method: 'POST',
      url: '/v1/treasury-returns',
      key: 'secret',
      body: { instructionIds: [`${secret} `], by: `${secret} `, reason: '\u0007', [secret]: 1 },
    })
    expect(problemIn(answer).errors).toHaveLength(4)
    expect(answer.body).not.toContain(secret)
  })

  it('stands behind every code in both languages', async () => {
    for (const code of problemCodes) {
      const { status, title, titleZh } = problemOf(code)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(titleZh).toMatch(/[一-鿿]/)
      const page = await stand.call({ method: 'GET', url: `/problems/${code}`, token: '' })
      expect(page.json()).toMatchObject({ code, status, title })
    }
  })

  it('F13: leaves nothing behind when a call is refused', async () => {
    expect(await stand.intake.count('select count(*)::int as n from batch')).toBe(0)
    expect(await stand.intake.count('select count(*)::int as n from idempotency')).toBe(0)
  })
})

describe('S37: a failure of ours', () => {
  it('shows its code and a trace id in every route, and nothing else', async () => {
    const broken = await openApiStand()
    await broken.intake.rows('drop table batch cascade')
    const asking = apiRoutes.filter(({ operation }) => !withoutDatabase.includes(operation))
    for (const route of asking) {
      const answer = await broken.call({
        method: route.method,
        url: route.path.replace('{exceptionId}', '1').replaceAll(/\{\w+\}/g, 'ANY'),
        key: 'any',
        ...(route.body !== undefined && { body: bodyOf(route.operation) }),
      })
      const body = problemIn(answer)
      expect(body).toMatchObject({
        status: 500,
        code: 'INTERNAL',
        title: 'Something in this program is wrong',
      })
      expect(body).toMatchObject({ detail: body.title, errors: [] })
      expect(broken.failures.at(-1)).toMatchObject({
        traceId: body.traceId,
        code: 'INTERNAL',
        error: { code: '42P01' },
      })
    }
    expect(broken.failures).toHaveLength(asking.length)
    await broken.close()
  })

  it('asks to come again when the database is gone', async () => {
    const { needs } = stand.intake
    const db = openPool('postgresql://nobody@127.0.0.1:1/none', { connectTimeoutMs: 1000 })
    const app = buildApi({
      db,
      clock: needs.clock,
      calendar: loadCalendar(),
      intake: { ...needs, db },
      wake: () => {},
      version: '0',
    })
    const answer = await app.inject({
      method: 'GET',
      url: '/v1/outcomes',
      headers: { authorization: `Bearer ${stand.tokens.county}` },
    })
    expect(problemIn(answer)).toMatchObject({ status: 503, code: 'DATABASE_UNREACHABLE' })
    expect(answer.headers['retry-after']).toBe('5')
    await app.close()
    await db.close()
  })
})

/** What answers without asking the database. */
const withoutDatabase = ['showDocument', 'explainWindow']

function bodyOf(operation: string): unknown {
  const ids = { instructionIds: ['A-1'], by: 'somebody' }
  switch (operation) {
    case 'openBatch':
      return header('ANY', lines('ANY', 1))
    case 'sealBatch':
      return { count: 1, amountFen: 1, sha256: '0'.repeat(64) }
    case 'decideReturns':
      return { ...ids, reason: 'any' }
    case 'confirmReturns':
      return { ...ids, voucherNo: 'V-1', voucherDate: '2026-11-25' }
    case 'holdBatch':
    case 'releaseBatch':
      return { reason: 'any' }
    case 'resolveException':
      return { act: 'dismiss', by: 'somebody', reason: 'any', evidence: 'any' }
    default:
      return Buffer.from('{}\n')
  }
}
