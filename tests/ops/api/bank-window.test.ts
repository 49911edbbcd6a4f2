/** `GET /v1/banks/{bank}/window`: the window that a release goes into, with its reasons, and what cannot be answered. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiStand, openApiStand } from './api-stand.ts'

let stand: ApiStand
beforeAll(async () => {
  stand = await openApiStand()
  const bank = stand.intake.needs.bankBook.byCode('yy-rcb')
  if (bank)
    Object.assign(bank.agreement, {
      windows: [{ days: 'working', open: '08:30', close: '17:30', releaseBy: '16:30' }],
    })
})
afterAll(() => stand.close())

const ask = (bank: string, query = '') =>
  stand.call({ method: 'GET', url: `/v1/banks/${bank}/window${query}` })

describe('the window of a bank', () => {
  it('is answered with the reasons in both languages', async () => {
    const answer = await ask('yy-rcb', '?at=2026-11-20T16:40&count=1&days=3')
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({
      bank: 'yy-rcb',
      at: '2026-11-20T08:40:00.000Z',
      open: false,
      opening: {
        day: '2026-11-23',
        opensAt: '2026-11-23T00:30:00.000Z',
        closesAt: '2026-11-23T09:30:00.000Z',
        releaseBy: '2026-11-23T08:30:00.000Z',
        dayKind: 'working',
        dayZh: '周一，工作日',
        dayEn: 'Monday, a working day',
      },
      passedOver: [
        {
          from: '2026-11-20',
          to: '2026-11-20',
          code: 'AFTER_CUT_OFF',
          messageZh: '已过 16:30 放行截止（窗口 08:30-17:30）',
          messageEn: 'after the cut-off 16:30 of the window 08:30-17:30',
        },
        { from: '2026-11-21', to: '2026-11-22', code: 'DAY_OFF', messageZh: '周末', messageEn: 'weekend' },
      ],
      next: [expect.objectContaining({ day: '2026-11-24' })],
      workingDay: { days: 3, date: '2026-11-25' },
    })
  })

  it('is that of the time of business when no time is given, and takes offsets', async () => {
    expect((await ask('cmbc')).json()).toMatchObject({ open: true, at: '2026-11-23T02:00:00.000Z' })
    expect((await ask('cmbc', '?at=2026-11-20T16:40%2B09:00')).json().at).toBe('2026-11-20T07:40:00.000Z')
  })

  it('F21: of a year that is not published is a conflict that names the year, and no failure of ours', async () => {
    const answer = await ask('yy-rcb', '?at=2027-03-01T09:00')
    expect(answer.statusCode).toBe(409)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json()).toMatchObject({ code: 'YEAR_NOT_PUBLISHED', bank: 'yy-rcb', year: 2027 })
    expect((await ask('cmbc', '?at=2027-03-01T09:00&count=0')).statusCode).toBe(200)
    expect(stand.failures).toEqual([])
  })

  it('of a bank that is not contracted is not found', async () => {
    expect((await ask('no-such-bank')).json()).toMatchObject({ status: 404, code: 'BANK_NOT_FOUND' })
  })

  it.each(['?at=tomorrow', '?at=2026-02-30T10:00', '?count=21', '?days=251', '?days=-1', '?since=1'])(
    'is refused for %s',
    async (query) => {
      expect((await ask('cmbc', query)).json()).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
    },
  )
})
