/** Whatever is sent, the answer is a success or a problem of the catalogue, and never a failure of ours. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiRoutes } from '../../../ops/api/api-routes.ts'
import { isProblemCode } from '../../../ops/api/problems.ts'
import { header, lines } from '../../gateway/intake/intake-stand.ts'
import { type ApiStand, openApiStand } from './api-stand.ts'

let stand: ApiStand

beforeAll(async () => {
  stand = await openApiStand()
  await stand.call({ method: 'POST', url: '/v1/batches', body: header('ANY', lines('ANY', 3)), key: 'any' })
})
afterAll(() => stand.close())

const segment = fc.oneof(
  fc.constantFrom('ANY', 'ANY-0000001', '..', '%00', '%E0%A4%A', "'--", '\u{1f4b0}'),
  fc.string({ maxLength: 80 }).map(encodeURIComponent),
)
const queryValue = fc.oneof(
  fc.constantFrom('0', '1', '-1', '1001', '1e3', '9'.repeat(30), '1.2', 'held', 'open'),
  fc.string({ maxLength: 20 }).map(encodeURIComponent),
)
const queryName = fc.constantFrom('after', 'limit', 'state', 'part', 'client', '__proto__')
const text = fc.oneof(
  fc.json(),
  fc.constantFrom(
    '{"count":1,"amountFen":1,"sha256":""}',
    '{"instructionIds":["A"],"by":"\\u0000","reason":"\\ud800"}',
  ),
  fc.string(),
)
const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  text.map((one) => Buffer.from(one)),
)

const request = fc.record({
  route: fc.constantFrom(...apiRoutes),
  method: fc.option(fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS' as const)),
  segment,
  query: fc.array(fc.tuple(queryName, queryValue), { maxLength: 2 }),
  contentType: fc.constantFrom(
    'application/json',
    'application/x-ndjson',
    'text/csv',
    'text/plain',
    'nonsense',
  ),
  contentEncoding: fc.constantFrom('identity', 'gzip', 'br'),
  key: fc.option(fc.string({ maxLength: 300 }).map((one) => one.replaceAll(/[^\x20-\x7e]/g, 'x'))),
  body,
})

it('no request of any kind makes the API fail, and every refusal is a problem', async () => {
  await fc.assert(
    fc.asyncProperty(request, async (made) => {
      const method = made.method ?? made.route.method
      const query = made.query.map(([name, value]) => `${name}=${value}`).join('&')
      const answer = await stand.app.inject({
        method,
        url: `${made.route.path.replaceAll(/\{\w+\}/g, made.segment)}?${query}`,
        headers: {
          authorization: `Bearer ${stand.tokens.county}`,
          ...(made.key !== null && { 'idempotency-key': made.key }),
          ...(method !== 'GET' && {
            'content-type': made.contentType,
            'content-encoding': made.contentEncoding,
          }),
        },
        ...(method !== 'GET' && { payload: made.body }),
      })
      expect(stand.failures).toEqual([])
      expect(answer.statusCode).toBeLessThan(500)
      if (answer.statusCode < 400) return
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(isProblemCode(answer.json().code)).toBe(true)
    }),
    { numRuns: 600 },
  )
})
