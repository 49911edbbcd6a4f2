/** What tests of resolutions share: ask for an act as a person does, and see what it left behind. */
import { expect } from 'vitest'
import type {
  Evidence,
  ResolutionAct,
  ResolutionReport,
} from '../../../../gateway/outcomes/resolution/resolution.ts'
import { resolveException } from '../../../../gateway/outcomes/resolution/resolve-exception.ts'
import type { ExceptionKind } from '../../../../gateway/transfer/exception-store.ts'
import { type AnswerRow, answer } from '../../../support/bank-answers.ts'
import type { Journey } from '../../../support/journey.ts'
import type { SentBatch } from '../../../support/ledger-view.ts'

/** Rows of CMBC's layout. */
export const paid = (seq: number): AnswerRow => ({ seq, code: '0000', text: '成功' })
export const failed = (seq: number): AnswerRow => ({ seq, code: '3031', text: '户名不符' })
export const odd = (seq: number, text = '神秘'): AnswerRow => ({ seq, code: '7777', text })

/** The platform's id of a line. */
export const idOf = (batch: SentBatch, seq: number): string => batch.lines[seq - 1]?.instructionId ?? ''

/** Evidence as it is entered. */
export const letter: Evidence = {
  by: '李复核',
  reason: '银行书面答复',
  evidence: '民生银行岳阳分行来函确认',
  reference: '民银岳函〔2026〕12号',
}

/** Open exceptions of a kind, oldest first; of one batch where one is given. */
export async function openOnes(
  { assembly }: Journey,
  kind: ExceptionKind,
  batch?: Pick<SentBatch, 'batchId'>,
): Promise<bigint[]> {
  const { rows } = await assembly.db.query<{ exception_id: bigint }>(
    `select exception_id from exception_item where kind = $1 and state = 'open' and ($2::int is null or batch_id = $2)
     order by inbound_id nulls first, line_no nulls first, exception_id`,
    [kind, batch?.batchId ?? null],
  )
  return rows.map((row) => row.exception_id)
}

/** The newest open exception of a kind. */
export async function newest(journey: Journey, kind: ExceptionKind, batch?: SentBatch): Promise<bigint> {
  const id = (await openOnes(journey, kind, batch)).at(-1)
  if (id === undefined) throw new Error(`no open exception ${kind}`)
  return id
}

/** Asks for an act on an exception. */
export const resolve = (
  { assembly }: Journey,
  exceptionId: bigint,
  act: ResolutionAct,
  evidence: Evidence = letter,
): Promise<ResolutionReport> => resolveException(assembly, { exceptionId, act, evidence })

/** Asks for an act, expects that it is done, and lets everything that it causes happen. */
export async function resolveNow(journey: Journey, exceptionId: bigint, act: ResolutionAct) {
  const report = await resolve(journey, exceptionId, act)
  if (report.kind !== 'resolved') throw new Error(`refused: ${JSON.stringify(report.refusals)}`)
  await journey.runQuiet()
  return report
}

/** Codes for which an act is refused. */
export async function refusals(journey: Journey, exceptionId: bigint, act: ResolutionAct): Promise<string[]> {
  const report = await resolve(journey, exceptionId, act)
  expect(report.kind).toBe('refused')
  return report.kind === 'refused' ? report.refusals.map(({ code }) => code) : []
}

/** A batch in which line 2 was said to be paid and to have failed. */
export async function conflictBatch(journey: Journey, batch: SentBatch, first: AnswerRow, then: AnswerRow) {
  await answer(journey, batch.file, { rows: [1, 2, 3].map((seq) => (seq === first.seq ? first : paid(seq))) })
  await answer(journey, batch.file, { rows: [then] })
}
