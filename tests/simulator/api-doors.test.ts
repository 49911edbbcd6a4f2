/** What goes wrong behind a bank's API, through every step of the gateway: one debit a file, and every line ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApiTerms } from '../../gateway/banks/channel-schema.ts'
import { receiveNotice } from '../../gateway/transfer/api/receive-notice.ts'
import { readLog } from '../../ops/simulator/append-log.ts'
import { type CallBook, openCallBook } from '../../ops/simulator/misdeeds/call-book.ts'
import { readFaultScript } from '../../ops/simulator/misdeeds/fault-script.ts'
import { type ApiJourney, startApiJourney } from '../gateway/transfer/api/api-stand.ts'
import { countsOf, expectConserved, plainPeople } from '../support/ledger-view.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-api-doors-'))
let bookPath = ''
let books = 0
let stand: ApiJourney | undefined
let book: CallBook | undefined
afterEach(async () => {
  await stand?.close()
  await book?.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

type Notices = { bank: string; body: Buffer }[]

async function misbehavingBank(
  shape: ApiTerms['shape'],
  rules: string,
  notices?: Notices,
): Promise<ApiJourney> {
  const script = readFaultScript(rules)
  if (script.kind === 'refused') throw new Error(script.problems.join('\n'))
  bookPath = join(folder, `misdeeds-${++books}.ndjson`)
  const now = () => stand?.clock.now() ?? new Date('2026-11-20T10:00:00+08:00')
  const opened = await openCallBook(bookPath, script.rules, { seed: 7, bank: shape }, now)
  book = opened
  const tell = async (bank: string, body: Buffer): Promise<void> => void notices?.push({ bank, body })
  stand = await startApiJourney({
    shape,
    channel: { answerMs: 1000 },
    setup: { book: opened, script: script.rules, ...(notices && { tell }) },
  })
  return stand
}

/** Hands in batches one after the other; all of their lines end, and the bank debited each file once. */
async function expectOneDebitEach(journey: ApiJourney, batches: number): Promise<void> {
  const bank = journey.assembly.bankBook.banks[0]?.bank ?? ''
  for (let batch = 1; batch <= batches; batch++) {
    const sealed = await journey.handIn(`A${batch}`, plainPeople(`A${batch}`, bank, 6))
    if (sealed.kind !== 'accepted') throw new Error(JSON.stringify(sealed))
    await journey.settle(60 * 30)
    const { in_flight = 0, waiting = 0, unknown = 0 } = await countsOf(journey, sealed.batchId)
    expect({ batch, in_flight, waiting, unknown }).toEqual({ batch, in_flight: 0, waiting: 0, unknown: 0 })
    await expectConserved(journey, sealed.batchId)
  }
  expect(journey.api.bank.sums().debit.count).toBe(batches)
  expect(await rulesThatNeverHeld()).toEqual([])
}

/** Rules that counted calls and held on none: a test of a misdeed that never happened would prove nothing. */
async function rulesThatNeverHeld(): Promise<readonly string[]> {
  const held = new Map<string, boolean>()
  for await (const line of readLog(bookPath)) {
    const { rule, hit } = counted.parse(line)
    held.set(rule, hit || (held.get(rule) ?? false))
  }
  return [...held].flatMap(([rule, hit]) => (hit ? [] : [rule]))
}

const counted = z.object({ rule: z.string(), hit: z.boolean() })

describe('a bank behind an API', () => {
  it('F48 F49: that breaks off or falls silent before or after it took the file debits once', async () => {
    const rules =
      'break-after-taking call=1, break-before-taking call=2, time-out-after-taking call=3, http-error status=503 call=2'
    await expectOneDebitEach(await misbehavingBank('xml-post', rules), 3)
  })

  it('F50 F51: that answers rubbish, signs otherwise and gets every call twice debits once', async () => {
    const rules =
      'html-page call=1, answer-der call=2, answer-user-id call=3, garbled call=4, wrong-charset call=5, post-doubled every=1, small-pages'
    await expectOneDebitEach(await misbehavingBank('json-sm', rules), 2)
  })

  it('F52 F55: that is busy, in progress for long, and shut at day-end is waited for', async () => {
    const rules = 'busy call=1 retryAfterS=60, in-progress call=1+2, cut-over'
    const journey = await misbehavingBank('form-post', rules)
    await expectOneDebitEach(journey, 1)
    expect(journey.clock.now().toISOString() > '2026-11-20T16:00').toBe(true)
  })

  it('F70: whose result unpacks without end is refused, and nothing of it counts', async () => {
    const journey = await misbehavingBank('form-post', 'bomb')
    const sealed = await journey.handIn('Z1', plainPeople('Z1', 'unionpay', 6))
    if (sealed.kind !== 'accepted') throw new Error(JSON.stringify(sealed))
    await journey.settle(60 * 3)
    expect(await countsOf(journey, sealed.batchId)).toEqual({ in_flight: 6 })
    const { rows } = await journey.assembly.db.query(`select state from inbound_file`)
    expect(rows).toEqual([{ state: 'quarantined' }])
    expect(journey.api.bank.sums().debit.count).toBe(1)
  })

  it('F53 F54: whose notices come early, twice, forged and again makes us look once a notice, and no more', async () => {
    const notices: Notices = []
    const journey = await misbehavingBank(
      'json-sm',
      'notice-early, notice-doubled, notice-forged, notice-replayed every=1',
      notices,
    )
    await expectOneDebitEach(journey, 2)
    const taken = { taken: 0, repeated: 0, refused: 0 }
    for (const { bank, body } of notices) taken[(await receiveNotice(journey.assembly, bank, body)).kind]++
    expect(taken).toEqual({ taken: 3, repeated: 2, refused: 1 })
  })
})
