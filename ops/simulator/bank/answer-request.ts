/**
 * Answers an executed request, before that with an answer of the day where the layout has one, and later tells of
 * payments that came back: written in the bank's layout, sealed for us, and put into `out/` when it is whole.
 */
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
import { charset } from '../../../formats/values/charset.ts'
import { add, type Money, money, zero } from '../../../formats/values/money.ts'
import type { FaultRule } from '../misdeeds/fault-rule.ts'
import { rulesIn, secondAfterMinutes, type Telling } from './answer-phases.ts'
import { type AnswerRow, type AnswerTelling, answerRows, isStillOpen } from './answer-rows.ts'
import type { BankDesk } from './bank-desk.ts'
import { decideLine } from './decide-line.ts'
import { postReturns, stepOf } from './execute-request.ts'
import { isPublished } from './publish-answer.ts'
import { growAnswer, layAgain, publishWrongly } from './publish-wrongly.ts'
import type { ReceivedRequest } from './request-journal.ts'
import { spoilRow } from './spoil-row.ts'
import { type PlacedLine, readPlaced } from './stored-request.ts'
import { tellLump, tellReturns } from './tell-on-statement.ts'

/** Publishes the answer. Done again after a crash it gives the same content and replaces nothing. */
export async function answerRequest(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  const twice = secondAfterMinutes(request.misdeeds) !== undefined
  await publish(desk, request, 'answer', twice ? 'second' : 'first')
  await desk.journal.record(stepOf(desk, request, 'answered'))
}

/** The first one of two tellings of an answer; once it lies there it only grows, where it has to. */
export async function answerFirst(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  await publish(desk, request, 'answer', 'first')
}

/** When an answer that is told twice is told for the second time; undefined for one that is told once. */
export function secondDueAt(request: ReceivedRequest): string | undefined {
  const minutes = secondAfterMinutes(request.misdeeds)
  if (minutes === undefined) return undefined
  return new Date(Date.parse(request.answerDueAt) + minutes * 60_000).toISOString()
}

/** Publishes an answer of the day, in which some rows are still open, at banks whose layout has such answers. */
export async function answerMeanwhile(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  if (desk.profile.answerKinds.includes('intermediate')) await publish(desk, request, 'intermediate', 'first')
}

/**
 * Posts the late returns of a request, then publishes the file or the statement that tells of them, if there are any. A
 * file that was booked as one sum stands in its statement by then.
 */
export async function returnPayments(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  await tellLump(desk, request)
  if (request.returned.count > 0) {
    await postReturns(desk, request)
    const left = request.returned.count - (await tellReturns(desk, request))
    if (left > 0 && desk.profile.answerKinds.includes('late')) await publish(desk, request, 'late', 'first')
  }
  await desk.journal.record(stepOf(desk, request, 'returned'))
}

async function publish(
  desk: BankDesk,
  request: ReceivedRequest,
  kind: AnswerKind,
  telling: Telling,
): Promise<void> {
  const name = desk.profile.resultName(headerOf(desk, request), kind)
  const rules = kind === 'answer' ? rulesIn(request.misdeeds, telling) : []
  const grows = rules.some((rule) => rule.do === 'grow-answer')
  const again = rules.find((rule) => rule.do === 'answer-again' || rule.do === 'answer-renamed')
  if (again) {
    const other = desk.profile.resultName(renumbered(headerOf(desk, request)), kind)
    return await layAgain(desk, name, again.do === 'answer-renamed' ? other : name)
  }
  if (grows && (await growAnswer(desk, request.number, name))) return
  if (telling === 'first' && !grows && (await isPublished(desk, name))) return
  const clear = join(desk.folders.scratch, `${request.number}.${kind}`)
  await writeAnswer(desk, request, { kind, rules, foreignSerial: await foreignSerial(desk, rules) }, clear)
  await publishWrongly(desk, { name, clear, rules, number: request.number, replaces: telling === 'second' })
  await rm(clear)
  desk.report(`${desk.bank} ${deeds[kind]} ${request.fileName}: ${name}${wrongly(rules)}`)
}

const wrongly = (rules: readonly FaultRule[]): string =>
  rules.length === 0 ? '' : ` (${rules.map((rule) => rule.do).join(', ')})`

const foreignSerial = async (desk: BankDesk, rules: readonly FaultRule[]): Promise<string | undefined> =>
  rules.some((rule) => rule.do === 'other-bank-serial') ? await desk.foreignSerial?.() : undefined

/** A name of the same day that no file of ours answers to. */
const renumbered = (header: FileHeader): FileHeader => ({ ...header, sequence: header.sequence + 500 })

const deeds: Readonly<Record<AnswerKind, string>> = {
  answer: 'answered',
  intermediate: 'told the state of',
  late: 'sent money back',
}

async function writeAnswer(
  desk: BankDesk,
  request: ReceivedRequest,
  telling: AnswerTelling,
  path: string,
): Promise<void> {
  const totals = await totalsOf(desk, request, telling)
  const writer = desk.profile.resultWriter(headerOf(desk, request), totals, telling.kind, desk.cipher)
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(writer.begin())
    await readPlaced(desk, request.number, async (lines) => {
      const rows = answerRows(desk, request, telling, lines)
      if (rows.length > 0) await file.writeFile(writeRows(desk, writer, rows))
    })
    await file.writeFile(writer.end())
  } finally {
    await file.close()
  }
}

/** Rows as they are go together; a row that is told wrong is written by itself. */
function writeRows(desk: BankDesk, writer: ResultWriter, rows: readonly AnswerRow[]): Buffer {
  if (rows.every(({ usual, spoil }) => usual === undefined && spoil === undefined))
    return writer.write(rows.map(({ line }) => line))
  const layout = {
    layout: desk.profile.layout,
    encode: (text: string) => charset(desk.profile.charset).encode(text),
  }
  return Buffer.concat(
    rows.map((row) => {
      const bytes = writeOne(writer, row)
      return row.spoil === undefined ? bytes : spoilRow(bytes, row.line, row.spoil, layout)
    }),
  )
}

/** What the layout cannot write, such as a name outside its charset, stays as it was. */
function writeOne(writer: ResultWriter, { line, usual = line }: AnswerRow): Buffer {
  try {
    return writer.write([line])
  } catch {
    return writer.write([usual])
  }
}

async function totalsOf(
  desk: BankDesk,
  request: ReceivedRequest,
  telling: AnswerTelling,
): Promise<ResultTotals> {
  const told = await rightTotals(desk, request, telling)
  if (!telling.rules.some((rule) => rule.do === 'trailer-wrong')) return told
  return { ...told, rowTotalFen: told.rowTotalFen + 1n, paidTotalFen: told.paidTotalFen + 1n }
}

async function rightTotals(
  desk: BankDesk,
  request: ReceivedRequest,
  telling: AnswerTelling,
): Promise<ResultTotals> {
  const { all, returned, paid, misdeeds } = request
  if (misdeeds.length > 0 && telling.kind !== 'intermediate') return await rowTotals(desk, request, telling)
  switch (telling.kind) {
    case 'late':
      return { rowCount: returned.count, rowTotalFen: returned.totalFen, paidCount: 0, paidTotalFen: zero }
    case 'intermediate':
      return statedTotals(desk.profile.resultStyle, all, await paidMeanwhile(desk, request))
    case 'answer':
      return statedTotals(desk.profile.resultStyle, all, paid)
  }
}

/** What rows that are told wrong add up to: a bank that lies still adds up what it says. */
async function rowTotals(
  desk: BankDesk,
  request: ReceivedRequest,
  telling: AnswerTelling,
): Promise<ResultTotals> {
  const outcomes = new Map(desk.profile.codes.map(({ code, outcome }) => [code, outcome]))
  let [rows, paid]: [LineSum, LineSum] = [nothing, nothing]
  await readPlaced(desk, request.number, (lines) => {
    for (const { line } of answerRows(desk, request, telling, lines)) {
      rows = plus(rows, line)
      if (outcomes.get(line.bankCode) === 'paid') paid = plus(paid, line)
    }
  })
  const listed = { rowCount: rows.count, rowTotalFen: rows.totalFen }
  if (desk.profile.resultStyle !== 'failures-only' || telling.kind === 'late')
    return { ...listed, paidCount: paid.count, paidTotalFen: paid.totalFen }
  const { all } = request
  return { ...listed, paidCount: all.count - rows.count, paidTotalFen: all.totalFen - rows.totalFen }
}

const nothing: LineSum = { count: 0, totalFen: zero }

const plus = (sum: LineSum, { amountFen }: Pick<ResultLine, 'amountFen'>): LineSum => ({
  count: sum.count + 1,
  totalFen: add(sum.totalFen, amountFen),
})

async function paidMeanwhile(desk: BankDesk, request: ReceivedRequest): Promise<LineSum> {
  let paid = nothing
  const isPaid = (line: PlacedLine): boolean =>
    !isStillOpen(desk, line) && decideLine(desk, request, line).kind !== 'failed'
  await readPlaced(desk, request.number, (lines) => {
    for (const line of lines.filter(isPaid)) paid = plus(paid, line)
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
