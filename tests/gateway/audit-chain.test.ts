/** The trail of acts: every committed row has its place in one chain, and whatever is done to it is found at its row. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { anchorLine, appendAnchor, readAnchors } from '../../gateway/audit-anchor.ts'
import { genesis } from '../../gateway/audit-chain.ts'
import { readChainHead } from '../../gateway/audit-chain-store.ts'
import { verifyAudit } from '../../gateway/audit-verify.ts'
import { inTransaction } from '../../gateway/store/transaction.ts'
import { type AuditStand, openAuditStand, rewriteChain } from './audit-stand.ts'
import { type IntakeStand, lines, open, openStand } from './intake/intake-stand.ts'

const insert = `insert into audit_event (actor, act, subject, facts) values ('a', 'b', 'c', '{}')`

describe('a trail', () => {
  let stand: AuditStand
  beforeEach(async () => {
    stand = await openAuditStand(7)
  })
  afterEach(() => stand.close())

  it('of a new database holds, and stands where every chain begins', async () => {
    const empty = await openAuditStand(0)
    expect(await verifyAudit(empty.db)).toEqual({ good: genesis, anchors: 0, flaw: undefined })
    await empty.close()
  })

  it('has one place for every committed row and none for one that was rolled back', async () => {
    await inTransaction(stand.db, async (tx) => {
      await tx.query(insert)
      throw new Error('changed our mind')
    }).catch(() => {})
    await Promise.all(Array.from({ length: 24 }, () => inTransaction(stand.db, (tx) => tx.query(insert))))
    const verdict = await verifyAudit(stand.db)
    expect(verdict).toMatchObject({ good: { count: 31n }, flaw: undefined })
    expect(await readChainHead(stand.db)).toEqual(verdict.good)
  })

  it('is verified over many pages, with the rows counted as they go', async () => {
    await stand.act(4_500)
    const seen: bigint[] = []
    const verdict = await verifyAudit(stand.db, { progress: (done) => seen.push(done) })
    expect(verdict).toMatchObject({ good: { count: 4_507n }, flaw: undefined })
    expect(seen).toEqual([2_000n, 4_000n, 4_507n])
  })

  it('is not held up by a transaction that has acted and sleeps', async () => {
    await inTransaction(stand.db, async (sleeper) => {
      await sleeper.query(insert)
      await inTransaction(stand.db, (tx) => tx.query(insert))
      expect((await verifyAudit(stand.db)).good.count).toBe(8n)
    })
    expect((await verifyAudit(stand.db)).good.count).toBe(9n)
  })

  it('F33: gives a row of the version before its place, and takes none that a writer brings', async () => {
    await stand.db.query(`insert into audit_event (at, actor, act, subject, facts, chain_no, previous_hash, hash)
      values (now(), 'old', 'batch.opened', 'B', '{}', 99, '\\x00', '\\x00')`)
    expect(await verifyAudit(stand.db)).toMatchObject({ good: { count: 8n }, flaw: undefined })
  })

  it.each([
    ['an edit', `update audit_event set actor = 'nobody' where audit_no = 3`],
    ['an edit of a hash', `update audit_event set hash = null where audit_no = 3`],
    ['a deletion', 'delete from audit_event where audit_no = 3'],
    ['an emptying', 'truncate audit_event'],
    ['a head that is set back', 'update audit_head set chain_no = 2'],
    ['a head that is set on', 'update audit_head set chain_no = 20'],
    ['a head that is removed', 'delete from audit_head'],
  ])('F78: refuses %s', async (_, sql) => {
    await expect(stand.db.query(sql)).rejects.toMatchObject({ code: '23000' })
    expect(await stand.flaw()).toBeUndefined()
  })
})

describe('F78: somebody who goes past the triggers', () => {
  const forged = `values (now(), 'x', 'y', 'z', '{}', 4, decode(repeat('11', 32), 'hex'), decode(repeat('22', 32), 'hex'))`
  const swap =
    'update audit_event set chain_no = -1 where chain_no = 3; update audit_event set chain_no = 3 where chain_no = 5; update audit_event set chain_no = 5 where chain_no = -1'
  it.each([
    ['edits who did it', `update audit_event set actor = 'nobody' where chain_no = 4`, 'edited', 4n],
    [
      'edits when it was',
      `update audit_event set at = at + interval '1 us' where chain_no = 4`,
      'edited',
      4n,
    ],
    [
      'edits a fact',
      `update audit_event set facts = facts || '{"count": 1}' where chain_no = 4`,
      'edited',
      4n,
    ],
    [
      'moves text from one field to the next',
      `update audit_event set act = 'batch.accepte', subject = 'd' || subject where chain_no = 4`,
      'edited',
      4n,
    ],
    ['takes a hash away', 'update audit_event set hash = null where chain_no = 4', 'edited', 4n],
    [
      'edits and hashes that row anew',
      `update audit_event set actor = 'nobody' where chain_no = 4; update audit_event e set hash = audit_hash(e) where chain_no = 4`,
      'out-of-place',
      5n,
    ],
    ['deletes the first row', 'delete from audit_event where chain_no = 1', 'missing', 1n],
    ['deletes a row', 'delete from audit_event where chain_no = 4', 'missing', 4n],
    [
      'deletes a row and closes the gap',
      'delete from audit_event where chain_no = 4; update audit_event set chain_no = chain_no - 1 where chain_no > 4',
      'edited',
      4n,
    ],
    ['lets two rows change places', swap, 'edited', 3n],
    [
      'lets two rows change places and hashes them anew',
      `${swap}; update audit_event e set hash = audit_hash(e) where chain_no in (3, 5)`,
      'out-of-place',
      3n,
    ],
    [
      'puts a row in between',
      `update audit_event set chain_no = chain_no + 100 where chain_no > 3; update audit_event set chain_no = chain_no - 99 where chain_no > 100; insert into audit_event (at, actor, act, subject, facts, chain_no, previous_hash, hash) ${forged}`,
      'edited',
      4n,
    ],
    ['cuts off the last rows', 'delete from audit_event where chain_no > 5', 'head-moved', 5n],
    [
      'sets the head back',
      'update audit_head set chain_no = 5, hash = (select hash from audit_event where chain_no = 5)',
      'head-moved',
      7n,
    ],
    ['removes the head', 'delete from audit_head', 'head-moved', 7n],
  ])('%s, and it is found at its row', async (_, sql, kind, chainNo) => {
    const stand = await openAuditStand(7)
    await stand.tamper(sql)
    expect(await stand.flaw()).toMatchObject({ kind, chainNo })
    await stand.close()
  })

  it('writes a row that has no place', async () => {
    const stand = await openAuditStand(7)
    await stand.tamper(insert)
    expect(await stand.flaw()).toEqual({ kind: 'unchained', auditNo: 8n })
    await stand.close()
  })
})

describe('F78: a line kept outside the database', () => {
  let stand: AuditStand
  let folder: string
  let file: string
  beforeEach(async () => {
    stand = await openAuditStand(4)
    folder = mkdtempSync(join(tmpdir(), 'huida-test-anchors-'))
    file = join(folder, 'audit.anchors')
    await anchor()
    await stand.act(3)
    await anchor()
  })
  afterEach(async () => {
    await stand.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const anchor = async (): Promise<void> =>
    appendAnchor(file, anchorLine((await readChainHead(stand.db)) ?? genesis, new Date()))
  const verify = () => verifyAudit(stand.db, { anchors: () => readAnchors(file) })

  it('agrees with a trail that only grew', async () => {
    await stand.act(2)
    expect(await verify()).toMatchObject({ good: { count: 9n }, anchors: 2, flaw: undefined })
  })

  it('tells that everything was written anew, which the trail itself cannot', async () => {
    await stand.tamper(`update audit_event set actor = 'nobody' where chain_no = 2; ${rewriteChain}`)
    expect(await stand.flaw()).toBeUndefined()
    expect((await verify()).flaw).toEqual({ kind: 'anchor-differs', chainNo: 4n, line: 1 })
  })

  it('tells that the end was cut off together with the head', async () => {
    await stand.tamper(
      'delete from audit_event where chain_no > 5; update audit_head set chain_no = 5, hash = (select hash from audit_event where chain_no = 5)',
    )
    expect(await stand.flaw()).toBeUndefined()
    expect((await verify()).flaw).toEqual({ kind: 'anchor-ahead', chainNo: 7n, line: 2 })
  })

  it('tells that the trail was once set back, when a later line counts less', async () => {
    await appendAnchor(file, anchorLine({ count: 3n, hash: 'ab'.repeat(32) }, new Date()))
    expect((await verify()).flaw).toEqual({ kind: 'anchor-differs', chainNo: 3n, line: 3 })
  })

  it('is refused by its number when it is no such line', async () => {
    await appendAnchor(file, '{"count": 7}')
    await expect(verify()).rejects.toMatchObject({ name: 'AnchorRefused', line: 3 })
  })
})

describe('an act of business', () => {
  let stand: IntakeStand
  beforeAll(async () => {
    stand = await openStand()
  })
  afterAll(() => stand.close())

  it('F78: is not committed when its trace cannot be', async () => {
    await stand.rows('alter table audit_head disable trigger user')
    await stand.rows('delete from audit_head')
    await expect(open(stand, 'TRACELESS', lines('TRACELESS', 2))).rejects.toThrow()
    expect(await stand.count('select count(*)::int as n from batch')).toBe(0)
  })
})
