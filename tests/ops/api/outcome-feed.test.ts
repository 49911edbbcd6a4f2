/** The whole way over the API: handed in, paid by simulated banks, read from the feed page by page, then looked up. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildApi } from '../../../ops/api/api.ts'
import { generateLines } from '../../../ops/demo/people.ts'
import { odd, paid } from '../../gateway/outcomes/resolution/resolution-stand.ts'
import { answer } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { sendBatch } from '../../support/ledger-view.ts'

const token = 'huida_of-the-platform-of-this-test'
const people = 60
let journey: Journey
let get: (url: string) => Promise<ReturnType<typeof JSON.parse>>
let post: (url: string, payload: object, key: string) => Promise<ReturnType<typeof JSON.parse>>
const woken: string[] = []

beforeAll(async () => {
  journey = await startJourney()
  const { assembly } = journey
  await assembly.db.query(`update api_client set token_sha256 = $1 where client = 'platform'`, [
    createHash('sha256').update(token).digest(),
  ])
  const intake = { ...assembly, spoolFolder: assembly.scratchFolder, threads: 0 }
  const app = buildApi({
    db: assembly.db,
    clock: journey.clock,
    calendar: assembly.calendar,
    intake,
    wake: (wake) => void woken.push(wake.step),
    version: '0',
  })
  get = async (url) =>
    (await app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${token}` } })).json()
  post = async (url, payload, key) => {
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': key }
    return (await app.inject({ method: 'POST', url, headers, payload })).json()
  }
  const banks = assembly.bankBook.banks.map(({ bank }) => ({ code: bank, share: 1 }))
  const lines = [...generateLines({ people, seed: 11, banks, batchNo: 'FEED', region: '430621' })]
  const sealed = await journey.handIn('FEED', lines)
  if (sealed.kind !== 'accepted') throw new Error(JSON.stringify(sealed))
  await journey.settle()
})
afterAll(() => journey.close())

it('every instruction comes through the feed once, whatever the size of the pages', async () => {
  const seen: string[] = []
  let cursor: string | undefined
  for (let more = true; more; ) {
    const page = await get(`/v1/outcomes?limit=7${cursor === undefined ? '' : `&after=${cursor}`}`)
    expect(page.outcomes.length).toBeLessThanOrEqual(7)
    seen.push(...page.outcomes.map(({ instructionId }: { instructionId: string }) => instructionId))
    cursor = page.next
    more = page.more
  }
  const whole = await get('/v1/outcomes?limit=1000')
  expect(whole.outcomes.map(({ instructionId }: { instructionId: string }) => instructionId)).toEqual(seen)
  expect(new Set(seen).size).toBe(seen.length)
  const { position } = await get('/v1/batches/FEED')
  const settled = people - position.total.states.unknown.count - position.total.states.held.count
  expect(seen.length).toBe(settled)
  expect(await get(`/v1/outcomes?after=${cursor}`)).toEqual({ outcomes: [], next: cursor, more: false })
})

it('files and the way of one instruction show how it was paid', async () => {
  const { items } = await get('/v1/batches/FEED/files')
  expect(items.length).toBeGreaterThan(0)
  expect(items.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(people)
  const told = (await get('/v1/outcomes?limit=1000')).outcomes.find(
    ({ outcome }: { outcome: string }) => outcome === 'paid',
  )
  const way = await get(`/v1/instructions/${told.instructionId}`)
  expect(way).toMatchObject({
    state: 'paid',
    bank: told.bank,
    amountFen: told.amountFen,
    answer: { name: told.answer },
  })
  expect(way.events.length).toBeGreaterThan(2)
})

it('the numbers of the position add up in count and in fen', async () => {
  const { position, declared } = await get('/v1/batches/FEED')
  const states: { count: number; amountFen: number }[] = Object.values(position.total.states)
  expect(states.reduce((sum, { count }) => sum + count, 0)).toBe(declared.count)
  expect(states.reduce((sum, state) => sum + state.amountFen, 0)).toBe(declared.amountFen)
})

it('a line that a person decides is told at once, and once under one key', async () => {
  const { file } = await sendBatch(journey, 'FEED-2', 3)
  await answer(journey, file, { rows: [paid(1), odd(2), paid(3)] })
  const { items } = await get('/v1/exceptions?state=open&kind=unmapped')
  const url = `/v1/exceptions/${items[0].exceptionId}/resolution`
  const words = { act: 'paid', by: '县财政局 国库岗', reason: '银行说明', evidence: '银行柜面回函' }
  woken.length = 0
  const decided = await post(url, words, 'decided-1')
  expect(decided).toMatchObject({ act: 'paid', effect: { lines: 1 } })
  expect(woken).toEqual(['route', 'notify'])
  expect(await post(url, words, 'decided-1')).toEqual(decided)
  expect(woken).toEqual(['route', 'notify'])
})
