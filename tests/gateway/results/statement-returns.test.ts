/** Returned money in a bank's statement: matched beyond doubt it leaves paid once, otherwise people decide. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBankBook } from '../../../gateway/banks/open-bank-book.ts'
import { lineSerial } from '../../../gateway/ledger/line-serial.ts'
import { feedStart, readOutcomes } from '../../../gateway/outcomes/feed.ts'
import { type AnswerRow, answer, rowsFor } from '../../support/bank-answers.ts'
import type { Journey } from '../../support/journey.ts'
import {
  countsOf,
  exceptionsOf,
  expectConserved,
  fileOf,
  inboundOf,
  lineStates,
  plainPeople,
  type SentBatch,
  sendBatch,
} from '../../support/ledger-view.ts'
import { type BankEntry, statementAccount, statementJourney, tellStatement } from './statement-bank.ts'

let journey: Journey
beforeAll(async () => {
  journey = await statementJourney()
})
afterAll(() => journey.close())

const failed = (seq: number): AnswerRow => ({ seq, code: '3031', text: '户名不符' })

async function paidBatch(batchNo: string, people = 6): Promise<SentBatch> {
  const batch = await sendBatch(journey, batchNo, people)
  await answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
  return batch
}

/** The return of a line as the bank books it, with its original serial. */
const back = (batch: SentBatch, seq: number, ref: string): BankEntry => ({
  ref,
  fen: amountFen(batch, seq),
  original: lineSerial(batch.file.fileId, seq),
})

const amountFen = (batch: SentBatch, seq: number): bigint => BigInt(batch.lines[seq - 1]?.amountFen ?? 0n)

/** The same without its serial: amount and account only. */
const unnamed = (batch: SentBatch, seq: number, ref: string): BankEntry => ({
  ref,
  fen: amountFen(batch, seq),
  account: batch.lines[seq - 1]?.payeeAccount ?? '',
})

const rowsOf = async (sql: string, values: readonly unknown[] = []): Promise<unknown[]> =>
  (await journey.assembly.db.query(sql, [...values])).rows

const matchesOf = (batch: SentBatch): Promise<unknown[]> =>
  rowsOf(
    `select m.seq, m.matched_by, m.effect, e.entry_ref from statement_match m join statement_entry e using (entry_id)
     where m.batch_id = $1 order by m.seq`,
    [batch.batchId],
  )

describe('a return with its original serial', () => {
  it('F64: takes the line out of paid, goes to a correction and is told in the feed', async () => {
    const batch = await paidBatch('S1')
    const name = await tellStatement(journey, '20261123', [back(batch, 3, 'S1-R3')])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, correcting: 1 })
    expect(await matchesOf(batch)).toEqual([
      { seq: 3, matched_by: 'serial', effect: 'returned', entry_ref: 'S1-R3' },
    ])
    expect(await inboundOf(journey, name)).toMatchObject([
      { state: 'closed', row_count: 1, exception_count: 0 },
    ])
    const { outcomes } = await readOutcomes(journey.assembly.db, 'platform', feedStart, 100)
    expect(outcomes.filter((one) => one.outcome === 'returned')).toMatchObject([
      { instructionId: batch.lines[2]?.instructionId, reason: { code: 'NAME_MISMATCH' }, answer: name },
    ])
    await expectConserved(journey, batch.batchId)
  })

  it("is found through the bank's own serial of the payment", async () => {
    const batch = await paidBatch('S2')
    await tellStatement(journey, '20261124', [
      {
        ref: 'CORE-7-001',
        fen: amountFen(batch, 2),
        debit: true,
        words: '代发',
        original: lineSerial(batch.file.fileId, 2),
      },
      { ref: 'S2-R2', fen: amountFen(batch, 2), original: 'CORE-7' },
    ])
    expect(await matchesOf(batch)).toMatchObject([{ seq: 2, matched_by: 'serial', effect: 'returned' }])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, correcting: 1 })
    await expectConserved(journey, batch.batchId)
  })

  it('of another amount changes nothing', async () => {
    const batch = await paidBatch('S3')
    const entry = { ...back(batch, 1, 'S3-R1'), fen: amountFen(batch, 1) + 1n }
    const name = await tellStatement(journey, '20261125', [entry])
    expect(await exceptionsOf(journey, name)).toMatchObject([{ kind: 'amount-differs', seq: 1 }])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 6 })
    await expectConserved(journey, batch.batchId)
  })

  it('F65: a second entry for one line is an exception', async () => {
    const batch = await paidBatch('S4')
    await tellStatement(journey, '20261126', [back(batch, 1, 'S4-R1')])
    const name = await tellStatement(journey, '20261127', [back(batch, 1, 'S4-R1b')])
    expect(await exceptionsOf(journey, name)).toMatchObject([{ kind: 'second-return', seq: 1 }])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, correcting: 1 })
    await expectConserved(journey, batch.batchId)
  })

  it('of a line that failed is the refund of what was never paid', async () => {
    const batch = await sendBatch(journey, 'S5', 4)
    await answer(journey, batch.file, { rows: [...rowsFor(batch.file, '0000').slice(1), failed(1)] })
    const name = await tellStatement(journey, '20261128', [back(batch, 1, 'S5-R1')])
    expect(await matchesOf(batch)).toMatchObject([{ seq: 1, effect: 'refund' }])
    expect(await exceptionsOf(journey, name)).toEqual([])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 3, correcting: 1 })
    await expectConserved(journey, batch.batchId)
  })

  it('F59: before the answer waits for it, and counts once the line is said to be paid', async () => {
    const batch = await sendBatch(journey, 'S6', 4)
    const name = await tellStatement(journey, '20261129', [
      back(batch, 1, 'S6-R1'),
      { ...back(batch, 2, 'S6-R2'), fen: amountFen(batch, 2) + 1n },
    ])
    expect(await exceptionsOf(journey, name)).toMatchObject([
      { kind: 'orphan-return', seq: 1, facts: { why: 'unpaid' } },
      { kind: 'amount-differs', seq: 2 },
    ])
    expect(await countsOf(journey, batch.batchId)).toEqual({ in_flight: 4 })
    await expectConserved(journey, batch.batchId)
    await answer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
    expect(await matchesOf(batch)).toMatchObject([{ seq: 1, effect: 'returned' }])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 3, correcting: 1 })
    const { rows } = await journey.assembly.db.query(
      `select e.kind, e.state from exception_item e join inbound_file f using (inbound_id) where f.name = $1 order by line_no`,
      [name],
    )
    expect(rows).toEqual([
      { kind: 'orphan-return', state: 'resolved' },
      { kind: 'amount-differs', state: 'open' },
    ])
    await expectConserved(journey, batch.batchId)
  })

  it('may stand beside returns of other batches in one statement', async () => {
    const first = await paidBatch('S7')
    const second = await paidBatch('S8')
    const dead = { ...back(second, 4, 'S8-R4'), reason: '收款人已故' }
    const name = await tellStatement(journey, '20261130', [back(first, 5, 'S7-R5'), dead])
    expect(await countsOf(journey, first.batchId)).toEqual({ paid: 5, correcting: 1 })
    expect(await countsOf(journey, second.batchId)).toEqual({ paid: 5, treasury_pending: 1 })
    expect(await inboundOf(journey, name)).toMatchObject([{ state: 'closed', exception_count: 0 }])
    await expectConserved(journey, first.batchId, second.batchId)
  })
})

describe('a return that a late file told, too', () => {
  it('F65: counts once when the statement comes second', async () => {
    const batch = await paidBatch('L1')
    await answer(journey, batch.file, { rows: [failed(3)], late: true })
    const name = await tellStatement(journey, '20261201', [back(batch, 3, 'L1-R3')])
    expect(await matchesOf(batch)).toMatchObject([{ seq: 3, effect: 'told-before' }])
    expect(await exceptionsOf(journey, name)).toEqual([])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, correcting: 1 })
    await expectConserved(journey, batch.batchId)
  })

  it('F65: counts once when the late file comes second', async () => {
    const batch = await paidBatch('L2')
    await tellStatement(journey, '20261202', [back(batch, 3, 'L2-R3')])
    const name = await answer(journey, batch.file, { rows: [failed(3)], late: true })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, correcting: 1 })
    expect(await exceptionsOf(journey, name)).toEqual([])
    await expectConserved(journey, batch.batchId)
  })
})

describe('a return without its original serial', () => {
  it('is matched by amount and account where exactly one line fits', async () => {
    const batch = await paidBatch('A1')
    const strange = { ...unnamed(batch, 4, 'A1-R4'), original: '99999999999900000001' }
    await tellStatement(journey, '20261203', [unnamed(batch, 2, 'A1-R2'), strange])
    expect(await matchesOf(batch)).toMatchObject([
      { seq: 2, matched_by: 'amount', effect: 'returned' },
      { seq: 4, matched_by: 'amount', effect: 'returned' },
    ])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 4, correcting: 2 })
    await expectConserved(journey, batch.batchId)
  })

  it('is never guessed where two lines fit', async () => {
    const [one, other] = plainPeople('A2', 'cmbc', 2)
    if (!one || !other) throw new Error('nobody')
    const first = await sendLines('A2', [one])
    const second = await sendLines('A2b', [other, one].map(renamed('A2b')), '2027')
    const name = await tellStatement(journey, '20261204', [unnamed(first, 1, 'A2-R')])
    expect(await exceptionsOf(journey, name)).toMatchObject([{ kind: 'ambiguous-return' }])
    expect(await countsOf(journey, first.batchId)).toEqual({ paid: 1 })
    expect(await countsOf(journey, second.batchId)).toEqual({ paid: 2 })
    await expectConserved(journey, first.batchId, second.batchId)
  })

  it('is an orphan after the window of working days, and where nobody was paid such an amount', async () => {
    const batch = await paidBatch('A3')
    const name = await tellStatement(journey, '20261205', [
      { ...unnamed(batch, 1, 'A3-late'), day: '261202' },
      { ...unnamed(batch, 2, 'A3-other'), fen: amountFen(batch, 2) + 7n },
    ])
    expect(await exceptionsOf(journey, name)).toMatchObject([
      { kind: 'orphan-return', facts: { why: 'orphan' } },
      { kind: 'orphan-return', facts: { why: 'orphan' } },
    ])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 6 })
    await expectConserved(journey, batch.batchId)
  })
})

const renamed =
  (prefix: string) =>
  (line: SentBatch['lines'][number], index: number): SentBatch['lines'][number] => ({
    ...line,
    instructionId: `${prefix}-${index}`,
  })

async function sendLines(batchNo: string, lines: SentBatch['lines'], period = '2026'): Promise<SentBatch> {
  const sealed = await journey.handIn(batchNo, lines, { period })
  if (sealed.kind !== 'accepted') throw new Error(JSON.stringify(sealed))
  await journey.runQuiet()
  const file = await fileOf(journey, sealed.batchId)
  await answer(journey, file, { rows: rowsFor(file, '0000') })
  return { batchNo, batchId: sealed.batchId, lines, file }
}

describe('the entries of statements', () => {
  it('count once though statements overlap', async () => {
    const batch = await paidBatch('O1')
    const first = back(batch, 1, 'O1-R1')
    await tellStatement(journey, '20261206', [first])
    const name = await tellStatement(journey, '20261207', [first, back(batch, 2, 'O1-R2')])
    expect(await inboundOf(journey, name)).toMatchObject([
      {
        state: 'closed',
        row_count: 2,
        applied_count: 2,
        exception_count: 0,
        facts: { entries: 2, fresh: 1 },
      },
    ])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 4, correcting: 2 })
    await expectConserved(journey, batch.batchId)
  })

  it.each([
    ['whose balances do not tie', { offFen: 1n }, 'TOTAL'],
    ['of another account', { account: '43050166360800000778' }, 'NOT_THIS_FILE'],
  ])('F60: of a statement %s are refused whole', async (what, plan, code) => {
    const batch = await paidBatch(`Q${what.length}`)
    const day = what.includes('tie') ? '20261208' : '20261209'
    const name = await tellStatement(journey, day, [back(batch, 1, `Q-${day}`)], plan)
    const [inbound] = await inboundOf(journey, name)
    expect(inbound).toMatchObject({ state: 'quarantined', facts: { refusals: [{ code }] } })
    expect(inbound?.kept).toBeGreaterThan(0n)
    expect(await rowsOf('select 1 from statement_entry where entry_ref = $1', [`Q-${day}`])).toEqual([])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 6 })
    await expectConserved(journey, batch.batchId)
  })

  it('that stand twice, or with other money than before, make the whole file no proof', async () => {
    const batch = await paidBatch('Q3')
    const entry = back(batch, 1, 'Q3-R1')
    const twice = await tellStatement(journey, '20261210', [entry, entry])
    expect(await inboundOf(journey, twice)).toMatchObject([{ state: 'quarantined' }])
    await tellStatement(journey, '20261211', [entry])
    const other = await tellStatement(journey, '20261212', [{ ...entry, fen: entry.fen + 1n }])
    expect(await inboundOf(journey, other)).toMatchObject([{ state: 'quarantined' }])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, correcting: 1 })
    await expectConserved(journey, batch.batchId)
  })

  it('are facts that nobody changes, and hold no account and no name in clear', async () => {
    await expect(journey.assembly.db.query(`update statement_entry set amount_fen = 1`)).rejects.toThrow(
      'never changed',
    )
    await expect(journey.assembly.db.query('delete from statement_match')).rejects.toThrow('never changed')
    const stored = JSON.stringify(await rowsOf(`select to_jsonb(e)::text as row from statement_entry e`))
    expect(stored).not.toContain(statementAccount)
    const people = plainPeople('A1', 'cmbc', 6)
    expect(people.filter(({ payeeAccount }) => stored.includes(payeeAccount))).toEqual([])
  })

  it('leave the states of lines nobody spoke of alone', async () => {
    const batch = await paidBatch('N1')
    await tellStatement(journey, '20261213', [{ ref: 'N1-F', fen: 500n, debit: true, words: '手续费' }])
    expect(Object.values(await lineStates(journey, batch.batchId))).toEqual(Array(6).fill('paid'))
    await expectConserved(journey, batch.batchId)
  })
})

describe('an agreement', () => {
  it('on statements in a layout that nobody has stops the start', async () => {
    const { db, bankBook: book } = journey.assembly
    const [bank] = book.banks
    if (!bank) throw new Error('no bank')
    const agreement = {
      ...bank.agreement,
      statement: { profile: 'mt942', account: statementAccount, returnWindowDays: 7 },
    }
    const sources = {
      agreements: [agreement],
      programmes: [],
      catalog: new Map([[bank.profile.id, bank.profile]]),
    }
    await expect(openBankBook(db, sources)).rejects.toThrow('there is no statement profile mt942')
  })
})
