/** Exceptions through the API: a client sees and ends what concerns its own batches, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lines } from '../../gateway/intake/intake-stand.ts'
import { type ApiStand, openApiStand, postBatch } from './api-stand.ts'

let stand: ApiStand
beforeAll(async () => {
  stand = await openApiStand()
  await postBatch(stand, 'EXA', lines('EXA', 4))
})
afterAll(() => stand.close())

/** Opens an exception on line 2 of the batch, or on no batch at all. */
async function opened(kind: string, ofBatch = true): Promise<string> {
  const [row] =
    await stand.intake.rows(`insert into exception_item (kind, bank_no, batch_id, seq, line_no, facts, opened_at)
    select '${kind}', bank_no, ${ofBatch ? 'batch_id' : 'null'}, ${ofBatch ? 2 : 'null'}, 3, '{"statedFen": 12}', now()
    from bank, batch where bank = 'cmbc' and batch_no = 'EXA' returning exception_id::text as id`)
  return String(row?.['id'])
}

const get = async (url: string, token?: string) =>
  stand.call({ method: 'GET', url, ...(token !== undefined && { token }) })
const words = { by: '县财政局 国库岗', reason: '重复告知', evidence: '与银行柜面核对' }
const resolve = (id: string, body: Readonly<Record<string, unknown>>, key: string, token?: string) =>
  stand.call({
    ...{ method: 'POST', url: `/v1/exceptions/${id}/resolution`, body: { ...words, ...body }, key },
    ...(token !== undefined && { token }),
  })

describe('exceptions of a client', () => {
  it('are listed and shown to the client whose batch they concern, and to no other', async () => {
    const id = await opened('amount-differs')
    const others = await opened('orphan', false)
    const page = (await get('/v1/exceptions?state=open&kind=amount-differs&bank=cmbc')).json()
    expect(page.items).toMatchObject([
      { exceptionId: Number(id), kind: 'amount-differs', batchNo: 'EXA', lineNo: 3 },
    ])
    expect((await get(`/v1/exceptions?after=${page.next}`)).json()).toMatchObject({
      items: [],
      next: page.next,
    })
    expect((await get(`/v1/exceptions/${id}`)).json()).toMatchObject({
      stands: { line: 'waiting' },
      acts: [{ act: 'paid', against: 'LINE_NOT_OPEN' }, { act: 'failed' }, { act: 'dismiss' }],
    })
    expect((await get('/v1/exceptions', stand.tokens.town)).json().items).toEqual([])
    for (const one of [others, '999999']) expect((await get(`/v1/exceptions/${one}`)).statusCode).toBe(404)
    expect((await get(`/v1/exceptions/${id}`, stand.tokens.town)).json().code).toBe('EXCEPTION_NOT_FOUND')
  })

  it('are ended once under a key, which answers the same again', async () => {
    const id = await opened('repeated')
    const first = await resolve(id, { act: 'dismiss' }, 'end-1')
    expect(first.statusCode).toBe(200)
    expect(first.json()).toMatchObject({
      act: 'dismiss',
      approval: 'not-wanted',
      effect: { lines: 0, exceptions: 1 },
    })
    expect((await resolve(id, { act: 'dismiss' }, 'end-1')).json()).toEqual(first.json())
    expect((await resolve(id, { act: 'dismiss', by: '他人' }, 'end-1')).json().code).toBe('KEY_REUSED')
    expect((await get(`/v1/exceptions/${id}`)).json()).toMatchObject({
      state: 'resolved',
      resolution: { by: words.by, evidence: words.evidence },
    })
  })

  it('are refused with every reason, and leave the key free', async () => {
    const id = await opened('account-differs')
    const refused = await resolve(id, { act: 'paid', evidence: '13800000000 来电' }, 'end-2')
    expect(refused.statusCode).toBe(409)
    expect(refused.json()).toMatchObject({
      code: 'RESOLUTION_REFUSED',
      allowed: ['dismiss'],
      errors: [{ code: 'PERSONAL_DATA' }, { code: 'LINE_NOT_OPEN' }],
    })
    expect((await resolve(id, { act: 'failed' }, 'end-2')).json()).toMatchObject({
      code: 'REQUEST_INVALID',
      errors: [{ field: 'reasonCode' }],
    })
    expect((await resolve(id, { act: 'remap' }, 'end-2')).json().errors).toContainEqual(
      expect.objectContaining({ code: 'ACT_NOT_FOR_CLIENT' }),
    )
    expect((await resolve(id, { act: 'dismiss' }, 'end-2', stand.tokens.town)).json().code).toBe(
      'EXCEPTION_NOT_FOUND',
    )
    expect((await resolve(id, { act: 'dismiss' }, 'end-2')).statusCode).toBe(200)
  })
})
