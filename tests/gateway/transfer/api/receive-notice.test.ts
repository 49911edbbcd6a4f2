/** Notices of a bank: verified, counted once, and good for a look at the bank and nothing else. */
import Fastify from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { receiveNotice } from '../../../../gateway/transfer/api/receive-notice.ts'
import { addNoticeDoor } from '../../../../ops/api/notice-door.ts'
import { type ApiJourney, startApiJourney } from './api-stand.ts'

let journey: ApiJourney
beforeAll(async () => {
  journey = await startApiJourney({ shape: 'form-post' })
})
afterAll(() => journey.close())

const take = (text: string, bank = 'unionpay') =>
  receiveNotice(
    {
      ...journey.assembly,
      clock: journey.clock,
      bankBook: journey.assembly.bankBook,
      noticeIdOf: (_bank, body) =>
        body.toString().startsWith('signed ') ? body.toString().slice(7) : undefined,
    },
    bank,
    Buffer.from(text),
  )

const dueAt = async (): Promise<Date | undefined> => {
  const { rows } = await journey.assembly.db.query<{ due_at: Date }>(
    `select due_at from due_work where step = 'collect'`,
  )
  return rows[0]?.due_at
}

it('F54: a notice makes us look once, a repetition not again, and a forged one is refused', async () => {
  const later = new Date(journey.clock.now().getTime() + 3_600_000)
  const putOff = () =>
    journey.assembly.db.query(`update due_work set due_at = $1 where step = 'collect'`, [later])
  await putOff()
  expect(await take('forged n1')).toEqual({ kind: 'refused' })
  expect(await take('signed n1', 'nobody')).toEqual({ kind: 'refused' })
  expect(await dueAt()).toEqual(later)
  expect(await take('signed n1')).toMatchObject({ kind: 'taken', wake: { step: 'collect' } })
  expect(await dueAt()).toEqual(journey.clock.now())
  await putOff()
  expect(await take('signed n1')).toEqual({ kind: 'repeated' })
  expect(await dueAt()).toEqual(later)
})

it('F53: a notice that comes before anything was sent changes no file and no line', async () => {
  expect((await take('signed n2')).kind).toBe('taken')
  await journey.runQuiet()
  expect(journey.api.calls()).toBe(0)
})

it('F54: over HTTP a forged notice gets 401 and wakes nobody, and a bank that sends its own notice gets 204', async () => {
  const woken: string[] = []
  const app = Fastify()
  addNoticeDoor(app, async (bank, body) => {
    const result = await take(body.toString(), bank)
    if (result.kind === 'taken') woken.push(bank)
    return result
  })
  const post = async (payload: string, type = 'application/x-www-form-urlencoded'): Promise<number> => {
    const headers = { 'content-type': type }
    return (await app.inject({ method: 'POST', url: '/bank-notices/unionpay', payload, headers })).statusCode
  }
  expect(await post('forged')).toBe(401)
  expect(await post('')).toBe(401)
  expect(await post('signed n3')).toBe(204)
  expect(await post('signed n3', 'text/plain')).toBe(204)
  expect(await post(`signed ${'x'.repeat(70_000)}`)).toBe(413)
  expect(woken).toEqual(['unionpay'])
  await app.close()
})

it('F54: the service verifies a notice with the keys of the agreement', async () => {
  const [bank] = journey.assembly.bankBook.banks
  if (!bank) throw new Error('no bank')
  expect(journey.assembly.noticeIdOf(bank, Buffer.from('respCode=00&signature=AAAA'))).toBeUndefined()
})
