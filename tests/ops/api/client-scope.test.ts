/** S05: whatever belongs to one client does not exist for another, on every route; tokens are kept as digests only. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiRoutes } from '../../../ops/api/api-routes.ts'
import { createClient } from '../../../ops/api/client-store.ts'
import { lines, ndjson } from '../../gateway/intake/intake-stand.ts'
import { type ApiStand, heldLines, openApiStand, postBatch, type TestCall, totals } from './api-stand.ts'

let stand: ApiStand
const all = heldLines('OWNED', 4)
const held = 'OWNED-0000001'

beforeAll(async () => {
  stand = await openApiStand()
  await postBatch(stand, 'OWNED', all)
  await stand.call({
    method: 'POST',
    url: '/v1/treasury-returns',
    key: 'own',
    body: { instructionIds: [held], by: '国库岗', reason: '查无此人' },
  })
  await stand.intake.rows(`insert into exception_item (kind, bank_no, batch_id, seq, facts, opened_at)
    select 'amount-differs', bank_no, batch_id, 2, '{}', now() from bank, batch
    where bank = 'cmbc' and batch_no = 'OWNED'`)
})
afterAll(() => stand.close())

const ids = { instructionIds: [held], by: 'somebody' }

/** What the town asks of the county's things, by operation, and what it must be told. */
const foreign: Readonly<Record<string, readonly [call: TestCall, expected: unknown]>> = {
  openBatch: [{ method: 'POST', url: '/v1/batches', key: 'own', body: {} }, { code: 'HEADER_REFUSED' }],
  showBatch: [{ method: 'GET', url: '/v1/batches/OWNED' }, { code: 'BATCH_NOT_FOUND' }],
  listFiles: [{ method: 'GET', url: '/v1/batches/OWNED/files' }, { code: 'BATCH_NOT_FOUND' }],
  uploadPart: [
    { method: 'PUT', url: '/v1/batches/OWNED/instructions?part=2', body: ndjson(lines('X', 1)) },
    { code: 'BATCH_NOT_FOUND' },
  ],
  sealBatch: [
    { method: 'POST', url: '/v1/batches/OWNED/seal', body: totals(all) },
    { code: 'BATCH_NOT_FOUND' },
  ],
  listInstructions: [{ method: 'GET', url: '/v1/batches/OWNED/instructions' }, { code: 'BATCH_NOT_FOUND' }],
  holdBatch: [
    { method: 'POST', url: '/v1/batches/OWNED/hold', body: { reason: '核对名单' } },
    { code: 'BATCH_NOT_FOUND' },
  ],
  releaseBatch: [
    { method: 'POST', url: '/v1/batches/OWNED/release', body: { reason: '核对完毕' } },
    { code: 'BATCH_NOT_FOUND' },
  ],
  listExceptions: [
    { method: 'GET', url: '/v1/exceptions' },
    { items: [], more: false },
  ],
  getException: [{ method: 'GET', url: '/v1/exceptions/1' }, { code: 'EXCEPTION_NOT_FOUND' }],
  resolveException: [
    {
      method: 'POST',
      url: '/v1/exceptions/1/resolution',
      key: 'own',
      body: { act: 'dismiss', by: '国库岗', reason: '重复告知', evidence: '无' },
    },
    { code: 'EXCEPTION_NOT_FOUND' },
  ],
  readOutcomes: [
    { method: 'GET', url: '/v1/outcomes' },
    { outcomes: [], more: false },
  ],
  listCorrections: [
    { method: 'GET', url: '/v1/corrections' },
    { items: [], more: false },
  ],
  decideReturns: [
    { method: 'POST', url: '/v1/treasury-returns', key: 'own', body: { ...ids, reason: '查无此人' } },
    { done: [], refused: [{ instructionId: held, code: 'NOT_FOUND' }] },
  ],
  confirmReturns: [
    {
      method: 'POST',
      url: '/v1/treasury-returns/confirmations',
      body: { ...ids, voucherNo: 'V-1', voucherDate: '2026-11-25' },
    },
    { done: [], refused: [{ instructionId: held, code: 'NOT_FOUND' }] },
  ],
  listReturns: [
    { method: 'GET', url: '/v1/treasury-returns' },
    { items: [], more: false },
  ],
  // Banks belong to no client.
  explainWindow: [{ method: 'GET', url: '/v1/banks/no-such-bank/window' }, { code: 'BANK_NOT_FOUND' }],
  showInstruction: [{ method: 'GET', url: `/v1/instructions/${held}` }, { code: 'INSTRUCTION_NOT_FOUND' }],
}

describe('S05: another client', () => {
  it.each(
    apiRoutes.filter(({ operation }) => operation !== 'showDocument').map(({ operation }) => operation),
  )('learns nothing by %s', async (operation) => {
    const [call, expected] = foreign[operation] ?? []
    if (!call) throw new Error(`${operation} has no row in the matrix`)
    const answer = await stand.call({ ...call, token: stand.tokens.town })
    expect(answer.json()).toMatchObject(Object(expected))
    expect(answer.body).not.toMatch(/OWNED"|10001/)
  })

  it('may use the same batch number for its own batch, and each sees its own', async () => {
    const [own] = heldLines('SAME', 2)
    await postBatch(stand, 'OWNED', own ? [own] : [], stand.tokens.town)
    const [town, county] = await Promise.all(
      [stand.tokens.town, stand.tokens.county].map((token) =>
        stand.call({ method: 'GET', url: '/v1/batches/OWNED', token }),
      ),
    )
    expect([town?.json().declared.count, county?.json().declared.count]).toEqual([1, 4])
  })
})

describe('every route', () => {
  it.each(apiRoutes.map((route) => [route.method, route.path] as const))(
    'needs a token: %s %s',
    async (method, path) => {
      const answer = await stand.call({ method, url: path.replaceAll(/\{\w+\}/g, 'A'), token: '' })
      expect(answer.statusCode).toBe(401)
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="huida"')
    },
  )
})

describe('a client', () => {
  it('has a token that is stored nowhere', async () => {
    const token = await createClient(stand.intake.needs.db, 'village')
    expect(token).toMatch(/^huida_[A-Za-z0-9_-]{43}$/)
    const rows = await stand.intake.rows('select * from api_client')
    expect(JSON.stringify(rows)).not.toContain(token.slice('huida_'.length))
  })

  it('has a name of its own', async () => {
    const { db } = stand.intake.needs
    await expect(createClient(db, 'county')).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
    await expect(createClient(db, 'No Name')).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
  })

  it('is out once it is disabled', async () => {
    const token = await createClient(stand.intake.needs.db, 'leaver')
    await stand.intake.rows(`update api_client set disabled_at = now() where client = 'leaver'`)
    expect((await stand.call({ method: 'GET', url: '/v1/outcomes', token })).statusCode).toBe(401)
  })
})
