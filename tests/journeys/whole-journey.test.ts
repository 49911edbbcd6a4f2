/** The main job in one process: an approved batch goes out to four banks and every fen comes to rest. */
import { afterEach, describe, expect, it } from 'vitest'
import { checkLaws, listAccepted, recountBatch } from '../../gateway/ledger/conservation-store.ts'
import type { InstructionState } from '../../gateway/ledger/instruction-states.ts'
import { readPositions } from '../../gateway/ledger/position-store.ts'
import { compareLedgers } from '../../ops/demo/demo-law-store.ts'
import { generateLines } from '../../ops/demo/people.ts'
import { readBankLedgers } from '../../ops/simulator/world/read-bank-ledgers.ts'
import { type Journey, startJourney } from '../support/journey.ts'

const banks = [
  { code: 'yy-rcb', share: 4 },
  { code: 'cmbc', share: 3 },
  { code: 'ccb', share: 2 },
  { code: 'spdb', share: 2 },
]

let journey: Journey | undefined
afterEach(async () => journey?.close())

describe('the journey of a batch', () => {
  it('pays, fails, returns late and loses nothing, and the banks agree fen by fen', async () => {
    journey = await startJourney({ failShare: 0.1, returnShare: 0.05 })
    const lines = [...generateLines({ people: 600, seed: 3, banks, batchNo: 'J1', region: '430621' })]
    expect((await journey.handIn('J1', lines)).kind).toBe('accepted')
    await journey.settle()
    journey.clock.turn(4 * 24 * 60)
    const putOff = await journey.runQuiet()
    expect(putOff).toEqual([])
    const { db } = journey.assembly
    const [batch] = await listAccepted(db)
    if (!batch) throw new Error('no batch')
    const positions = await readPositions(db, batch.batchId)
    const sumOf = (state: InstructionState): number =>
      positions.reduce((sum, bank) => sum + bank.states[state].count, 0)
    expect(sumOf('waiting') + sumOf('in_flight') + sumOf('unknown') + sumOf('conflict')).toBe(0)
    expect(sumOf('paid')).toBeGreaterThan(450)
    expect(sumOf('correcting')).toBeGreaterThan(0)
    expect(sumOf('treasury_pending')).toBeGreaterThan(0)
    expect(await recountBatch(db, batch.batchId, batch.shard)).toEqual([])
    expect((await checkLaws(db)).filter((law) => law.broken > 0)).toEqual([])
    const differences = await compareLedgers(db, readBankLedgers(journey.banksFolder))
    expect(differences).toMatchObject({
      creditedNotPaid: 0,
      paidNotCredited: 0,
      creditedTwice: 0,
      returnsDiffer: 0,
    })
  })
})
