/**
 * Shipped layouts on the whole way, each at a bank of its own: rows of fixed width that come back written over, XML,
 * rows that are named by their place, answers of the day, and markers with single fields under a key.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shippedFolder } from '../../formats/profile/load-catalog.ts'
import { checkLaws, listAccepted, recountBatch } from '../../gateway/ledger/conservation-store.ts'
import { readPositions } from '../../gateway/ledger/position-store.ts'
import { compareLedgers } from '../../ops/demo/demo-law-store.ts'
import { generateLines } from '../../ops/demo/people.ts'
import { readBankLedgers } from '../../ops/simulator/world/read-bank-ledgers.ts'
import { type Journey, startJourney } from '../support/journey.ts'

const profiles = ['icbc-offer', 'iso20022-pain001', 'cib-batch', 'gzelink-xml', 'ums-ret', 't1-marker']
const codes = profiles.map((profile) => `my-${profile}`)
const root = mkdtempSync(join(tmpdir(), 'huida-catalog-journey-'))
let journey: Journey

beforeAll(async () => {
  for (const profile of profiles)
    cpSync(join(shippedFolder(), `${profile}.yaml`), join(root, `${profile}.yaml`))
  journey = await startJourney({ only: [], profiles: root, failShare: 0.15, returnShare: 0.05 })
  const banks = codes.map((code) => ({ code, share: 1 }))
  const lines = [...generateLines({ people: 240, seed: 5, banks, batchNo: 'K1', region: '430621' })]
  expect((await journey.handIn('K1', lines)).kind).toBe('accepted')
  await journey.settle()
  journey.clock.turn(4 * 24 * 60)
  expect(await journey.runQuiet()).toEqual([])
})
afterAll(async () => {
  await journey.close()
  rmSync(root, { recursive: true })
})

async function acceptedBatch() {
  const [batch] = await listAccepted(journey.assembly.db)
  if (!batch) throw new Error('no batch')
  return batch
}

describe('shipped layouts from the first line to the last fen', () => {
  it.each(codes)('%s answers every line, and some of them fail', async (code) => {
    const { db } = journey.assembly
    const positions = await readPositions(db, (await acceptedBatch()).batchId)
    const found = positions.find(({ bank }) => bank === code)
    const { waiting, in_flight, unknown, conflict, paid } = found?.states ?? {}
    for (const open of [waiting, in_flight, unknown, conflict]) expect(open?.count).toBe(0)
    expect(paid?.count).toBeGreaterThan(20)
    expect(paid?.count).toBeLessThan(found?.accepted.count ?? 0)
  })

  it('puts nobody a question that a person has to answer, and quarantines nothing', async () => {
    const { db } = journey.assembly
    const { rows } = await db.query(`select kind from exception_item`)
    expect(rows).toEqual([])
    const quarantined = await db.query(`select name from inbound_file where state = 'quarantined'`)
    expect(quarantined.rows).toEqual([])
  })

  it('agrees with the ledgers of the banks fen by fen', async () => {
    const { db } = journey.assembly
    const batch = await acceptedBatch()
    expect(await recountBatch(db, batch.batchId, batch.shard)).toEqual([])
    expect((await checkLaws(db)).filter((law) => law.broken > 0)).toEqual([])
    expect(await compareLedgers(db, readBankLedgers(journey.banksFolder))).toMatchObject({
      creditedNotPaid: 0,
      paidNotCredited: 0,
      creditedTwice: 0,
      returnsDiffer: 0,
    })
  })
})
