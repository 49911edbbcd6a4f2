/** Planning: every line that waits is in one file, once; a crash, a second planner or a wrong clock changes nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { money } from '../../../formats/values/money.ts'
import { bankBook } from '../../../gateway/banks/open-bank-book.ts'
import { findFilesOfBatch } from '../../../gateway/dispatch/bank-file-store.ts'
import { planBatch } from '../../../gateway/dispatch/plan-batch.ts'
import { type BankNo, bankNo as toBankNo, batchId as toBatchId } from '../../../gateway/ledger/batch.ts'
import { moveMoney } from '../../../gateway/ledger/position-store.ts'
import { inTransaction } from '../../../gateway/store/transaction.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, plainPeople } from '../../support/ledger-view.ts'
import {
  claim,
  dieIn,
  dyingAtStatement,
  leasesRunOut,
  type Replaced,
  runOne,
  runOnly,
} from '../../support/step-runs.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({
    only: ['cmbc', 'spdb'],
    answerDelayMinutes: 20,
    failShare: 0,
    returnShare: 0,
  })
})
afterAll(() => journey.close())

const accept = async (batchNo: string, people: number, bank = 'cmbc'): Promise<number> =>
  (await acceptBatch(journey, batchNo, plainPeople(batchNo, bank, people))).batchId

/** What was planned, without numbers that only order files in time. */
async function plannedFor(batchId: number) {
  const files = await findFilesOfBatch(journey.assembly.db, toBatchId(batchId))
  return files.map(({ loSeq, hiSeq, gaps, members, rowCount, totalFen, businessDate, sequence, name }) => ({
    covers: members ?? [loSeq, hiSeq, ...gaps],
    rowCount,
    totalFen,
    businessDate,
    sequence,
    name,
  }))
}

/** The same banks with tighter limits. */
function limited(limits: { maxRowsPerFile?: number; maxAmountPerFileFen?: bigint }): Replaced {
  const { bankBook: book } = journey.assembly
  const banks = book.banks.map((bank) => ({ ...bank, agreement: { ...bank.agreement, limits } }))
  return { bankBook: bankBook(banks, []) }
}

/** A person holds lines back, or releases them. */
async function setHeld(batchId: number, seqs: readonly number[], held: boolean): Promise<void> {
  await inTransaction(journey.assembly.db, async (tx) => {
    const { rows } = await tx.query<{ seq: number; bank_no: number; amount_fen: bigint }>(
      'select seq, bank_no, amount_fen from instruction where batch_id = $1 and seq = any ($2)',
      [batchId, seqs],
    )
    for (const row of rows) {
      const no: BankNo = toBankNo(row.bank_no)
      await tx.query(
        `insert into instruction_state (batch_id, seq, bank_no, state, amount_fen, reason_code, reason_class, since)
         values ($1, $2, $3, $4, $5, 'HELD', 'H', now())
         on conflict (batch_id, seq) do update set state = excluded.state`,
        [batchId, row.seq, no, held ? 'held' : 'waiting', row.amount_fen],
      )
      await moveMoney(tx, {
        batchId: toBatchId(batchId),
        bankNo: no,
        from: held ? 'waiting' : 'held',
        to: held ? 'held' : 'waiting',
        count: 1,
        amountFen: money(row.amount_fen),
        cause: 'a person decided',
        actor: 'test',
        businessAt: journey.clock.now(),
      })
    }
    await tx.query(
      `insert into due_work (step, subject, due_at) values ('plan', $1, $2) on conflict do nothing`,
      [String(batchId), journey.clock.now()],
    )
  })
}

describe('F14: planning', () => {
  it('that dies in the middle leaves no file, and plans the same when it runs again', async () => {
    const twin = await accept('P1', 12)
    const batchId = await accept('P2', 12)
    const tight = limited({ maxRowsPerFile: 5 })
    await runOne(journey, 'plan', twin, tight)
    await dyingAtStatement(journey, 'insert into due_work', () => dieIn(journey, 'plan', batchId, tight))
    expect(await plannedFor(batchId)).toEqual([])
    await expectConserved(journey, batchId)
    await leasesRunOut(journey)
    await runOne(journey, 'plan', batchId, tight)
    const asTwin = (await plannedFor(twin)).map(({ covers, rowCount }) => ({ covers, rowCount }))
    expect(await plannedFor(batchId)).toMatchObject(asTwin)
    expect((await plannedFor(batchId)).map(({ sequence }) => sequence)).toEqual([4, 5, 6])
    await journey.settle()
    expect(await countsOf(journey, batchId)).toEqual({ paid: 12 })
    await expectConserved(journey, batchId, twin)
  })

  it('that is asked for again plans nothing more', async () => {
    const batchId = await accept('P3', 4)
    await runOnly(journey, ['plan'])
    const before = await plannedFor(batchId)
    await setHeld(batchId, [], true)
    expect(await runOne(journey, 'plan', batchId)).toEqual({ kind: 'done', wakes: [] })
    expect(await plannedFor(batchId)).toEqual(before)
  })

  it('by two workers at once plans once', async () => {
    const batchId = await accept('P4', 4)
    const held = await claim(journey, 'plan', batchId)
    await Promise.allSettled([0, 1].map(() => planBatch(journey.assembly, String(batchId), held)))
    expect(await plannedFor(batchId)).toMatchObject([{ covers: [1, 4], rowCount: 4 }])
    await expectConserved(journey, batchId)
  })

  it('stops when the position does not hold what the lines add up to', async () => {
    const batchId = await accept('P5', 4)
    const shift = (count: number) =>
      journey.assembly.db.query(
        `update position set waiting_count = waiting_count - $2, held_count = held_count + $2 where batch_id = $1`,
        [batchId, count],
      )
    await shift(1)
    expect(await runOne(journey, 'plan', batchId)).toMatchObject({
      kind: 'put-off',
      fault: { code: 'CONTROL_TOTALS' },
    })
    expect(await plannedFor(batchId)).toEqual([])
    await shift(-1)
  })
})

describe('a file', () => {
  it('holds as many lines as the bank takes, and the rest goes into further files', async () => {
    const batchId = await accept('Q1', 11)
    await runOne(journey, 'plan', batchId, limited({ maxRowsPerFile: 4 }))
    expect((await plannedFor(batchId)).map(({ covers }) => covers)).toEqual([
      [1, 4],
      [5, 8],
      [9, 11],
    ])
  })

  it('holds as much money as the bank takes', async () => {
    const lines = plainPeople('Q2', 'cmbc', 5).map((line) => ({ ...line, amountFen: money(40_000n) }))
    const { batchId } = await acceptBatch(journey, 'Q2', lines)
    await runOne(journey, 'plan', batchId, limited({ maxAmountPerFileFen: 100_000n }))
    expect((await plannedFor(batchId)).map(({ rowCount, totalFen }) => ({ rowCount, totalFen }))).toEqual([
      { rowCount: 2, totalFen: 80_000n },
      { rowCount: 2, totalFen: 80_000n },
      { rowCount: 1, totalFen: 40_000n },
    ])
  })

  it('leaves a gap where a line is held, and the released line follows in a file of its own', async () => {
    const batchId = await accept('Q3', 6)
    await setHeld(batchId, [1, 3, 6], true)
    await runOnly(journey, ['plan'])
    expect(await plannedFor(batchId)).toMatchObject([{ covers: [2, 5, 3], rowCount: 3 }])
    await setHeld(batchId, [3, 6], false)
    await runOne(journey, 'plan', batchId, limited({ maxRowsPerFile: 1 }))
    expect((await plannedFor(batchId)).map(({ covers }) => covers)).toEqual([[2, 5, 3], [3], [6]])
    await expectConserved(journey, batchId)
    await journey.settle()
    expect(await countsOf(journey, batchId)).toEqual({ paid: 5, held: 1 })
    await expectConserved(journey, batchId)
  })

  it('takes in a line that was released before anything was planned', async () => {
    const batchId = await accept('Q4', 4)
    await setHeld(batchId, [1, 2, 3, 4], true)
    await runOnly(journey, ['plan'])
    expect(await plannedFor(batchId)).toEqual([])
    await setHeld(batchId, [2, 3], false)
    expect((await runOne(journey, 'plan', batchId)).kind).toBe('done')
    expect(await plannedFor(batchId)).toMatchObject([{ covers: [2, 3], rowCount: 2 }])
    await expectConserved(journey, batchId)
    await journey.settle()
    expect(await countsOf(journey, batchId)).toEqual({ paid: 2, held: 2 })
    await expectConserved(journey, batchId)
  })

  it('F09: never holds a name that the bank cannot write', async () => {
    const lines = plainPeople('Q5', 'cmbc', 4).map((line, at) =>
      at === 1 ? { ...line, payeeName: '李\u{2ccad}' } : line,
    )
    const { batchId, report } = await acceptBatch(journey, 'Q5', lines)
    expect(report.held).toBe(1)
    await journey.settle()
    expect(await plannedFor(batchId)).toMatchObject([{ rowCount: 3 }])
    expect((await countsOf(journey, batchId))['paid']).toBe(3)
    await expectConserved(journey, batchId)
  })
})

describe('the daily sequence', () => {
  const sequenceOf = async (batchNo: string, bank = 'cmbc') => {
    const batchId = await accept(batchNo, 2, bank)
    const run = await runOne(journey, 'plan', batchId)
    const [file] = await plannedFor(batchId)
    return { run, day: file?.businessDate, sequence: file?.sequence ?? 0, name: file?.name }
  }

  it('F20: comes from the database, whatever the clock says', async () => {
    const first = await sequenceOf('W1')
    journey.clock.turn(-60)
    const hourBefore = await sequenceOf('W2')
    expect(hourBefore).toMatchObject({ day: first.day, sequence: first.sequence + 1 })
    journey.clock.turn(24 * 60)
    expect(await sequenceOf('W3')).toMatchObject({ sequence: 1 })
    journey.clock.turn(-23 * 60)
    const back = await sequenceOf('W4')
    expect(back).toMatchObject({ day: first.day, sequence: first.sequence + 2 })
    expect(new Set([first.name, hourBefore.name, back.name]).size).toBe(3)
  })

  it('F47: that is used up sends the file on the next working day, and no name comes twice', async () => {
    const first = await sequenceOf('V1', 'spdb')
    await journey.assembly.db.query(
      `update daily_sequence d set last_sequence = 99 from bank b where b.bank_no = d.bank_no and b.bank = 'spdb'`,
    )
    const next = await sequenceOf('V2', 'spdb')
    expect(next.run.kind).toBe('done')
    expect(next).toMatchObject({ sequence: 1 })
    expect(String(next.day) > String(first.day)).toBe(true)
  })
})
