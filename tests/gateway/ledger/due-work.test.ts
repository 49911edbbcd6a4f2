/** Due work: one worker at a time, a fence that grows, and work that is asked for again while it runs is done again. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Fault } from '../../../gateway/faults.ts'
import {
  addDueWork,
  type Claim,
  claimDueWork,
  ensureDueWork,
  findDueWork,
  finishDueWork,
  postponeDueWork,
  renewLease,
} from '../../../gateway/ledger/due-work-store.ts'
import { pauseMs, runStep, type Step } from '../../../gateway/run-step.ts'
import { type Db, openPool } from '../../../gateway/store/pool.ts'
import { type FreshDatabase, freshDatabase } from '../../support/postgres.ts'

const now = new Date('2026-11-20T02:00:00Z')
const later = new Date('2026-11-20T03:00:00Z')

let database: FreshDatabase
let db: Db
beforeAll(async () => {
  database = await freshDatabase()
  db = openPool(database.url, { max: 4 })
})
beforeEach(async () => {
  await db.query('truncate due_work')
  await addDueWork(db, 'send', 7, now)
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const claimed = async (at = now): Promise<Claim> => {
  const claim = await claimDueWork(db, 'send', '7', at, 60)
  if (!claim) throw new Error('not claimed')
  return claim
}

const leaseRunsOut = () => db.query(`update due_work set leased_until = now() - interval '1 second'`)

const row = async (): Promise<unknown> => {
  const { rows } = await db.query(
    'select due_at, tries, last_fault, leased_until is not null as leased, asked_again from due_work',
  )
  return rows[0]
}

describe('a claim', () => {
  it('F32: is given to one worker, and to nobody before its time', async () => {
    await addDueWork(db, 'plan', 1, later)
    expect(await claimDueWork(db, 'plan', '1', now, 60)).toBeUndefined()
    const all = await Promise.all(Array.from({ length: 8 }, () => claimDueWork(db, 'send', '7', now, 60)))
    expect(all.filter((claim) => claim !== undefined)).toHaveLength(1)
    expect(await findDueWork(db, now, 10)).toEqual([])
  })

  it('passes on when its lease runs out, under a higher fence', async () => {
    const first = await claimed()
    await leaseRunsOut()
    expect(await findDueWork(db, now, 10)).toEqual([{ step: 'send', subject: '7' }])
    const second = await claimed()
    expect(second.fence).toBeGreaterThan(first.fence)
    expect(await renewLease(db, first, 60)).toBe(false)
    expect(await renewLease(db, second, 60)).toBe(true)
  })

  it('F31: that was overtaken can neither finish the work nor put it off', async () => {
    const first = await claimed()
    await leaseRunsOut()
    const second = await claimed()
    await expect(finishDueWork(db, first)).rejects.toThrow('taken over')
    await postponeDueWork(db, first, later, 'BANK_UNREACHABLE')
    expect(await row()).toEqual({ due_at: now, tries: 0, last_fault: null, leased: true, asked_again: false })
    await finishDueWork(db, second)
    expect(await row()).toBeUndefined()
  })

  it('put off with a fault counts the try and names the fault, and forgets both when it is asked for anew', async () => {
    await postponeDueWork(db, await claimed(), later, 'BANK_UNREACHABLE')
    expect(await row()).toMatchObject({
      due_at: later,
      tries: 1,
      last_fault: 'BANK_UNREACHABLE',
      leased: false,
    })
    expect(await claimDueWork(db, 'send', '7', now, 60)).toBeUndefined()
    expect((await claimed(later)).tries).toBe(1)
    await leaseRunsOut()
    await addDueWork(db, 'send', 7, now)
    expect(await row()).toMatchObject({ due_at: now, tries: 0 })
  })
})

describe('work that is asked for again', () => {
  it('while it runs stays due after it was finished', async () => {
    const claim = await claimed()
    await addDueWork(db, 'send', 7, later)
    await finishDueWork(db, claim)
    expect(await row()).toMatchObject({ due_at: now, leased: false, asked_again: false })
    await finishDueWork(db, await claimed())
    expect(await row()).toBeUndefined()
  })

  it('while it runs is not put off past the time that was asked for', async () => {
    const claim = await claimed()
    await addDueWork(db, 'send', 7, now)
    await postponeDueWork(db, claim, later)
    expect(await row()).toMatchObject({ due_at: now, leased: false })
  })

  it('becomes due at the earlier time', async () => {
    await addDueWork(db, 'plan', 1, later)
    await addDueWork(db, 'plan', 1, now)
    expect(await findDueWork(db, now, 10)).toContainEqual({ step: 'plan', subject: '1' })
  })

  it('as recurring work leaves what is there alone', async () => {
    await ensureDueWork(db, 'send', 7, later)
    expect(await row()).toMatchObject({ due_at: now })
  })
})

describe('a step', () => {
  const needs = () => ({ db, clock: { now: () => now } })
  const run = (step: Step<ReturnType<typeof needs>>) => runStep(step, needs(), 'send', '7')

  it('that throws is put off as its fault says, a little longer each time', async () => {
    const failing: Step<unknown> = async () => {
      throw new Fault('BANK_UNREACHABLE')
    }
    const first = await run(failing)
    expect(first).toMatchObject({ kind: 'put-off', tries: 1, until: new Date(now.getTime() + 2000) })
    expect(await run(failing)).toEqual({ kind: 'idle' })
    await db.query('update due_work set due_at = $1', [now])
    expect(await run(failing)).toMatchObject({ tries: 2, until: new Date(now.getTime() + 4000) })
  })

  it('that ends later lets go until then', async () => {
    expect(await run(async () => ({ kind: 'later', at: later }))).toEqual({ kind: 'done', wakes: [] })
    expect(await row()).toMatchObject({ due_at: later, leased: false, tries: 0 })
  })

  it('waits ten minutes at most, and that long at once when only a person can help', () => {
    const again = new Fault('BANK_UNREACHABLE')
    expect([0, 1, 2, 8, 9, 60].map((tries) => pauseMs(again, tries))).toEqual([
      2000, 4000, 8000, 512_000, 600_000, 600_000,
    ])
    expect(pauseMs(new Fault('INTERNAL'), 0)).toBe(600_000)
  })
})
