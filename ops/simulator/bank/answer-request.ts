/**
 * Answers an executed request, before that with an answer of the day where the layout has one, and later tells of
 * payments that came back: written in the bank's layout, sealed for us, and put into `out/` when it is whole.
 */
import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileHeader } from '../../../formats/bank-file.ts'
import type {
  AnswerKind,
  ResultLine,
  ResultStyle,
  ResultTotals,
  ResultWriter,
} from '../../../formats/profile/compiled-profile.ts'
import { add, type Money, money, zero } from '../../../formats/values/money.ts'
import type { BankDesk } from './bank-desk.ts'
import { decidePayment } from './decide-payment.ts'
import { postReturns, stepOf } from './execute-request.ts'
import { isPublished, publishAnswer } from './publish-answer.ts'
import type { BankAnswer } from './reason-codes.ts'
import type { ReceivedRequest } from './request-journal.ts'
import { type PlacedLine, readPlaced } from './stored-request.ts'

/** Publishes the answer. Done again after a crash it gives the same content and replaces nothing. */
export async function answerRequest(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  await publish(desk, request, 'answer')
  await desk.journal.record(stepOf(desk, request, 'answered'))
}

/** Publishes an answer of the day, in which some rows are still open, at banks whose layout has such answers. */
export async function answerMeanwhile(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  if (desk.profile.answerKinds.includes('intermediate')) await publish(desk, request, 'intermediate')
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
  desk.report(`${desk.bank} ${deeds[kind]} ${request.fileName}: ${name}`)
}

const deeds: Readonly<Record<AnswerKind, string>> = {
  answer: 'answered',
  intermediate: 'told the state of',
  late: 'sent money back',
}

async function writeAnswer(
  desk: BankDesk,
  request: ReceivedRequest,
  kind: AnswerKind,
  path: string,
): Promise<void> {
  const totals = await totalsOf(desk, request, kind)
  const writer = desk.profile.resultWriter(headerOf(desk, request), totals, kind, desk.cipher)
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(writer.begin())
    await readPlaced(desk, request.number, async (lines) => {
      await writeLines(desk, request, kind, writer, file, lines)
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
    return { ...line, ...bankSays(decision.later) }
  }
  if (kind === 'intermediate' && isStillOpen(desk, line)) return { ...line, ...bankSays(desk.codes.open) }
  if (desk.profile.resultStyle === 'failures-only' && decision.kind !== 'failed') return undefined
  return { ...line, ...bankSays(decision.answer) }
}

const bankSays = ({ code, text }: BankAnswer = { code: '', text: '' }) => ({ bankCode: code, bankText: text })

async function totalsOf(desk: BankDesk, request: ReceivedRequest, kind: AnswerKind): Promise<ResultTotals> {
  const { all, returned } = request
  switch (kind) {
    case 'late':
      return { rowCount: returned.count, rowTotalFen: returned.totalFen, paidCount: 0, paidTotalFen: zero }
    case 'intermediate':
      return statedTotals(desk.profile.resultStyle, all, await paidMeanwhile(desk, request))
    case 'answer':
      return statedTotals(desk.profile.resultStyle, all, request.paid)
  }
}

/** Every third line, beginning with the first, is not done yet when an answer of the day is written. */
const isStillOpen = (desk: BankDesk, { position }: PlacedLine): boolean =>
  desk.codes.open !== undefined && position % 3 === 1

async function paidMeanwhile(desk: BankDesk, request: ReceivedRequest): Promise<LineSum> {
  let paid: LineSum = { count: 0, totalFen: zero }
  const isPaid = (line: PlacedLine): boolean =>
    !isStillOpen(desk, line) && decidePayment(request.policy, desk.bank, desk.codes, line).kind !== 'failed'
  await readPlaced(desk, request.number, (lines) => {
    for (const line of lines.filter(isPaid))
      paid = { count: paid.count + 1, totalFen: add(paid.totalFen, line.amountFen) }
  })
  return paid
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
