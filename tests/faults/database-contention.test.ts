/** Transactions that hurt each other: those that may are run again, a bounded number of times, and no effect counts twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addDueWork, findDueWork } from '../../gateway/ledger/due-work-store.ts'
import { runStep } from '../../gateway/run-step.ts'
import { type Db, openPool } from '../../gateway/store/pool.ts'
import { inTransaction } from '../../gateway/store/transaction.ts'
import { testClock } from '../support/journey.ts'
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts'

const noon = new Date('2026-11-20T12:00:00+08:00')

let database: FreshDatabase
let db: Db
beforeAll(async () => {
  database = await freshDatabase()
  db = openPool(database.url, { max: 6, lockTimeoutMs: 300 })
  await db.query('create table purse (name text primary key, fen bigint not null)')
  await db.query(`insert into purse values ('a', 0), ('b', 0)`)
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const fenOf = async (name: string): Promise<bigint | undefined> =>
  (await db.query<{ fen: bigint }>('select fen from purse where name = $1', [name])).rows[0]?.fen

/** Resolves once `count` callers have come. */
function meeting(count: number): () => Promise<void> {
  let waiting = count
  let open = (): void => {}
  const met = new Promise<void>((resolve) => {
    open = resolve
  })
  return () => {
    if (--waiting <= 0) open()
    return met
  }
}

describe('transactions that hurt each other', () => {
  it('F30: in a deadlock both end, and each counts once', async () => {
    // Long enough for PostgreSQL to find the deadlock before the lock time-out does.
    const patient = openPool(database.url, { max: 4, lockTimeoutMs: 20_000 })
    const meet = meeting(2)
    let runs = 0
    const add = (first: string, second: string): Promise<void> =>
      inTransaction(patient, async (tx) => {
        runs++
        await tx.query('update purse set fen = fen + 1 where name = $1', [first])
        await meet()
        await tx.query('update purse set fen = fen + 1 where name = $1', [second])
      })
    await Promise.all([add('a', 'b'), add('b', 'a')])
    expect(runs).toBe(3)
    expect([await fenOf('a'), await fenOf('b')]).toEqual([2n, 2n])
    await patient.close()
  })

  it('F30: a serialization failure that never ends is given up after the sixth run', async () => {
    let runs = 0
    const hopeless = inTransaction(db, async (tx) => {
      runs++
      await tx.query('update purse set fen = fen + 1000')
      await tx.query(`do $$ begin raise exception using errcode = '40001'; end $$`)
    })
    await expect(hopeless).rejects.toMatchObject({ code: '40001' })
    expect(runs).toBe(6)
    expect([await fenOf('a'), await fenOf('b')]).toEqual([2n, 2n])
  })
})

describe('a step that', () => {
  it('F30: waits too long for a lock is put off and counts once when it comes again', async () => {
    const clock = testClock(noon)
    await addDueWork(db, 'plan', 1, noon)
    const holder = await db.connect()
    await holder.query('begin')
    await holder.query(`update purse set fen = fen where name = 'a'`)
    const once = () =>
      runStep(
        async (_needs, _subject, claim) => {
          await inTransaction(db, async (tx) => {
            await tx.query(`update purse set fen = fen + 1 where name = 'a'`)
            await tx.query('delete from due_work where step = $1 and fence = $2', [claim.step, claim.fence])
          })
          return { kind: 'done' }
        },
        { db, clock },
        'plan',
        '1',
      )
    expect(await once()).toMatchObject({ kind: 'put-off', fault: { code: 'DATABASE_BUSY' }, tries: 1 })
    await holder.query('rollback')
    holder.release()
    expect(await once()).toEqual({ kind: 'idle' })
    clock.turn(1)
    expect(await once()).toMatchObject({ kind: 'done' })
    expect(await fenOf('a')).toBe(3n)
    expect(await findDueWork(db, clock.now(), 10)).toEqual([])
  })

  it('F30: finds every connection taken fails in time, and succeeds when one is free', async () => {
    const narrow = openPool(database.url, { max: 1, connectTimeoutMs: 100 })
    const taken = await narrow.connect()
    const add = (): Promise<unknown> =>
      inTransaction(narrow, (tx) => tx.query(`update purse set fen = fen + 1 where name = 'b'`))
    await expect(add()).rejects.toThrow(/timeout/)
    expect(await fenOf('b')).toBe(2n)
    taken.release()
    await add()
    expect(await fenOf('b')).toBe(3n)
    await narrow.close()
  })
})
