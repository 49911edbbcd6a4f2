/** A login that a bank refuses is tried three times and then left alone for a long while, by every process together. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Fault } from '../../../../gateway/faults.ts'
import { bankNo } from '../../../../gateway/ledger/batch.ts'
import { type Db, openPool } from '../../../../gateway/store/pool.ts'
import type { Channel } from '../../../../gateway/transfer/channel.ts'
import { guardedLogin } from '../../../../gateway/transfer/sftp/guarded-login.ts'
import { testClock } from '../../../support/journey.ts'
import { type FreshDatabase, freshDatabase } from '../../../support/postgres.ts'

let database: FreshDatabase
let db: Db
beforeAll(async () => {
  database = await freshDatabase()
  db = openPool(database.url, { max: 4, applicationName: 'huida-test' })
  await db.query(`insert into bank (bank, title) values ('first', 'first'), ('second', 'second')`)
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const clock = testClock(new Date('2026-11-20T10:00:00+08:00'))
beforeEach(() => db.query('delete from bank_login'))

/** A bank whose login can be refused; counts how often somebody knocked. */
function bank() {
  const door = { isShut: true, knocks: 0 }
  const knock = async <T>(answer: T): Promise<T> => {
    door.knocks++
    if (door.isShut) throw new Fault('BANK_LOGIN_REFUSED', {})
    return answer
  }
  const channel: Channel = {
    send: ({ sizeBytes }) =>
      knock({ kind: 'accepted', sizeBytes } as const).catch((fault: Fault) => ({
        kind: 'not-accepted',
        fault,
      })),
    confirm: () => knock({}),
    list: () => knock([]),
    async *fetch() {
      yield await knock(Buffer.from('x'))
    },
    sent: () => knock([]),
    sentSha256: () => knock(undefined),
    close: async () => {},
  }
  return { door, channel }
}

const refused = { code: 'BANK_LOGIN_REFUSED' }
const guard = (channel: Channel, login = 'huida@bank', no = 1): Channel =>
  guardedLogin(channel, { db, clock }, bankNo(no), login)
const file = { name: 'a', sizeBytes: 1, content: async function* () {} }

async function knockOften(channel: Channel, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await expect(channel.list()).rejects.toMatchObject(refused)
}

describe('a login that its bank refuses', () => {
  it('F43: is tried three times, then once an hour, two hours, four ... and at most once a day', async () => {
    const { door, channel } = bank()
    await knockOften(guard(channel), 20)
    expect(door.knocks).toBe(3)
    const perPause: number[] = []
    for (const hours of [0.9, 0.2, 1.8, 0.3, 3.9, 0.2, 24, 24, 24]) {
      const before = door.knocks
      clock.turn(hours * 60)
      await knockOften(guard(channel), 5)
      perPause.push(door.knocks - before)
    }
    expect(perPause).toEqual([0, 1, 0, 1, 0, 1, 1, 1, 1])
  })

  it('F43: is counted over every road and every process of the bank together', async () => {
    const { door, channel } = bank()
    const [one, other] = [guard(channel), guard(channel)]
    await expect(one.list()).rejects.toMatchObject(refused)
    expect(await other.send(file)).toMatchObject({ kind: 'not-accepted', fault: refused })
    await expect(one.confirm('a')).rejects.toMatchObject(refused)
    await expect(other.fetch('a')[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused)
    expect(await one.send(file)).toMatchObject({ kind: 'not-accepted', fault: refused })
    expect(door.knocks).toBe(3)
  })

  it('F43: is not tried by ten at once when its pause is over', async () => {
    const { door, channel } = bank()
    await knockOften(guard(channel), 3)
    clock.turn(61)
    await Promise.allSettled(Array.from({ length: 10 }, () => guard(channel).list()))
    expect(door.knocks).toBe(4)
  })

  it('begins anew once the bank lets us in, with another key, and at another bank', async () => {
    const { door, channel } = bank()
    await knockOften(guard(channel), 3)
    await knockOften(guard(channel, 'huida@bank with a new key'), 3)
    expect(door.knocks).toBe(6)
    await knockOften(guard(channel, 'huida@second', 2), 3)
    expect(door.knocks).toBe(9)
    door.isShut = false
    clock.turn(61)
    await guard(channel, 'huida@second', 2).list()
    door.isShut = true
    await knockOften(guard(channel, 'huida@second', 2), 6)
    expect(door.knocks).toBe(13)
  })

  it('is not held against a bank that cannot be reached at all', async () => {
    const { channel } = bank()
    const unreachable: Channel = { ...channel, list: () => Promise.reject(new Fault('BANK_UNREACHABLE', {})) }
    await knockOften(guard(channel), 2)
    for (let time = 0; time < 5; time++)
      await expect(guard(unreachable).list()).rejects.toMatchObject({ code: 'BANK_UNREACHABLE' })
    await knockOften(guard(channel), 1)
    const { rows } = await db.query<{ refusals: number }>('select refusals from bank_login')
    expect(rows).toEqual([{ refusals: 3 }])
  })
})
