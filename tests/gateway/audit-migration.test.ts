/** The migration that makes the trail a chain, on a database that already has acts in it. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { verifyAudit } from '../../gateway/audit-verify.ts'
import { migrate } from '../../gateway/store/migrate.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { bareDatabase } from '../support/postgres.ts'

const shipped = fileURLToPath(new URL('../../gateway/store/migrations/', import.meta.url))

it('F33: chains the acts of the version before in their order, gaps and all', async () => {
  const database = await bareDatabase()
  const db = openPool(database.url, { max: 2 })
  const before = mkdtempSync(join(tmpdir(), 'huida-test-migrations-'))
  for (const file of readdirSync(shipped).filter((name) => name < '0033'))
    cpSync(join(shipped, file), join(before, file))
  await migrate(db, before)
  for (const subject of ['first', 'lost', 'last'])
    await db.query(`insert into audit_event (actor, act, subject, facts) values ('a', 'b', $1, '{}')`, [
      subject,
    ])
  await db.query(`delete from audit_event where subject = 'lost'`)
  await migrate(db)
  const { rows } = await db.query('select subject, chain_no from audit_event order by chain_no')
  expect(rows).toEqual([
    { subject: 'first', chain_no: 1n },
    { subject: 'last', chain_no: 2n },
  ])
  expect(await verifyAudit(db)).toMatchObject({ good: { count: 2n }, flaw: undefined })
  await db.close()
  await database.drop()
  rmSync(before, { recursive: true })
})
