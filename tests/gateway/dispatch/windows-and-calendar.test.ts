/** Files go while their bank is open: a cut-off that passes moves them, a year without a calendar stops them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Journey, startJourney } from '../../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, fileOf, plainPeople } from '../../support/ledger-view.ts'
import { runOne, runOnly } from '../../support/step-runs.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['yy-rcb'], answerDelayMinutes: 1e7, lateAnswerHours: 1e6 })
})
afterAll(() => journey.close())

const turnTo = (time: string): void =>
  journey.clock.turn((Date.parse(`${time}:00+08:00`) - journey.clock.now().getTime()) / 60_000)

const accept = async (batchNo: string): Promise<number> =>
  (await acceptBatch(journey, batchNo, plainPeople(batchNo, 'yy-rcb', 3))).batchId

const arrived = (): string[] =>
  readdirSync(join(journey.world.world.banks[0]?.folder ?? '', 'sftp', 'in')).filter((name) =>
    name.endsWith('.p7m'),
  )

/** When the sending of a file is due, in China. */
async function dueAt(fileId: number): Promise<string | undefined> {
  const { rows } = await journey.assembly.db.query<{ at: string }>(
    `select to_char(due_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') as at from due_work
     where step = 'send' and subject = $1`,
    [String(fileId)],
  )
  return rows[0]?.at
}

describe('F21: a bank that is open on working days from 08:30 to 17:30', () => {
  it('gets a file on Monday whose cut-off passed on Friday while it was composed', async () => {
    turnTo('2026-11-20T17:20')
    const batchId = await accept('W1')
    await runOnly(journey, ['plan', 'compose'])
    const { fileId, businessDate } = await fileOf(journey, batchId)
    expect(businessDate).toBe('2026-11-20')
    turnTo('2026-11-20T17:30')
    expect((await runOne(journey, 'send', fileId)).kind).toBe('done')
    expect(await dueAt(fileId)).toBe('2026-11-23 08:30')
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 3 })
    expect(arrived()).toEqual([])
    turnTo('2026-11-23T08:30')
    await runOnly(journey, ['send'])
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    await expectConserved(journey, batchId)
  })

  it('gets a file that is planned after hours under the date of the day on which it goes', async () => {
    turnTo('2026-11-27T18:00')
    const batchId = await accept('W2')
    await runOnly(journey, ['plan', 'compose', 'send'])
    const file = await fileOf(journey, batchId)
    expect(file).toMatchObject({ businessDate: '2026-11-30', state: 'sealed' })
    expect(await dueAt(file.fileId)).toBe('2026-11-30 08:30')
  })

  it('gets nothing in a year whose calendar is not published, and people are told which', async () => {
    turnTo('2026-12-31T17:00')
    const sealed = await accept('W3')
    await runOnly(journey, ['plan', 'compose'])
    turnTo('2027-01-04T10:00')
    const { fileId } = await fileOf(journey, sealed)
    const before = arrived()
    expect(await runOne(journey, 'send', fileId)).toMatchObject({
      kind: 'put-off',
      fault: { code: 'CALENDAR_MISSING', facts: { year: 2027 } },
    })
    const unplanned = await accept('W4')
    expect(await runOne(journey, 'plan', unplanned)).toMatchObject({
      kind: 'put-off',
      fault: { code: 'CALENDAR_MISSING' },
    })
    expect(arrived()).toEqual(before)
    expect(await countsOf(journey, sealed)).toEqual({ waiting: 3 })
    expect(await countsOf(journey, unplanned)).toEqual({ waiting: 3 })
    await expectConserved(journey, sealed, unplanned)
  })
})
