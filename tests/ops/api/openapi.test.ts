/** The document says what the server does: same routes, same shapes, and the committed copy is the current one. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiRoutes, openapiDocument } from '../../../ops/api/api-routes.ts'
import { type ApiStand, openApiStand } from './api-stand.ts'

let stand: ApiStand

beforeAll(async () => {
  stand = await openApiStand()
})
afterAll(() => stand.close())

const committed: unknown = JSON.parse(
  readFileSync(new URL('../../../ops/api/openapi.json', import.meta.url), 'utf8'),
)
const plain = (): Record<string, Record<string, unknown>> => JSON.parse(JSON.stringify(openapiDocument()))

it('the committed document is the one that the routes make; npm run openapi writes it', () => {
  expect(committed).toEqual(plain())
})

it('the server serves it', async () => {
  const answer = await stand.call({ method: 'GET', url: '/v1/openapi.json' })
  expect(answer.json()).toEqual(committed)
})

it('S42: every address of the API is in it, and no other', () => {
  const documented = Object.entries(plain().paths ?? {}).flatMap(([path, item]) =>
    Object.keys(Object(item)).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(documented.sort()).toEqual(apiRoutes.map(({ method, path }) => `${method} ${path}`).sort())
  for (const address of ['/livez', '/readyz', '/metrics']) {
    expect(stand.app.hasRoute({ method: 'GET', url: address })).toBe(false)
  }
})

it('every reference leads somewhere, and every operation has a name of its own', () => {
  const text = JSON.stringify(committed)
  const schemas = Object.keys(Object(plain().components?.schemas))
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(schemas).toContain(name)
  const operations = apiRoutes.map(({ operation }) => operation)
  expect(new Set(operations).size).toBe(operations.length)
})

it('requests are closed, answers may grow', () => {
  const schemas = Object(plain().components?.schemas)
  expect(schemas.OpenBatchRequest.additionalProperties).toBe(false)
  expect(schemas.DecideReturnsRequest.additionalProperties).toBe(false)
  expect(schemas.ShowBatchAnswer.additionalProperties).toBeUndefined()
  expect(schemas.OpenBatchRequest.required).toContain('declared')
})
