/** Transactions on a real server: what is run again, what is told as doubt, and what a broken COPY leaves. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Fault } from '../../../gateway/faults.ts'
import { copyInto, copyOut, copyRow } from '../../../gateway/store/copy.ts'
import { type Db, openPool } from '../../../gateway/store/pool.ts'
import { inTransaction } from '../../../gateway/store/transaction.ts'
import { bareDatabase, type FreshDatabase } from '../../support/postgres.ts'

let database: FreshDatabase
let db: Db

beforeAll(async () => {
  database = await bareDatabase()
  db = openPool(database.url, { max: 6 })
  await db.query('CREATE TABLE purse (name text PRIMARY KEY, amount_fen bigint NOT NULL, kept_on date)')
})

afterAll(async () => {
  await db.close()
  await database.drop()
})

const amountOf = async (name: string): Promise<bigint | undefined> =>
  (await db.query<{ amount_fen: bigint }>('SELECT amount_fen FROM purse WHERE name = $1', [name])).rows[0]
    ?.amount_fen

describe('what PostgreSQL hands back', () => {
  it('keeps amounts beyond 2^53 exact, and days as they are written', async () => {
    await db.query('INSERT INTO purse VALUES ($1, $2, $3)', ['large', 9_007_199_254_740_993n, '2026-02-28'])
    const { rows } = await db.query('SELECT amount_fen, kept_on, sum(amount_fen) OVER () AS total FROM purse')
    expect(rows).toEqual([
      { amount_fen: 9_007_199_254_740_993n, kept_on: '2026-02-28', total: '9007199254740993' },
    ])
    const lists = await db.query<{ list: bigint[] }>(
      "SELECT '{1,NULL,3}'::bigint[] AS list, '{}'::bigint[] AS none",
    )
    expect(lists.rows).toEqual([{ list: [1n, null, 3n], none: [] }])
  })

  it('prepares a named statement once and answers the same', async () => {
    const statement = { name: 'one_more', text: 'SELECT $1::bigint + 1 AS next' }
    const answers = await Promise.all([1n, 2n].map((n) => db.query<{ next: bigint }>(statement, [n])))
    expect(answers.map((answer) => answer.rows[0]?.next)).toEqual([2n, 3n])
  })
})

describe('a transaction', () => {
  it('undoes everything when its work throws', async () => {
    const attempt = inTransaction(db, async (tx) => {
      await tx.query("INSERT INTO purse VALUES ('undone', 1)")
      throw new Error('no')
    })
    await expect(attempt).rejects.toThrow('no')
    expect(await amountOf('undone')).toBeUndefined()
  })

  it('F30: is run again after a serialization failure, and both additions count', async () => {
    await db.query("INSERT INTO purse VALUES ('shared', 0)")
    const addOne = (): Promise<void> =>
      inTransaction(
        db,
        async (tx) => {
          const { rows } = await tx.query<{ amount_fen: bigint }>(
            "SELECT amount_fen FROM purse WHERE name = 'shared'",
          )
          await tx.query("UPDATE purse SET amount_fen = $1 WHERE name = 'shared'", [
            (rows[0]?.amount_fen ?? 0n) + 1n,
          ])
        },
        { isolation: 'serializable', attempts: 30 },
      )
    await Promise.all(Array.from({ length: 5 }, addOne))
    expect(await amountOf('shared')).toBe(5n)
  })

  it('F28: is run again when its connection is cut before the commit', async () => {
    let runs = 0
    await inTransaction(db, async (tx) => {
      runs++
      await tx.query("INSERT INTO purse VALUES ('cut', 7)")
      if (runs === 1) await tx.query('SELECT pg_terminate_backend(pg_backend_pid())')
    })
    expect(runs).toBe(2)
    expect(await amountOf('cut')).toBe(7n)
  })

  it('refuses to call a transaction committed in which an error was swallowed', async () => {
    const attempt = inTransaction(db, async (tx) => {
      await tx.query("INSERT INTO purse VALUES ('swallowed', 1)")
      await tx.query('SELECT 1/0').catch(() => {})
    })
    await expect(attempt).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await amountOf('swallowed')).toBeUndefined()
  })

  it('F28: tells doubt when the connection breaks while committing', async () => {
    await db.query(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$`)
    await db.query('CREATE TABLE deadly (n int)')
    await db.query(`CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON deadly
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()`)
    let runs = 0
    const attempt = inTransaction(db, async (tx) => {
      runs++
      await tx.query('INSERT INTO deadly VALUES (1)')
    })
    const error = await attempt.catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Fault)
    expect(error).toMatchObject({ code: 'COMMIT_UNKNOWN', entry: { retry: 'after-confirming' } })
    expect(runs).toBe(1)
  })
})

async function* rows(count: number, breakAt = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at++) {
    if (at === breakAt) throw new Error('the body ended early')
    yield Buffer.from(copyRow([`row ${at}\t\\ 惠`, BigInt(at), null]))
  }
}

describe('COPY', () => {
  const into = 'COPY purse (name, amount_fen, kept_on) FROM STDIN'

  it('takes rows in and gives the same bytes out', async () => {
    const count = await inTransaction(db, (tx) => copyInto(tx, into, rows(20_000)))
    expect(count).toBe(20_000)
    const parts: Buffer[] = []
    await inTransaction(db, async (tx) => {
      const sql = "COPY (SELECT * FROM purse WHERE name LIKE 'row %' ORDER BY amount_fen) TO STDOUT"
      for await (const chunk of copyOut(tx, sql)) parts.push(chunk)
      await tx.query("DELETE FROM purse WHERE name LIKE 'row %'")
    })
    const sent: Buffer[] = []
    for await (const row of rows(20_000)) sent.push(row)
    expect(Buffer.concat(parts).equals(Buffer.concat(sent))).toBe(true)
  })

  it('keeps nothing and reuses no connection when the source breaks', async () => {
    const attempt = inTransaction(db, (tx) => copyInto(tx, into, rows(20_000, 15_000)))
    await expect(attempt).rejects.toThrow('the body ended early')
    expect(await amountOf('row 0\t\\ 惠')).toBeUndefined()
    expect(db.counts().waiting).toBe(0)
    expect((await db.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  it('says which line the database refused, and does not take the source a second time', async () => {
    let taken = 0
    const bad = (async function* (): AsyncGenerator<Buffer> {
      taken++
      yield Buffer.from('fine\t1\t\\N\nbad\tmany\t\\N\n')
    })()
    await expect(inTransaction(db, (tx) => copyInto(tx, into, bad))).rejects.toThrow(
      /invalid input syntax.*bigint/,
    )
    expect(taken).toBe(1)
  })

  it('fails, and is not run again, when the server goes away half-way', async () => {
    let runs = 0
    const attempt = inTransaction(db, async (tx) => {
      runs++
      const { rows: found } = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      const cutting = (async function* (): AsyncGenerator<Buffer> {
        for await (const chunk of rows(10_000)) {
          if (chunk.includes('row 5000\\t'))
            await db.query('SELECT pg_terminate_backend($1)', [found[0]?.pid])
          yield chunk
        }
      })()
      await copyInto(tx, into, cutting)
    })
    await expect(attempt).rejects.toThrow()
    expect(runs).toBe(1)
  })

  it('loses its connection, not the pool, when a reader of COPY TO stops early', async () => {
    const attempt = inTransaction(db, async (tx) => {
      for await (const _ of copyOut(tx, 'COPY (SELECT generate_series(1, 500000)) TO STDOUT')) break
    })
    await expect(attempt).rejects.toThrow('COPY TO was left before its end')
    expect((await db.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  it('refuses text that PostgreSQL cannot hold', () => {
    expect(() => copyRow(['a\0b'])).toThrow(RangeError)
    expect(copyRow([true, Buffer.from('ff', 'hex'), 'x\r\ny'])).toBe('t\t\\\\xff\tx\\r\\ny\n')
  })
})
