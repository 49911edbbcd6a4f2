/** The result feed: every outcome once and in order, in pages of any size, for its own client and no other. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { feedStart, parseCursor, readOutcomes } from '../../../gateway/outcomes/feed.ts'
import type { Outcome } from '../../../gateway/outcomes/outcome.ts'
import { answer, rowsFor } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { sendBatch } from '../../support/ledger-view.ts'

let journey: Journey
let whole: readonly Outcome[] = []

const failing = { code: '3031', text: '户名不符' }

beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
  const first = await sendBatch(journey, 'F1', 7)
  const second = await sendBatch(journey, 'F2', 5)
  await answer(journey, first.file, { rows: [1, 2].map((seq) => ({ seq, code: '7777', text: '神秘' })) })
  await answer(journey, second.file, { rows: rowsFor(second.file, '7777', '神秘') })
  await answer(journey, first.file, { rows: rowsFor(first.file, '0000').slice(0, 6) })
  await answer(journey, second.file, {
    rows: [...rowsFor(second.file, '0000'), { seq: 2, ...failing }, { seq: 2, code: '0000' }],
  })
  await answer(journey, first.file, {
    rows: [
      { seq: 3, ...failing },
      { seq: 5, ...failing },
    ],
    late: true,
  })
  await answer(journey, first.file, { rows: [{ seq: 7, ...failing }] })
  whole = await readAll(1000)
}, 60_000)
afterAll(() => journey.close())

/** Reads the feed to its end in pages of one size, with the cursor passing through its text each time. */
async function readAll(limit: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let after = feedStart
  for (let page = 0; page < 200; page++) {
    const read = await readOutcomes(journey.assembly.db, 'platform', after, limit)
    expect(read.outcomes.length).toBeLessThanOrEqual(limit)
    outcomes.push(...read.outcomes)
    const next = parseCursor(read.next)
    if (!next) throw new Error(`a cursor that we cannot read: ${read.next}`)
    after = next
    if (!read.more) return outcomes
  }
  throw new Error('the feed never ended')
}

describe('the result feed', () => {
  it('tells every first answer, and every return and contradiction after it', () => {
    expect(
      whole.map(
        ({ instructionId, outcome }) => `${instructionId.slice(0, 2)}${instructionId.slice(-2)} ${outcome}`,
      ),
    ).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((seq) => `F10${seq} paid`),
      ...[1, 2, 3, 4, 5].map((seq) => `F20${seq} paid`),
      'F202 conflicting',
      'F103 returned',
      'F105 returned',
      'F107 failed',
    ])
  })

  it('gives the same in pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: whole.length + 3 }), async (limit) => {
        expect(await readAll(limit)).toEqual(whole)
      }),
      { numRuns: 12 },
    )
    expect(await readAll(1)).toEqual(whole)
  })

  it('goes on where a client stopped, when more has happened meanwhile', async () => {
    const { db } = journey.assembly
    const read = await readOutcomes(db, 'platform', feedStart, 1000)
    const kept = parseCursor(read.next)
    if (!kept) throw new Error('no cursor')
    expect(await readOutcomes(db, 'platform', kept, 10)).toMatchObject({ outcomes: [], next: read.next })
    const batch = await sendBatch(journey, 'F3', 3)
    await answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
    const more = await readOutcomes(db, 'platform', kept, 10)
    expect(more.outcomes.map(({ batchNo }) => batchNo)).toEqual(['F3', 'F3', 'F3'])
  })

  it('shows a client nothing of another', async () => {
    const { db } = journey.assembly
    await db.query(`insert into api_client (client, token_sha256) values ('stranger', sha256('stranger'))`)
    expect(await readOutcomes(db, 'stranger', feedStart, 10)).toEqual({
      outcomes: [],
      next: '0.0',
      more: false,
    })
  })

  it.each(['', '1', '-1.0', '1.0.0', '1.x', '9999999999999999999.1', ' 1.1'])(
    'reads no cursor in "%s"',
    (text) => expect(parseCursor(text)).toBeUndefined(),
  )
})
