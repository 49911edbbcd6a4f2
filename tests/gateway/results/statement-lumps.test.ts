/** Files that the bank booked as one sum: one debit, one refund of what failed; anything else is told with its amounts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answer, rowsFor } from '../../support/bank-answers.ts'
import type { Journey } from '../../support/journey.ts'
import {
  countsOf,
  exceptionsOf,
  expectConserved,
  inboundOf,
  type SentBatch,
  sendBatch,
} from '../../support/ledger-view.ts'
import { type BankEntry, statementJourney, tellStatement } from './statement-bank.ts'

let journey: Journey
beforeAll(async () => {
  journey = await statementJourney()
})
afterAll(() => journey.close())

async function answeredBatch(batchNo: string, people: number, failing: number): Promise<SentBatch> {
  const batch = await sendBatch(journey, batchNo, people)
  await answerWith(batch, failing)
  return batch
}

async function answerWith(batch: SentBatch, failing: number): Promise<void> {
  const rows = rowsFor(batch.file, '0000').map((row) =>
    row.seq <= failing ? { ...row, code: '3031', text: '户名不符' } : row,
  )
  await answer(journey, batch.file, { rows })
}

const debitOf = (batch: SentBatch, ref: string): BankEntry => ({
  ref,
  fen: batch.file.totalFen,
  debit: true,
  words: '批量代发',
})

const refundOf = (batch: SentBatch, failing: number, ref: string): BankEntry => ({
  ref,
  fen: batch.lines.slice(0, failing).reduce((sum, line) => sum + BigInt(line.amountFen), 0n),
  words: '代发工资不成功退回款项',
})

async function lumpsOf(batch: SentBatch): Promise<unknown[]> {
  const { rows } = await journey.assembly.db.query(
    `select d.entry_ref as debit, r.entry_ref as refund, l.failed_fen from statement_lump l
       join statement_entry d on d.entry_id = l.debit_entry_id left join statement_entry r on r.entry_id = l.refund_entry_id
     where l.file_id = $1`,
    [batch.file.fileId],
  )
  return rows
}

describe('a file booked as one sum', () => {
  it('is reconciled with its debit and the one refund of its failed rows, and no money moves', async () => {
    const batch = await answeredBatch('P1', 7, 2)
    const refund = refundOf(batch, 2, 'P1-R')
    const name = await tellStatement(journey, '20261123', [debitOf(batch, 'P1-D'), refund])
    expect(await lumpsOf(batch)).toEqual([{ debit: 'P1-D', refund: 'P1-R', failed_fen: refund.fen }])
    expect(await exceptionsOf(journey, name)).toEqual([])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 5, correcting: 2 })
    await expectConserved(journey, batch.batchId)
  })

  it('needs no refund where nothing failed', async () => {
    const batch = await answeredBatch('P2', 8, 0)
    await tellStatement(journey, '20261124', [debitOf(batch, 'P2-D')])
    expect(await lumpsOf(batch)).toEqual([{ debit: 'P2-D', refund: null, failed_fen: 0n }])
  })

  it('with a refund of another amount is an exception that says both', async () => {
    const batch = await answeredBatch('P3', 9, 3)
    const right = refundOf(batch, 3, 'P3-R')
    const entry = { ...right, fen: right.fen + 1n, original: 'P3-D' }
    const name = await tellStatement(journey, '20261125', [debitOf(batch, 'P3-D'), entry])
    expect(await lumpsOf(batch)).toEqual([])
    expect(await exceptionsOf(journey, name)).toMatchObject([
      {
        kind: 'lump-differs',
        line_no: 7,
        facts: { why: 'refund-differs', statedFen: `${entry.fen}`, failedFen: `${right.fen}` },
      },
    ])
    expect(await inboundOf(journey, name)).toMatchObject([
      { row_count: 2, applied_count: 1, exception_count: 1 },
    ])
    await expectConserved(journey, batch.batchId)
  })

  it('whose refund comes before its answer is reconciled later, and its exception closed', async () => {
    const batch = await sendBatch(journey, 'P4', 10)
    const name = await tellStatement(journey, '20261126', [
      debitOf(batch, 'P4-D'),
      refundOf(batch, 1, 'P4-R'),
    ])
    expect(await exceptionsOf(journey, name)).toMatchObject([
      { kind: 'lump-differs', facts: { why: 'orphan-refund' } },
    ])
    await answerWith(batch, 1)
    await tellStatement(journey, '20261127', [{ ref: 'P4-F', fen: 1n, debit: true, words: '手续费' }])
    expect(await lumpsOf(batch)).toMatchObject([{ debit: 'P4-D', refund: 'P4-R' }])
    const { rows } = await journey.assembly.db.query(
      `select e.state from exception_item e join inbound_file f using (inbound_id) where f.name = $1`,
      [name],
    )
    expect(rows).toEqual([{ state: 'resolved' }])
    await expectConserved(journey, batch.batchId)
  })
})
