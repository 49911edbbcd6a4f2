/** A batch through the API: opened, uploaded, sealed, looked at; or brought along whole; or refused with every reason. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digest, header, line, lines, ndjson, sumFen } from '../../gateway/intake/intake-stand.ts'
import { type ApiStand, heldLines, openApiStand, postBatch, totals } from './api-stand.ts'

let stand: ApiStand

beforeAll(async () => {
  stand = await openApiStand()
})
afterAll(() => stand.close())

const open = (batchNo: string, body: unknown, key = `open-${batchNo}`) =>
  stand.call({ method: 'POST', url: '/v1/batches', body, key })

describe('a batch in parts', () => {
  it('is opened, uploaded and accepted, and its plan is woken', async () => {
    const all = lines('PARTS', 20)
    expect((await open('PARTS', header('PARTS', all))).json()).toEqual({ batchNo: 'PARTS', state: 'open' })
    const [first, second] = [all.slice(0, 12), all.slice(12)]
    const one = await stand.call({
      method: 'PUT',
      url: '/v1/batches/PARTS/instructions',
      body: ndjson(first),
    })
    expect(one.statusCode).toBe(200)
    expect(one.json()).toMatchObject({
      part: 1,
      lineCount: 12,
      amountFen: sumFen(first),
      refused: 0,
      findings: [],
    })
    const two = await stand.call({
      method: 'PUT',
      url: '/v1/batches/PARTS/instructions?part=2',
      body: ndjson(second),
    })
    expect(two.json()).toMatchObject({ part: 2, lineCount: 8 })
    const wokenBefore = stand.woken.length
    const sha256 = digest(`${one.json().sha256}${two.json().sha256}`)
    const sealed = await stand.call({
      method: 'POST',
      url: '/v1/batches/PARTS/seal',
      body: { count: 20, amountFen: sumFen(all), sha256 },
    })
    expect(sealed.statusCode).toBe(200)
    expect(sealed.json()).toMatchObject({
      state: 'accepted',
      report: { count: 20, amountFen: sumFen(all), held: 0 },
    })
    expect(stand.woken.slice(wokenBefore)).toEqual([
      { step: 'plan', subject: expect.stringMatching(/^\d+$/) },
    ])
  })

  it('takes gzip and CSV', async () => {
    const all = lines('PACKED', 6)
    const fields = Object.keys(all[0] ?? {})
    const csv = [fields, ...all.map((one) => fields.map((field) => one[field]))].map(
      (row) => `${row.join(',')}\n`,
    )
    await open('PACKED', header('PACKED', all))
    const answer = await stand.call({
      method: 'PUT',
      url: '/v1/batches/PACKED/instructions?part=1',
      body: gzipSync(Buffer.from(csv.join(''))),
      headers: { 'content-type': 'text/csv; charset=utf-8', 'content-encoding': 'gzip' },
    })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ lineCount: 6, amountFen: sumFen(all), refused: 0 })
  })

  it('shows where its money stands, at each bank and in total, as whole fen', async () => {
    const all = heldLines('STANDS', 10)
    expect((await postBatch(stand, 'STANDS', all)).statusCode).toBe(200)
    const shown = (await stand.call({ method: 'GET', url: '/v1/batches/STANDS' })).json()
    expect(shown).toMatchObject({
      batchNo: 'STANDS',
      state: 'accepted',
      programme: { code: 'FARMLAND-2026' },
      dueBy: '2026-12-04',
      declared: { count: 10, amountFen: sumFen(all) },
    })
    expect(shown.position.total.accepted).toEqual({ count: 10, amountFen: sumFen(all) })
    expect(shown.position.total.states.held).toEqual({ count: 1, amountFen: 10_001 })
    expect(shown.position.total.states.waiting.count).toBe(9)
    expect(shown.position.banks.map(({ bank }: { bank: string }) => bank)).toEqual(['cmbc', 'yy-rcb'])
    expect(Object.keys(shown.position.total.states)).toHaveLength(12)
  })

  it('lists its files, and the lines that are out of the ordinary, page by page', async () => {
    const all = [1, 3, 5].map((index) => line('PAGES', index, { payeeName: '王𬭎' }))
    expect((await postBatch(stand, 'PAGES', all)).statusCode).toBe(200)
    expect((await stand.call({ method: 'GET', url: '/v1/batches/PAGES/files' })).json()).toEqual({
      items: [],
    })
    const url = '/v1/batches/PAGES/instructions'
    const first = (await stand.call({ method: 'GET', url: `${url}?state=held&limit=2` })).json()
    expect(first.items[0]).toMatchObject({ line: 1, state: 'held', bank: 'cmbc', amountFen: 10_001 })
    expect(first).toMatchObject({ next: '2', more: true })
    const second = (await stand.call({ method: 'GET', url: `${url}?after=${first.next}` })).json()
    expect(second).toMatchObject({ items: [{ line: 3 }], next: '3', more: false })
    expect((await stand.call({ method: 'GET', url: `${url}?state=failed&after=3` })).json()).toEqual({
      items: [],
      next: '3',
      more: false,
    })
  })

  it('leaves no personal data in any answer', async () => {
    const answers = await Promise.all(
      ['', '/files', '/instructions'].map((tail) =>
        stand.call({ method: 'GET', url: `/v1/batches/PAGES${tail}` }),
      ),
    )
    const looked = await stand.call({ method: 'GET', url: '/v1/instructions/PAGES-0000001' })
    const [, one] = lines('PAGES', 2)
    for (const { body } of [...answers, looked]) {
      for (const secret of ['王', String(one?.payeeAccount), String(one?.payeeIdNumber)])
        expect(body).not.toContain(secret)
    }
  })

  it('tells the way of one instruction', async () => {
    const answer = await stand.call({ method: 'GET', url: '/v1/instructions/STANDS-0000003' })
    expect(answer.json()).toMatchObject({
      instructionId: 'STANDS-0000003',
      batchNo: 'STANDS',
      line: 4,
      bank: 'cmbc',
      amountFen: 10_003,
      state: 'waiting',
    })
  })
})

describe('a small batch', () => {
  it('brings its instructions along and is accepted at once; 5,000 are taken and 5,001 are not', async () => {
    const all = lines('WHOLE', 5000)
    const wokenBefore = stand.woken.length
    const accepted = await open('WHOLE', { ...header('WHOLE', all), instructions: all })
    expect(accepted.statusCode).toBe(201)
    expect(accepted.json()).toMatchObject({
      state: 'accepted',
      report: { count: 5000, amountFen: sumFen(all) },
    })
    expect(stand.woken.length).toBe(wokenBefore + 1)
    const more = lines('TOO-MANY', 5001)
    const refused = await open('TOO-MANY', { ...header('TOO-MANY', more), instructions: more })
    expect(refused.statusCode).toBe(422)
    expect(refused.json()).toMatchObject({ code: 'HEADER_REFUSED', errors: [{ code: 'TOO_MANY_INLINE' }] })
  })

  it('is refused whole with every bad line by number, and stays so when asked again', async () => {
    const all = [line('BAD', 0), line('BAD', 1, { bank: 'nowhere' }), line('BAD', 2, { amountFen: -5 })]
    const body = { ...header('BAD', all), declared: { count: 3, amountFen: 1 }, instructions: all }
    const first = await open('BAD', body)
    expect(first.statusCode).toBe(422)
    expect(first.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(first.json()).toMatchObject({ code: 'BATCH_REFUSED', report: { batchNo: 'BAD', count: 3 } })
    expect(first.json().errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          line: 2,
          part: 1,
          field: 'bank',
          code: 'BANK_UNKNOWN',
          messageZh: expect.any(String),
        }),
        expect.objectContaining({ line: 3, field: 'amountFen', code: 'AMOUNT_NOT_POSITIVE' }),
        expect.objectContaining({ code: 'AMOUNT_DIFFERS' }),
      ]),
    )
    const again = await open('BAD', body)
    expect(again.statusCode).toBe(422)
    expect(again.json().errors).toEqual(first.json().errors)
  })
})

describe('a call that is repeated', () => {
  it('F03: is answered as before, under the same key', async () => {
    const all = lines('AGAIN', 4)
    expect((await open('AGAIN', header('AGAIN', all))).statusCode).toBe(201)
    const again = await open('AGAIN', header('AGAIN', all))
    expect(again.statusCode).toBe(200)
    expect(again.json()).toEqual({ batchNo: 'AGAIN', state: 'open' })
    const sealed = await postBatch(stand, 'AGAIN', all)
    expect((await postBatch(stand, 'AGAIN', all)).json()).toEqual(sealed.json())
  })

  it('F04: is refused when the key comes with another body', async () => {
    await open('KEYED', header('KEYED', lines('KEYED', 4)), 'one-key')
    const other = await open('OTHER', header('OTHER', lines('OTHER', 4)), 'one-key')
    expect(other.statusCode).toBe(422)
    expect(other.json().code).toBe('KEY_REUSED')
  })

  it('F05: fifty at once under one key make one batch', async () => {
    const all = lines('FIFTY', 2)
    const answers = await Promise.all(Array.from({ length: 50 }, () => open('FIFTY', header('FIFTY', all))))
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(49)
  })

  it('F06: points to the batch under its number, or says that the number is taken', async () => {
    const all = lines('NUMBER', 4)
    await open('NUMBER', header('NUMBER', all), 'key-1')
    expect((await open('NUMBER', header('NUMBER', all), 'key-2')).statusCode).toBe(200)
    const taken = await open('NUMBER', header('NUMBER', all, { dueBy: '2026-12-05' }), 'key-3')
    expect(taken.statusCode).toBe(409)
    expect(taken.json().code).toBe('BATCH_NO_TAKEN')
  })

  it('F11: is refused when a seal says other totals than before, or than were uploaded', async () => {
    const all = lines('TOTALS', 4)
    await postBatch(stand, 'TOTALS', all)
    const other = await stand.call({
      method: 'POST',
      url: '/v1/batches/TOTALS/seal',
      body: { ...totals(all), count: 5 },
    })
    expect(other.statusCode).toBe(409)
    expect(other.json().code).toBe('SEALED_DIFFERENTLY')
    await open('WRONG', header('WRONG', lines('WRONG', 4)))
    await stand.call({
      method: 'PUT',
      url: '/v1/batches/WRONG/instructions',
      body: ndjson(lines('WRONG', 3)),
    })
    const wrong = await stand.call({
      method: 'POST',
      url: '/v1/batches/WRONG/seal',
      body: totals(lines('WRONG', 4)),
    })
    expect(wrong.statusCode).toBe(422)
    expect(wrong.json().errors.map(({ code }: { code: string }) => code)).toEqual(
      expect.arrayContaining(['COUNT_DIFFERS', 'AMOUNT_DIFFERS', 'DIGEST_DIFFERS']),
    )
  })
})

describe('a part', () => {
  it('says which part is expected when it comes out of order, and that a sealed batch takes none', async () => {
    const all = lines('ORDER', 4)
    await open('ORDER', header('ORDER', all))
    const late = await stand.call({
      method: 'PUT',
      url: '/v1/batches/ORDER/instructions?part=3',
      body: ndjson(all),
    })
    expect(late.statusCode).toBe(409)
    expect(late.json()).toMatchObject({ code: 'PART_OUT_OF_ORDER', expectedPart: 1 })
    await postBatch(stand, 'ORDER', all)
    const sealed = await stand.call({
      method: 'PUT',
      url: '/v1/batches/ORDER/instructions?part=2',
      body: ndjson(all),
    })
    expect(sealed.json()).toMatchObject({ status: 409, code: 'BATCH_SEALED' })
  })

  it('F08: that is not UTF-8 is refused with the offset of the byte', async () => {
    await open('BYTES', header('BYTES', lines('BYTES', 1)))
    const answer = await stand.call({
      method: 'PUT',
      url: '/v1/batches/BYTES/instructions',
      body: Buffer.concat([Buffer.from('{"remark":"'), Buffer.from([0xd1, 0xee]), Buffer.from('"}\n')]),
    })
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({
      code: 'BODY_REFUSED',
      errors: [{ code: 'INVALID_UTF8', facts: { byteOffset: expect.any(Number) } }],
    })
  })
})
