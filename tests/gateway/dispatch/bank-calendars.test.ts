/** A bank's own days and cut-off decide when its file goes; a year that is not published holds back that bank alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Agreement } from '../../../gateway/banks/agreement.ts'
import type { Calendar } from '../../../gateway/banks/calendar.ts'
import { bankBook } from '../../../gateway/banks/open-bank-book.ts'
import { findFilesOfBatch } from '../../../gateway/dispatch/bank-file-store.ts'
import { batchId as toBatchId } from '../../../gateway/ledger/batch.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, plainPeople } from '../../support/ledger-view.ts'
import { type Replaced, runOne, runOnly } from '../../support/step-runs.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({
    only: ['cmbc', 'yy-rcb', 'spdb'],
    answerDelayMinutes: 20,
    failShare: 0,
    returnShare: 0,
  })
})
afterAll(() => journey.close())

const turnTo = (time: string): void =>
  journey.clock.turn((Date.parse(`${time}:00+08:00`) - journey.clock.now().getTime()) / 60_000)

/** The same banks with changed agreements. */
function agreed(changes: Readonly<Record<string, Partial<Agreement>>>): Replaced {
  const { bankBook: book } = journey.assembly
  const banks = book.banks.map((bank) => ({
    ...bank,
    agreement: { ...bank.agreement, ...changes[bank.bank] },
  }))
  return { bankBook: bankBook(banks, []) }
}

/** The calendar of the day on which 2027 was published, with nothing in it. */
const with2027 = (): { calendar: Calendar } => ({
  calendar: { ...journey.assembly.calendar, years: new Set([2025, 2026, 2027]) },
})

const fileDays = async (batchId: number): Promise<Record<string, string[]>> => {
  const files = await findFilesOfBatch(journey.assembly.db, toBatchId(batchId))
  const days: Record<string, string[]> = {}
  for (const { bankNo, businessDate, notBefore, rowCount } of files) {
    const { bank } = journey.assembly.bankBook.byNo(bankNo)
    const goes = new Date(notBefore.getTime() + 8 * 3_600_000).toISOString().slice(11, 16)
    days[bank] = [...(days[bank] ?? []), `${businessDate} ${goes} ${rowCount}`]
  }
  return days
}

async function accept(batchNo: string, people: number, ...banks: string[]): Promise<number> {
  const lines = banks.flatMap((bank) => plainPeople(`${batchNo}-${bank}`, bank, people))
  return (await acceptBatch(journey, batchNo, lines)).batchId
}

const lastFault = async (batchId: number): Promise<string | undefined> =>
  (
    await journey.assembly.db.query<{ last_fault: string }>(
      `select last_fault from due_work where step = 'plan' and subject = $1`,
      [String(batchId)],
    )
  ).rows[0]?.last_fault

describe('a file goes', () => {
  const hours = { windows: [{ days: 'working', open: '08:30', close: '17:30', releaseBy: '16:30' }] } as const

  it.each([
    ['16:29', '2026-11-20 16:29 3'],
    ['16:30', '2026-11-23 08:30 3'],
  ])('when it is released at %s before a cut-off at 16:30: %s', async (time, goes) => {
    turnTo(`2026-11-20T${time}`)
    const batchId = await accept(`C${time.replace(':', '')}`, 3, 'yy-rcb')
    await runOne(journey, 'plan', batchId, agreed({ 'yy-rcb': { windows: [...hours.windows] } }))
    expect(await fileDays(batchId)).toEqual({ 'yy-rcb': [goes] })
  })

  it('and is sent until the bank closes, also after the cut-off for releases', async () => {
    turnTo('2026-11-20T16:20')
    const batchId = await accept('C-LATE', 3, 'yy-rcb')
    const tight = agreed({ 'yy-rcb': { windows: [...hours.windows] } })
    await runOne(journey, 'plan', batchId, tight)
    turnTo('2026-11-20T16:40')
    await runOnly(journey, ['compose', 'send'], tight)
    const [file] = await findFilesOfBatch(journey.assembly.db, toBatchId(batchId))
    expect(file?.state).toBe('sent')
  })

  it("on none of the bank's own days off, whatever its windows, and on its own working days", async () => {
    turnTo('2026-11-20T18:00')
    const own = agreed({
      'yy-rcb': { calendar: { off: ['2026-11-23'], work: ['2026-11-21'] } },
      cmbc: { calendar: { off: ['2026-11-20', '2026-11-21'], work: [] } },
    })
    const batchId = await accept('C-OWN', 2, 'yy-rcb', 'cmbc')
    await runOne(journey, 'plan', batchId, own)
    expect(await fileDays(batchId)).toEqual({
      'yy-rcb': ['2026-11-21 08:30 2'],
      cmbc: ['2026-11-22 00:00 2'],
    })
    turnTo('2026-11-23T10:00')
    const monday = await accept('C-OWN2', 2, 'yy-rcb')
    await runOne(journey, 'plan', monday, own)
    expect(await fileDays(monday)).toEqual({ 'yy-rcb': ['2026-11-24 08:30 2'] })
  })
})

describe('F21: in a year that is not published', () => {
  it('only the banks of working days wait; their lines are planned when the year is known', async () => {
    turnTo('2027-01-04T10:00')
    const batchId = await accept('Y1', 4, 'cmbc', 'yy-rcb', 'spdb')
    expect(await runOne(journey, 'plan', batchId)).toMatchObject({
      kind: 'put-off',
      fault: { code: 'CALENDAR_MISSING', facts: { bank: expect.stringMatching(/yy-rcb/), year: 2027 } },
    })
    expect(await fileDays(batchId)).toEqual({ cmbc: ['2027-01-04 10:00 4'] })
    expect(await lastFault(batchId)).toBe('CALENDAR_MISSING')
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 12 })
    await runOnly(journey, ['compose', 'send'])
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 8, in_flight: 4 })
    journey.clock.turn(15)
    expect((await runOne(journey, 'plan', batchId)).kind).toBe('put-off')
    expect(Object.keys(await fileDays(batchId))).toEqual(['cmbc'])
    journey.clock.turn(15)
    expect((await runOne(journey, 'plan', batchId, with2027())).kind).toBe('done')
    expect(Object.keys(await fileDays(batchId)).sort()).toEqual(['cmbc', 'spdb', 'yy-rcb'])
    await expectConserved(journey, batchId)
    expect(await lastFault(batchId)).toBeUndefined()
  })

  it('a bank of which the last file would fall into it gets none of its files yet', async () => {
    turnTo('2026-12-31T10:00')
    const batchId = await accept('Y2', 5, 'yy-rcb')
    const full = agreed({ 'yy-rcb': { limits: { maxRowsPerFile: 2 } } })
    const last = async () =>
      (
        await journey.assembly.db.query<{ n: number }>(
          `select coalesce(max(last_sequence), 0) as n from daily_sequence d join bank using (bank_no)
           where bank = 'yy-rcb' and business_date = '2026-12-31'`,
        )
      ).rows[0]?.n
    const bank = journey.assembly.bankBook.byCode('yy-rcb')
    await journey.assembly.db.query(
      `insert into daily_sequence (bank_no, business_date, last_sequence) values ($1, '2026-12-31', $2)`,
      [bank?.bankNo, (bank?.profile.limits.maxFilesPerDay ?? 0) - 2],
    )
    const before = await last()
    expect(await runOne(journey, 'plan', batchId, full)).toMatchObject({
      kind: 'put-off',
      fault: { facts: { bank: 'yy-rcb', year: 2027 } },
    })
    expect([await fileDays(batchId), await last()]).toEqual([{}, before])
    journey.clock.turn(15)
    expect((await runOne(journey, 'plan', batchId, { ...full, ...with2027() })).kind).toBe('done')
    expect(await fileDays(batchId)).toEqual({
      'yy-rcb': ['2026-12-31 10:15 2', '2026-12-31 10:15 2', '2027-01-01 08:30 1'],
    })
    await expectConserved(journey, batchId)
  })
})
