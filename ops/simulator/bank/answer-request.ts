/**
 * Answers an executed request, and later tells of payments that came back: written in the bank's layout, sealed for
 * us, and put into `out/` under a temporary name that becomes the final one when the file is whole.
 */
import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileHeader, PaymentLine } from '../../../formats/bank-file.ts'
import type {
  AnswerKind,
  ResultLine,
  ResultStyle,
  ResultTotals,
  ResultWriter,
} from '../../../formats/profile/compiled-profile.ts'
import { type Money, money, zero } from '../../../formats/values/money.ts'
import type { BankDesk } from './bank-desk.ts'
import { decidePayment } from './decide-payment.ts'
import { postReturns, stepOf } from './execute-request.ts'
import { isPublished, publishAnswer } from './publish-answer.ts'
import type { ReceivedRequest } from './request-journal.ts'
import { readRequest } from './stored-request.ts'

/** Publishes the answer. Done again after a crash it gives the same content and replaces nothing. */
export async function answerRequest(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  await publish(desk, request, 'answer')
  await desk.journal.record(stepOf(desk, request, 'answered'))
}

/** Posts the late returns of a request, then publishes the file that tells of them, if there are any. */
export async function returnPayments(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  if (request.returned.count > 0) {
    await postReturns(desk, request)
    await publish(desk, request, 'late')
  }
  await desk.journal.record(stepOf(desk, request, 'returned'))
}

async function publish(desk: BankDesk, request: ReceivedRequest, kind: AnswerKind): Promise<void> {
  const name = desk.profile.resultName(headerOf(desk, request), kind)
  if (await isPublished(desk, name)) return
  const clear = join(desk.folders.scratch, `${request.number}.${kind}`)
  await writeAnswer(desk, request, kind, clear)
  await publishAnswer(desk, name, () => createReadStream(clear))
  await rm(clear)
  desk.report(`${desk.bank} ${kind === 'late' ? 'sent money back' : 'answered'} ${request.fileName}: ${name}`)
}

async function writeAnswer(
  desk: BankDesk,
  request: ReceivedRequest,
  kind: AnswerKind,
  path: string,
): Promise<void> {
  const writer = desk.profile.resultWriter(headerOf(desk, request), totalsOf(desk, request, kind), kind)
  const file = await open(path, 'w', 0o600)
  let position = 0
  try {
    await file.writeFile(writer.begin())
    await readRequest(desk, request.number, async (lines) => {
      const placed = lines.map((line) => ({ ...line, position: ++position }))
      await writeLines(desk, request, kind, writer, file, placed)
    })
    await file.writeFile(writer.end())
  } finally {
    await file.close()
  }
}

async function writeLines(
  desk: BankDesk,
  request: ReceivedRequest,
  kind: AnswerKind,
  writer: ResultWriter,
  file: { writeFile(bytes: Buffer): Promise<void> },
  lines: readonly PlacedLine[],
): Promise<void> {
  const answers = lines
    .map((line) => resultLine(desk, request, kind, line))
    .filter((line) => line !== undefined)
  if (answers.length > 0) await file.writeFile(writer.write(answers))
}

/** A line and its place in the request, from 1, for banks that name rows by it. */
interface PlacedLine extends PaymentLine {
  readonly position: number
}

/** The line of an answer for a line of the request; undefined when this answer does not list it. */
function resultLine(
  desk: BankDesk,
  request: ReceivedRequest,
  kind: AnswerKind,
  line: PlacedLine,
): ResultLine | undefined {
  const decision = decidePayment(request.policy, desk.bank, desk.codes, line)
  if (kind === 'late') {
    if (decision.kind !== 'returned') return undefined
    return { ...line, bankCode: decision.later.code, bankText: decision.later.text }
  }
  if (desk.profile.resultStyle === 'failures-only' && decision.kind !== 'failed') return undefined
  return { ...line, bankCode: decision.answer.code, bankText: decision.answer.text }
}

function totalsOf(desk: BankDesk, { all, paid, returned }: ReceivedRequest, kind: AnswerKind): ResultTotals {
  if (kind === 'late')
    return { rowCount: returned.count, rowTotalFen: returned.totalFen, paidCount: 0, paidTotalFen: zero }
  return statedTotals(desk.profile.resultStyle, all, paid)
}

/** What a first answer states: every row, or in a list of failures those that were not paid. */
export function statedTotals(style: ResultStyle, all: LineSum, paid: LineSum): ResultTotals {
  const stated = { paidCount: paid.count, paidTotalFen: paid.totalFen }
  if (style !== 'failures-only') return { ...stated, rowCount: all.count, rowTotalFen: all.totalFen }
  return { ...stated, rowCount: all.count - paid.count, rowTotalFen: money(all.totalFen - paid.totalFen) }
}

/** Lines and what they add up to. */
export interface LineSum {
  readonly count: number
  readonly totalFen: Money
}

function headerOf(desk: BankDesk, { header, all }: ReceivedRequest): FileHeader {
  return { ...desk.customer, ...header, count: all.count, totalFen: all.totalFen, programmeName: '' }
}
