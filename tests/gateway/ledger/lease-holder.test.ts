/**
 * Leases name a holder that PostgreSQL knows to live or not: work of a killed process is taken over at once, work of a
 * living one never before its time, and a claim that an older version made stands by its time alone (F27, F31, F33).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  addDueWork,
  claimDueWork,
  findDueWork,
  finishDueWork,
  renewLease,
} from '../../../gateway/ledger/due-work-store.ts'
import { type LeaseHolder, openLeaseHolder } from '../../../gateway/ledger/lease-holder.ts'
import { type Db, openPool } from '../../../gateway/store/pool.ts'
import { type FreshDatabase, freshDatabase } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'

const now = new Date('2026-11-20T02:00:00Z')
const holderName = 'test-holder'
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

/** Another process's pool and sign of life. */
async function another(): Promise<{ db: Db; holder: LeaseHolder }> {
  const own = openPool(database.url, { max: 3, applicationName: holderName })
  return { db: own, holder: await openLeaseHolder(own) }
}

const claimAs = (holder: number | undefined) => claimDueWork(db, 'send', '7', now, 45, holder)
const isOffered = async (): Promise<boolean> => (await findDueWork(db, now, 10)).length === 1

/** Breaks the holder's line as the death of its process does: the server sees its session end. */
const endSessions = () =>
  db.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [holderName])

describe('the holder of a lease', () => {
  it('F27: whose process was killed loses its work at once, long before the lease runs out', async () => {
    const script = `
      import { Client } from 'pg'
      const client = new Client({ connectionString: process.argv[1] })
      await client.connect()
      await client.query('select pg_advisory_lock(4713, 900001)')
      console.log('ready')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, database.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    expect(await claimAs(900_001)).toBeDefined()
    expect(await isOffered()).toBe(false)
    expect(await claimAs(undefined)).toBeUndefined()
    child.kill('SIGKILL')
    await once(child, 'exit')
    await until(isOffered)
    expect(await claimAs(undefined)).toBeDefined()
  })

  it('F31: that takes over from a living one is not there: its work is offered to nobody', async () => {
    const living = await another()
    const claim = await claimAs(living.holder.current())
    expect(claim).toBeDefined()
    expect(await isOffered()).toBe(false)
    expect(await claimAs(undefined)).toBeUndefined()
    await living.holder.close()
    await until(isOffered)
    await living.db.close()
  })

  it('F31: that lost its line and acts on is refused by the fence of the one that took over', async () => {
    const slow = await another()
    const before = await claimAs(slow.holder.current())
    await endSessions()
    await until(isOffered)
    const after = await claimAs(undefined)
    expect(after?.fence).toBeGreaterThan(before?.fence ?? 0n)
    if (!before) throw new Error('not claimed')
    expect(await renewLease(slow.db, before, 45, slow.holder.current())).toBe(false)
    await expect(finishDueWork(slow.db, before)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await slow.holder.close()
    await slow.db.close()
  })

  it('F28: whose server came back keeps its number and with it what it holds', async () => {
    const living = await another()
    const number = living.holder.current()
    await claimAs(number)
    await endSessions()
    await until(async () => living.holder.current() === undefined)
    await until(async () => living.holder.current() !== undefined)
    expect(living.holder.current()).toBe(number)
    await until(async () => !(await isOffered()))
    await living.holder.close()
    await living.db.close()
  })

  it('that keeps no lock at the moment lets its leases stand by their time, once it has renewed them', async () => {
    const claim = await claimAs(900_002)
    expect(await isOffered()).toBe(true)
    if (!claim) throw new Error('not claimed')
    expect(await renewLease(db, claim, 45, undefined)).toBe(true)
    expect(await isOffered()).toBe(false)
  })

  it('F33: is not believed of a claim that an older version made over it', async () => {
    await claimAs(900_003)
    await db.query(
      `update due_work set leased_until = now() + interval '60 seconds', fence = nextval('fence_seq')`,
    )
    expect(await isOffered()).toBe(false)
    expect(await claimAs(undefined)).toBeUndefined()
  })
})
