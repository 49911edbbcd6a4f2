/** Single lines that people decide, codes that get a meaning, and lines of the bank that get their instruction. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { money } from '../../../../formats/values/money.ts'
import { agreedProfile } from '../../../../gateway/banks/agreed-codes.ts'
import { bankBook } from '../../../../gateway/banks/open-bank-book.ts'
import { feedStart, readOutcomes } from '../../../../gateway/outcomes/feed.ts'
import { resolveException } from '../../../../gateway/outcomes/resolution/resolve-exception.ts'
import { decideReturns } from '../../../../gateway/outcomes/treasury.ts'
import { amountOf, answer, rowsFor } from '../../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../../support/journey.ts'
import {
  countsOf,
  expectConserved,
  fileOf,
  lineStates,
  plainPeople,
  sendBatch,
} from '../../../support/ledger-view.ts'
import {
  failed,
  idOf,
  letter,
  newest,
  odd,
  openOnes,
  paid,
  refusals,
  resolve,
  resolveNow,
} from './resolution-stand.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({
    only: ['cmbc', 'spdb', 'ccb'],
    answerDelayMinutes: 1e6,
    lateAnswerHours: 1e5,
  })
})
afterAll(() => journey.close())

const lastTold = async (n: number): Promise<string[]> => {
  const { outcomes } = await readOutcomes(journey.assembly.db, 'platform', feedStart, 1000)
  return outcomes
    .slice(-n)
    .map(({ instructionId, outcome, answer: name }) => `${instructionId} ${outcome} ${name}`)
}

describe('F66: a code that the map lacks', () => {
  it('is decided for one line on evidence, which the client learns and which closes the file', async () => {
    const batch = await sendBatch(journey, 'RL1', 3)
    await answer(journey, batch.file, { rows: [paid(1), odd(2), odd(3)] })
    const [second = 0n, third = 0n] = await openOnes(journey, 'unmapped', batch)
    expect(await refusals(journey, second, { kind: 'dismiss' })).toEqual(['STILL_IN_DOUBT'])
    expect(await refusals(journey, second, { kind: 'failed', reasonCode: 'UNMAPPED' })).toEqual([
      'REASON_UNKNOWN',
    ])
    expect(await refusals(journey, second, { kind: 'send-again' })).toEqual(['ACT_NOT_FOR_KIND'])
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 1, unknown: 2 })
    const { resolutionId } = await resolveNow(journey, second, { kind: 'paid' })
    expect(await lastTold(1)).toEqual([
      `${idOf(batch, 2)} paid evidence/${resolutionId}/${batch.file.fileId}`,
    ])
    expect((await fileOf(journey, batch.batchId)).state).toBe('answered')
    await resolveNow(journey, third, { kind: 'failed', reasonCode: 'DECEASED' })
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 2, treasury_pending: 1 })
    expect(await fileOf(journey, batch.batchId)).toMatchObject({ state: 'closed', settledCount: 3 })
    await expectConserved(journey, batch.batchId)
  })

  it('gets its meaning by letter, and all lines of the bank follow it in every file, at once', async () => {
    const one = await sendBatch(journey, 'RL2', 4)
    const other = await sendBatch(journey, 'RL3', 3)
    await answer(journey, one.file, { rows: [paid(1), odd(2), odd(3, '未登记'), odd(4)] })
    await answer(journey, other.file, { rows: [odd(1), failed(2), odd(3)] })
    const id = await newest(journey, 'unmapped', one)
    expect(await refusals(journey, id, { kind: 'remap' })).toEqual(['CODE_UNMAPPED'])
    const report = await resolveException(withCode('7777', 'ACCOUNT_CLOSED'), {
      exceptionId: id,
      act: { kind: 'remap' },
      evidence: letter,
    })
    await journey.runQuiet()
    expect(report).toMatchObject({ kind: 'resolved', effect: { lines: 5, exceptions: 5 } })
    expect(await countsOf(journey, one.batchId)).toEqual({ paid: 1, correcting: 3 })
    expect(await countsOf(journey, other.batchId)).toEqual({ correcting: 3 })
    expect(await openOnes(journey, 'unmapped', one)).toEqual([])
    expect((await fileOf(journey, one.batchId)).state).toBe('closed')
    await expectConserved(journey, one.batchId, other.batchId)
  })

  it('means nothing for lines that another code left unknown, or that were answered meanwhile', async () => {
    const batch = await sendBatch(journey, 'RL4', 4)
    await answer(journey, batch.file, {
      rows: [odd(1), odd(2), { seq: 3, code: '8888', text: '怪' }, odd(4)],
    })
    await answer(journey, batch.file, { rows: [paid(2)] })
    const id = (await openOnes(journey, 'unmapped', batch))[0] ?? 0n
    await resolveException(withCode('7777', 'PAID'), {
      exceptionId: id,
      act: { kind: 'remap' },
      evidence: letter,
    })
    await journey.runQuiet()
    expect(await lineStates(journey, batch.batchId)).toEqual({
      1: 'paid',
      2: 'paid',
      3: 'unknown',
      4: 'paid',
    })
    expect(await openOnes(journey, 'unmapped', batch)).toHaveLength(1)
    await expectConserved(journey, batch.batchId)
  })
})

/** The same world with an agreement that maps a code of CMBC. */
function withCode(code: string, reason: string) {
  const { bankBook: book } = journey.assembly
  const banks = book.banks.map((bank) =>
    bank.bank === 'cmbc'
      ? { ...bank, profile: agreedProfile({ bank: 'cmbc', codes: { [code]: reason } }, bank.profile) }
      : bank,
  )
  return { ...journey.assembly, bankBook: { ...bankBook(banks, []), programme: book.programme } }
}

describe('F61: a line with another amount', () => {
  it('is decided on evidence while it stays in flight, and may be put away when the right line comes', async () => {
    const batch = await sendBatch(journey, 'RA1', 3)
    const wrong = async (seq: number) => ({
      ...paid(seq),
      amountFen: money((await amountOf(journey, batch.file, seq)) + 100n),
    })
    await answer(journey, batch.file, { rows: [paid(1), await wrong(2), await wrong(3)] })
    const [second = 0n, third = 0n] = await openOnes(journey, 'amount-differs', batch)
    await resolveNow(journey, second, { kind: 'failed', reasonCode: 'AMOUNT_INVALID' })
    await answer(journey, batch.file, { rows: [{ ...paid(3), text: '补发' }] })
    expect(await refusals(journey, third, { kind: 'paid' })).toEqual(['LINE_NOT_OPEN'])
    await resolveNow(journey, third, { kind: 'dismiss' })
    expect(await lineStates(journey, batch.batchId)).toEqual({ 1: 'paid', 2: 'correcting', 3: 'paid' })
    await expectConserved(journey, batch.batchId)
  })

  it('keeps a failure from being paid again or given back until somebody has weighed it', async () => {
    const batch = await sendBatch(journey, 'RA2', 1)
    const amountFen = money((await amountOf(journey, batch.file, 1)) + 100n)
    await answer(journey, batch.file, { rows: [{ ...paid(1), amountFen }] })
    await answer(journey, batch.file, { rows: [failed(1)] })
    expect(await countsOf(journey, batch.batchId)).toEqual({ correcting: 1 })
    const decision = { by: '王审核', reason: '退回' }
    const decide = () => decideReturns(journey.assembly, 'platform', [idOf(batch, 1)], decision)
    expect((await decide()).refused).toEqual([{ instructionId: idOf(batch, 1), code: 'IN_DOUBT' }])
    const again = plainPeople('RA2-again', 'cmbc', 1).map((line) => ({ ...line, replaces: idOf(batch, 1) }))
    expect(await journey.handIn('RA2-again', again)).toMatchObject({
      kind: 'refused',
      report: { refused: { byCode: { REPLACES_IN_DOUBT: 1 } } },
    })
    await resolveNow(journey, await newest(journey, 'amount-differs', batch), { kind: 'dismiss' })
    expect(await journey.handIn('RA2-once-more', again)).toMatchObject({ kind: 'accepted' })
    await journey.runQuiet()
    await expectConserved(journey, batch.batchId)
  })
})

describe('F62: a line that names none of ours', () => {
  it('is matched later with the instruction that still waits, and with no other', async () => {
    const batch = await sendBatch(journey, 'RO1', 3)
    const settled = await sendBatch(journey, 'RO2', 1)
    const foreign = await sendBatch(journey, 'RO3', 1, 'ccb')
    await answer(journey, settled.file, { rows: [paid(1)] })
    const amountFen = money(await amountOf(journey, batch.file, 2))
    await answer(journey, batch.file, {
      rows: [paid(1), { ...paid(2), serial: '00000000' }, { ...failed(3), serial: '00000000' }],
    })
    const [second = 0n, third = 0n] = await openOnes(journey, 'orphan')
    const match = (instructionId: string) => ({ kind: 'match', instructionId, outcome: 'paid' }) as const
    expect(await refusals(journey, second, match('nobody'))).toEqual(['INSTRUCTION_NOT_FOUND'])
    expect(await refusals(journey, second, match(idOf(settled, 1)))).toEqual(['LINE_NOT_OPEN'])
    expect(await refusals(journey, second, match(idOf(foreign, 1)))).toEqual(['OTHER_BANK'])
    if ((await amountOf(journey, batch.file, 3)) !== amountFen)
      expect(await refusals(journey, second, match(idOf(batch, 3)))).toEqual(['AMOUNT_DIFFERS'])
    expect(await refusals(journey, third, match(idOf(batch, 3)))).toEqual(['OUTCOME_DIFFERS'])
    await resolveNow(journey, second, match(idOf(batch, 2)))
    await resolveNow(journey, third, { kind: 'match', instructionId: idOf(batch, 3), outcome: 'failed' })
    expect(await lineStates(journey, batch.batchId)).toEqual({ 1: 'paid', 2: 'paid', 3: 'correcting' })
    expect(await fileOf(journey, batch.batchId)).toMatchObject({ state: 'closed' })
    await expectConserved(journey, batch.batchId, settled.batchId, foreign.batchId)
  })

  it("F68: of another bank's file is put away with a reason, or matched within its own bank", async () => {
    const other = await sendBatch(journey, 'RO4', 1, 'ccb')
    const batch = await sendBatch(journey, 'RO5', 2, 'spdb')
    const serial = `${String(other.file.fileId).padStart(12, '0')}00000001`
    await answer(journey, batch.file, {
      rows: [...rowsFor(batch.file, '0').slice(0, 1), { seq: 2, code: '0', serial }],
    })
    const id = await newest(journey, 'other-bank')
    const match = (instructionId: string) => ({ kind: 'match', instructionId, outcome: 'paid' }) as const
    expect(await refusals(journey, id, match(idOf(other, 1)))).toEqual(['OTHER_BANK'])
    expect(await countsOf(journey, other.batchId)).toEqual({ in_flight: 1 })
    await resolveNow(journey, id, match(idOf(batch, 2)))
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: 2 })
    await expectConserved(journey, batch.batchId, other.batchId)
  })
})

describe('a resolution', () => {
  it('names who, why and on what evidence, and keeps no account, ID or phone number', async () => {
    const batch = await sendBatch(journey, 'RE1', 1)
    await answer(journey, batch.file, { rows: [odd(1)] })
    const id = await newest(journey, 'unmapped', batch)
    const ask = async (changed: Partial<typeof letter>) => {
      const report = await resolve(journey, id, { kind: 'paid' }, { ...letter, ...changed })
      return report.kind === 'refused' ? report : 'resolved'
    }
    expect(await ask({ by: ' ' })).toMatchObject({
      refusals: [{ code: 'EVIDENCE_INCOMPLETE', facts: { field: 'by' } }],
    })
    expect(await ask({ evidence: '' })).toMatchObject({ allowed: ['paid', 'failed'] })
    expect(await ask({ evidence: '户主账号6217000000000000000已入账' })).toMatchObject({
      refusals: [{ code: 'PERSONAL_DATA' }],
    })
    expect(await ask({ reason: '电话 13800000000 核实' })).toMatchObject({
      refusals: [{ code: 'PERSONAL_DATA' }],
    })
    expect(await ask({})).toBe('resolved')
    const { rows } = await journey.assembly.db.query<Record<string, unknown>>(
      `select act, decided_by, reason, evidence, reference, approval, approved_by, effect from resolution where exception_id = $1`,
      [id],
    )
    expect(rows).toEqual([
      {
        ...{ act: 'paid', decided_by: letter.by, reason: letter.reason, evidence: letter.evidence },
        ...{ reference: letter.reference, approval: 'wanted', approved_by: null },
        effect: expect.objectContaining({ lines: 1, exceptions: 1 }),
      },
    ])
    const audit = await journey.assembly.db.query(
      `select actor, facts ->> 'act' as act from audit_event where act = 'exception.resolved' and subject = $1`,
      [String(id)],
    )
    expect(audit.rows).toEqual([{ actor: letter.by, act: 'paid' }])
  })

  it('I11: stays as it is, but for one approval by somebody else', async () => {
    const { db } = journey.assembly
    const approve = (by: string) =>
      db.query(
        `update resolution set approved_by = $1, approved_at = now() where resolution_id = (select min(resolution_id) from resolution)`,
        [by],
      )
    await expect(approve(letter.by)).rejects.toThrow(/two_people/)
    await expect(db.query(`update resolution set evidence = 'none'`)).rejects.toThrow(/never changed/)
    await expect(db.query('delete from resolution')).rejects.toThrow(/never changed/)
    await approve('陈主任')
    await expect(approve('赵科长')).rejects.toThrow(/never changed/)
  })
})
