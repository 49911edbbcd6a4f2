/** A bank that does not answer: somebody is told once, the bank is asked at growing distances, and nothing ends by itself. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adoptObligations } from '../../../../gateway/transfer/owed/obligation-store.ts'
import { bankFolders } from '../../../../ops/simulator/bank/bank-desk.ts'
import { answer, rowsFor } from '../../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../../support/journey.ts'
import { countsOf, expectConserved, type SentBatch, sendBatch } from '../../../support/ledger-view.ts'
import { lookOnce, runOne, runOnly } from '../../../support/step-runs.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e7, lateAnswerHours: 1e6 })
})
afterAll(() => journey.close())

interface Told {
  readonly state: string
  readonly facts: Readonly<Record<string, unknown>>
  readonly resolution: Readonly<Record<string, unknown>> | null
}

async function toldOf(fileId: number, kind = 'result-late'): Promise<Told[]> {
  const { rows } = await journey.assembly.db.query<Told>(
    'select state, facts, resolution from exception_item where file_id = $1 and kind = $2 order by exception_id',
    [fileId, kind],
  )
  return rows
}

async function dueOf(fileId: number): Promise<Date | undefined> {
  const { rows } = await journey.assembly.db.query<{ due_at: Date }>(
    `select due_at from due_work where step = 'chase' and subject = $1`,
    [String(fileId)],
  )
  return rows[0]?.due_at
}

const minutesUntil = (at: Date | undefined): number =>
  at === undefined ? Number.NaN : (at.getTime() - journey.clock.now().getTime()) / 60_000

/** Turns time to when the bank owes its result, and lets it be noticed. */
async function becomeLate({ file }: SentBatch): Promise<void> {
  journey.clock.turn(minutesUntil(await dueOf(file.fileId)))
  await runOnly(journey, ['chase'])
}

describe('a result that does not come', () => {
  it('F72: is told once with what people need, and looked for at growing distances', async () => {
    const sent = await sendBatch(journey, 'L1', 5)
    const { fileId } = sent.file
    expect(await toldOf(fileId)).toEqual([])
    await becomeLate(sent)
    const [told, ...others] = await toldOf(fileId)
    expect(others).toEqual([])
    expect(told).toMatchObject({
      state: 'open',
      facts: { bank: 'cmbc', name: sent.file.name, linesOpen: 5, lines: 5 },
    })
    expect(told?.facts).toHaveProperty('sentAt')
    const gaps: number[] = []
    for (let ask = 0; ask < 4; ask++) {
      const gap = minutesUntil(await dueOf(fileId))
      gaps.push(gap)
      journey.clock.turn(gap)
      expect((await runOne(journey, 'chase', fileId)).kind).toBe('done')
    }
    expect(gaps).toEqual([60, 240, 1440, 1440])
    expect(await toldOf(fileId)).toHaveLength(1)
  })

  it('F52: never becomes final by itself, however long it takes', async () => {
    const sent = await sendBatch(journey, 'L2', 4)
    await becomeLate(sent)
    for (let day = 0; day < 40; day++) {
      journey.clock.turn(1440)
      await runOnly(journey, ['chase'])
    }
    expect(await countsOf(journey, sent.batchId)).toEqual({ in_flight: 4 })
    expect(await toldOf(sent.file.fileId)).toHaveLength(1)
    await expectConserved(journey, sent.batchId)
  })

  it('F72: closes by itself when the answer is in, and is chased no more', async () => {
    const sent = await sendBatch(journey, 'L3', 3)
    await becomeLate(sent)
    await answer(journey, sent.file, { rows: rowsFor(sent.file, '0000') })
    expect(await toldOf(sent.file.fileId)).toMatchObject([
      { state: 'resolved', resolution: { by: 'huida', cause: 'the bank gave its result' } },
    ])
    journey.clock.turn(3000)
    await runOnly(journey, ['chase'])
    expect(await dueOf(sent.file.fileId)).toBeUndefined()
  })

  it('stays owed while some lines are open, and counts them', async () => {
    const sent = await sendBatch(journey, 'L4', 4)
    await answer(journey, sent.file, { rows: rowsFor(sent.file, '0000').slice(0, 3) })
    await becomeLate(sent)
    const open = (await countsOf(journey, sent.batchId)).in_flight ?? 0
    expect(open).toBeGreaterThan(0)
    expect(await toldOf(sent.file.fileId)).toMatchObject([{ facts: { linesOpen: open, lines: 4 } }])
  })
})

describe('what is found out about a late result', () => {
  const folderOf = (): string => bankFolders(journey.world.world.banks[0]?.folder ?? '').in

  it('says that the bank never fetched our file, while it lies in its folder', async () => {
    const sent = await sendBatch(journey, 'L5', 3)
    const { sealedBytes = 0, fileId } = sent.file
    journey.clock.turn(minutesUntil(await dueOf(fileId)))
    // The simulated bank takes files within moments, so its idleness has to be played.
    await runOne(journey, 'chase', fileId, {
      channelOf: (one) => ({
        ...journey.assembly.channelOf(one),
        confirm: async () => ({ final: { sizeBytes: sealedBytes } }),
      }),
    })
    expect((await toldOf(fileId))[0]?.facts['found']).toContain('never fetched')
  })

  it('says that the file is gone where somebody took it', async () => {
    const sent = await sendBatch(journey, 'L6', 3)
    rmSync(join(folderOf(), sent.file.sealedName ?? ''), { force: true })
    await becomeLate(sent)
    expect((await toldOf(sent.file.fileId))[0]?.facts['found']).toContain('gone')
  })

  it('is told although the bank cannot be reached, and its inbox is looked into at once', async () => {
    const sent = await sendBatch(journey, 'L7', 3)
    const [bank] = journey.assembly.bankBook.banks
    if (!bank) throw new Error('no bank')
    await lookOnce(journey, bank)
    journey.clock.turn(minutesUntil(await dueOf(sent.file.fileId)))
    const run = await runOne(journey, 'chase', sent.file.fileId, {
      channelOf: (one) => ({
        ...journey.assembly.channelOf(one),
        confirm: () => Promise.reject(new Error('connect ECONNREFUSED')),
      }),
    })
    expect(run).toMatchObject({ kind: 'done', wakes: [{ step: 'collect' }] })
    const [told] = await toldOf(sent.file.fileId)
    expect(told?.facts['found']).toMatch(/could not be asked/)
  })
})

describe('a file that a process of the version before sent', () => {
  it('F33: owes its result all the same, once somebody starts', async () => {
    const sent = await sendBatch(journey, 'L8', 3)
    const { db } = journey.assembly
    const { fileId } = sent.file
    await db.query('delete from obligation where file_id = $1', [fileId])
    await db.query(`delete from due_work where step = 'chase' and subject = $1`, [String(fileId)])
    await db.query('update bank_file set result_due_at = $2 where file_id = $1', [
      fileId,
      journey.clock.now(),
    ])
    expect(await adoptObligations(db)).toBe(1)
    expect(await adoptObligations(db)).toBe(0)
    await runOnly(journey, ['chase'])
    expect(await toldOf(fileId)).toHaveLength(1)
  })
})
