/** Four banks over SFTP and three behind APIs in one world: a batch over all of them, every law, and the banks' own ledgers. */
import { afterEach, describe, expect, it } from 'vitest'
import { compareLedgers } from '../../ops/demo/demo-law-store.ts'
import { generateLines } from '../../ops/demo/people.ts'
import { readBankLedgers, readBankTotals } from '../../ops/simulator/world/read-bank-ledgers.ts'
import { readBankWork } from '../../ops/simulator/world/read-bank-work.ts'
import { type Journey, startJourney } from '../support/journey.ts'
import { countsOf, expectConserved } from '../support/ledger-view.ts'

const codes = ['yy-rcb', 'cmbc', 'ccb', 'spdb', 'cmb-api', 'icbc-api', 'unionpay-api']

let journey: Journey | undefined
afterEach(() => journey?.close())

describe('a world with banks of every road', () => {
  it('pays a batch over all seven, and the banks agree fen by fen', async () => {
    journey = await startJourney({ api: true, failShare: 0.1, returnShare: 0.05 })
    expect(journey.assembly.bankBook.banks.map(({ bank }) => bank).sort()).toEqual([...codes].sort())
    const banks = codes.map((code) => ({ code, share: 1 }))
    const people = { people: 210, seed: 3, banks, batchNo: 'W1', region: '430621' }
    const sealed = await journey.handIn('W1', [...generateLines(people)])
    if (sealed.kind !== 'accepted') throw new Error(JSON.stringify(sealed))
    await journey.settle()
    journey.clock.turn(4 * 24 * 60)
    expect(await journey.runQuiet()).toEqual([])
    const counts = await countsOf(journey, sealed.batchId)
    expect(Object.keys(counts).sort()).not.toContain('in_flight')
    expect(counts.paid).toBeGreaterThan(150)
    await expectConserved(journey, sealed.batchId)
    const { db } = journey.assembly
    expect(await compareLedgers(db, readBankLedgers(journey.banksFolder))).toMatchObject({
      creditedNotPaid: 0,
      paidNotCredited: 0,
      creditedTwice: 0,
      returnsDiffer: 0,
    })
    const totals = await readBankTotals(journey.banksFolder)
    expect(totals.map(({ debits }) => debits.count)).toEqual(codes.map(() => 1))
    expect((await readBankWork(journey.banksFolder, journey.clock.now())).due).toBe(0)
  }, 120_000)
})
