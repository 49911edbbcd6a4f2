/** Holding a batch back and letting it go through the API: one's own, and only what a client held. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { batchId } from '../../../gateway/ledger/batch.ts'
import { liftBrake, listBrakes, pullBrake } from '../../../gateway/transfer/brakes/pull-brake.ts'
import { lines } from '../../gateway/intake/intake-stand.ts'
import { type ApiStand, openApiStand, postBatch } from './api-stand.ts'

let stand: ApiStand
beforeAll(async () => {
  stand = await openApiStand()
  await postBatch(stand, 'H1', lines('H1', 6))
})
afterAll(() => stand.close())
beforeEach(async () => {
  const hand = { by: 'cli:li.wei', reason: 'between tests' }
  for (const { brakeId } of await listBrakes(stand.intake.needs.db))
    await liftBrake(stand.intake.needs, brakeId, hand)
})

const post = (act: 'hold' | 'release', body: unknown, token?: string) =>
  stand.call({ method: 'POST', url: `/v1/batches/H1/${act}`, body, ...(token !== undefined && { token }) })
const show = async () => (await stand.call({ method: 'GET', url: '/v1/batches/H1' })).json()

async function operatorHolds(): Promise<void> {
  const [row] = await stand.intake.rows(`select batch_id from batch where batch_no = 'H1'`)
  const scope = { kind: 'batch' as const, batchId: batchId(Number(row?.batch_id)) }
  await pullBrake(stand.intake.needs, scope, { by: 'cli:li.wei', reason: 'amounts are wrong' })
}

describe('a client', () => {
  it('holds its batch back, sees that it is held, and lets it go', async () => {
    expect((await show()).held).toBeUndefined()
    const held = await post('hold', { reason: 'a list is missing' })
    expect(held.statusCode).toBe(200)
    expect(held.json()).toMatchObject({
      batchNo: 'H1',
      held: { by: 'county', scope: 'batch', reason: 'a list is missing' },
    })
    expect((await post('hold', { reason: 'once more' })).json().held.reason).toBe('a list is missing')
    expect((await show()).held).toMatchObject({ by: 'county', reason: 'a list is missing' })
    const released = await post('release', { reason: 'the list is here' })
    expect([released.statusCode, released.json()]).toEqual([200, { batchNo: 'H1' }])
    expect((await show()).held).toBeUndefined()
    expect((await post('release', { reason: 'again' })).statusCode).toBe(200)
  })

  it('cannot release what an operator holds, nor does his own release let it go, and learns no operator by name', async () => {
    await operatorHolds()
    const refused = await post('release', { reason: 'please' })
    expect(refused.statusCode).toBe(409)
    expect(refused.json().code).toBe('HELD_BY_OPERATOR')
    await post('hold', { reason: 'ours too' })
    const released = await post('release', { reason: 'ours is over' })
    expect(released.json().held).toMatchObject({ by: 'operator', reason: 'amounts are wrong' })
    expect(JSON.stringify(await show())).not.toContain('li.wei')
  })

  it('sees a brake on everything as a hold of its batch, and one on a single bank not', async () => {
    const { needs } = stand.intake
    const [bank] = needs.bankBook.banks
    if (!bank) throw new Error('no bank')
    const hand = { by: 'cli:li.wei', reason: 'stop' }
    await pullBrake(needs, { kind: 'bank', bankNo: bank.bankNo }, hand)
    expect((await show()).held).toBeUndefined()
    await pullBrake(needs, { kind: 'everything' }, hand)
    expect((await show()).held).toMatchObject({ by: 'operator', scope: 'everything' })
  })

  it('does not find the batch of another client, and gives a reason', async () => {
    expect((await post('hold', { reason: 'x' }, stand.tokens.town)).statusCode).toBe(404)
    expect((await post('release', { reason: 'x' }, stand.tokens.town)).statusCode).toBe(404)
    expect((await post('hold', {})).json().code).toBe('REQUEST_INVALID')
    expect((await post('hold', { reason: 'x', by: 'me' })).json().code).toBe('REQUEST_INVALID')
  })
})
