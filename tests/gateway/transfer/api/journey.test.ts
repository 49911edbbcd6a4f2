/** The main job over each of the three shapes of API: intake to paid, and the bank's own ledger agrees fen by fen. */
import { afterEach, describe, expect, it } from 'vitest'
import { countOf, countsOf, expectConserved, fileOf, plainPeople } from '../../../support/ledger-view.ts'
import { type ApiJourney, shapes, startApiJourney } from './api-stand.ts'

let journey: ApiJourney | undefined
afterEach(async () => {
  await journey?.close()
  journey = undefined
})

describe('a batch that goes to a bank over its API', () => {
  it.each(shapes)('is paid to the last line over $shape', async ({ shape, bank }) => {
    journey = await startApiJourney({ shape })
    const lines = plainPeople('A1', bank, 45)
    const sealed = await journey.handIn('A1', lines)
    if (sealed.kind !== 'accepted') throw new Error(JSON.stringify(sealed))
    await journey.settle()
    const counts = await countsOf(journey, sealed.batchId)
    expect(counts.waiting ?? 0).toBe(0)
    expect(counts.in_flight ?? 0).toBe(0)
    expect(counts.unknown ?? 0).toBe(0)
    const { debit, credit, refund } = journey.api.bank.sums()
    expect(debit.count).toBe(1)
    expect(credit.count).toBe(await countOf(journey, sealed.batchId, 'paid'))
    expect(credit.count + refund.count).toBe(45)
    expect(refund.count).toBeGreaterThan(0)
    expect((await fileOf(journey, sealed.batchId)).state).toBe('closed')
    await expectConserved(journey, sealed.batchId)
  })
})

it('the service opens a channel for a bank whose agreement names an API', async () => {
  journey = await startApiJourney({ shape: 'form-post' })
  const bank = journey.assembly.bankBook.banks[0]
  if (!bank) throw new Error('no bank')
  const channel = journey.wired(bank)
  expect(await channel.list()).toEqual([])
  await expect(channel.fetch('nothing')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'REMOTE_REFUSED',
  })
})
