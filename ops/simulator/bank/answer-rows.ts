/**
 * The rows of an answer as this bank gives them: what it did, and on top of that what it says wrong. What was posted
 * is decided before and stays as it is.
 */

import type { AnswerKind, ResultLine } from '../../../formats/profile/compiled-profile.ts'
import { charset } from '../../../formats/values/charset.ts'
import { money } from '../../../formats/values/money.ts'
import type { FaultRule } from '../misdeeds/fault-rule.ts'
import { holdsForLine } from '../misdeeds/pick-occasions.ts'
import type { BankDesk } from './bank-desk.ts'
import { decideLine, returnRule } from './decide-line.ts'
import type { BankAnswer } from './reason-codes.ts'
import type { ReceivedRequest } from './request-journal.ts'
import type { RowSpoil } from './spoil-row.ts'
import type { PlacedLine } from './stored-request.ts'

/** A row of an answer; `usual` is what the row would have been, for layouts that cannot write the wrong one. */
export interface AnswerRow {
  readonly line: ResultLine
  readonly usual?: ResultLine
  readonly spoil?: RowSpoil
}

/** What is told, and by which rules it is told wrong; `foreignSerial` stands in another bank's books. */
export interface AnswerTelling {
  readonly kind: AnswerKind
  readonly rules: readonly FaultRule[]
  readonly foreignSerial: string | undefined
}

/** Every third line, beginning with the first, is not done yet when an answer of the day is written. */
export const isStillOpen = (desk: BankDesk, { position }: PlacedLine): boolean =>
  desk.codes.open !== undefined && position % 3 === 1

/** The rows of an answer for lines of the request, in the order in which the bank gives them. */
export function answerRows(
  desk: BankDesk,
  request: ReceivedRequest,
  telling: AnswerTelling,
  lines: readonly PlacedLine[],
): readonly AnswerRow[] {
  const rows: AnswerRow[] = []
  for (const line of lines) {
    const usual = usualLine(desk, request, telling.kind, line)
    const chosen = telling.rules.filter((rule) => isFor(desk, request, rule, line))
    if (usual !== undefined) rows.push(...spoiled(desk, request, telling, usual, line, chosen))
    else if (chosen.some((rule) => rule.do === 'both-outcomes' || rule.do === 'invert-flag'))
      rows.push({ line: { ...line, ...bankSays(failureOf(desk)) } })
    if (chosen.some((rule) => rule.do === 'extra-row')) rows.push({ line: strangeLine(desk, line) })
  }
  return telling.rules.some((rule) => rule.do === 'reorder-rows') ? rows.reverse() : rows
}

const isFor = (desk: BankDesk, request: ReceivedRequest, rule: FaultRule, line: PlacedLine): boolean =>
  holdsForLine(rule, { seed: request.policy.seed, bank: desk.bank }, request.number, line.position)

/** The line of an answer for a line of the request; undefined when this answer does not list it. */
function usualLine(
  desk: BankDesk,
  request: ReceivedRequest,
  kind: AnswerKind,
  line: PlacedLine,
): ResultLine | undefined {
  const decision = decideLine(desk, request, line)
  if (kind === 'late') {
    const comesBack = decision.kind === 'returned' && !toldOnStatement(desk, request, line)
    return comesBack ? { ...line, ...bankSays(decision.later) } : undefined
  }
  if (kind === 'intermediate' && isStillOpen(desk, line)) return { ...line, ...bankSays(desk.codes.open) }
  if (desk.profile.resultStyle === 'failures-only' && decision.kind !== 'failed') return undefined
  return { ...line, ...bankSays(decision.answer) }
}

/** True for a line whose return stands in a statement and in no file of returns. */
export function toldOnStatement(desk: BankDesk, request: ReceivedRequest, line: PlacedLine): boolean {
  if (desk.givesStatements !== true) return false
  const rule = returnRule(desk, request, line)?.do
  return (
    rule === 'return-on-statement' ||
    rule === 'return-without-serial' ||
    !desk.profile.answerKinds.includes('late')
  )
}

const bankSays = ({ code, text }: BankAnswer = { code: '', text: '' }) => ({ bankCode: code, bankText: text })

function spoiled(
  desk: BankDesk,
  request: ReceivedRequest,
  telling: AnswerTelling,
  usual: ResultLine,
  line: PlacedLine,
  chosen: readonly FaultRule[],
): readonly AnswerRow[] {
  if (telling.kind === 'late') return lateRows(desk, request, usual, line)
  let rows: readonly AnswerRow[] = [{ line: usual }]
  for (const rule of chosen)
    rows = rows.flatMap((row) => changedRow(desk, telling, rule, row).map((one) => ({ usual, ...one })))
  return rows
}

/** A return is told once, or twice, or with a fen too much. */
function lateRows(
  desk: BankDesk,
  request: ReceivedRequest,
  usual: ResultLine,
  line: PlacedLine,
): readonly AnswerRow[] {
  const rule = returnRule(desk, request, line)?.do
  if (rule === 'return-twice') return [{ line: usual }, { line: usual }]
  if (rule === 'return-too-much') return [{ line: { ...usual, amountFen: money(usual.amountFen + 1n) } }]
  return [{ line: usual }]
}

/** What a rule makes of a row: nothing, the row itself, another one, or two. */
function changedRow(
  desk: BankDesk,
  { foreignSerial }: AnswerTelling,
  rule: FaultRule,
  row: AnswerRow,
): readonly AnswerRow[] {
  const { line } = row
  const as = (change: Partial<ResultLine>): readonly AnswerRow[] => [{ ...row, line: { ...line, ...change } }]
  switch (rule.do) {
    case 'drop-rows':
      return []
    case 'duplicate-rows':
      return [row, row]
    case 'both-outcomes':
      return [row, { line: { ...line, ...opposite(desk, line) } }]
    case 'invert-flag':
    case 'answer-changed':
      return as(opposite(desk, line))
    case 'leave-open':
      return desk.codes.open === undefined ? [row] : as(bankSays(desk.codes.open))
    case 'amount-wrong':
      return as({ amountFen: money(line.amountFen + 1n) })
    case 'unmapped-code':
      return as({ bankCode: strangeCode(desk), bankText: '系统返回未知' })
    case 'text-only':
      return [
        { ...row, line: { ...line, bankCode: strangeCode(desk), bankText: '账户状态异常' }, spoil: rule.do },
      ]
    case 'other-bank-serial':
      return foreignSerial === undefined ? [row] : as({ serial: foreignSerial })
    case 'truncate-names':
      return as({ payeeName: cutName(desk, line.payeeName, rule.bytes ?? 60) })
    case 'name-private-use':
      return as({ payeeName: exchanged(line.payeeName, '䶮', '\uE863') })
    case 'name-question-mark':
      return as({ payeeName: `${[...line.payeeName].slice(0, -1).join('')}?` })
    case 'name-dot':
      return as({ payeeName: exchanged(line.payeeName, '·', '•') })
    case 'wide-digits':
      return as({ payeeAccount: line.payeeAccount.replace(/\d/g, wideDigit) })
    case 'amount-without-zero':
    case 'amount-grouped':
    case 'amount-with-unit':
    case 'poison-line':
      return [{ ...row, spoil: rule.do }]
    default:
      return [row]
  }
}

/** Success for a failure, and failure for anything else. */
function opposite(desk: BankDesk, { bankCode }: ResultLine): Pick<ResultLine, 'bankCode' | 'bankText'> {
  const failed = desk.profile.codes.some(({ code, outcome }) => code === bankCode && outcome === 'failed')
  return bankSays(failed ? desk.codes.paid : failureOf(desk))
}

const failureOf = ({ codes }: BankDesk): BankAnswer => codes.failed[0] ?? { code: '', text: '失败' }

/** A code of the right length that stands in no table of the bank. */
function strangeCode({ profile, codes }: BankDesk): string {
  const known = new Set(profile.codes.map(({ code }) => code))
  const { length } = codes.paid.code
  const candidates = [...'97865Z'].map((sign) => sign.repeat(length))
  return candidates.find((code) => !known.has(code)) ?? codes.paid.code
}

/** A row about somebody whom the request never named. */
function strangeLine(desk: BankDesk, line: PlacedLine): ResultLine {
  const serial = `${line.serial.slice(0, -8)}${'99999999'.slice(-Math.min(8, line.serial.length))}`
  const stranger = { serial, position: 99_999_999, payeeName: '无此人', amountFen: money(100n) }
  return { ...line, ...stranger, ...bankSays(desk.codes.paid) }
}

function cutName({ profile }: BankDesk, name: string, mostBytes: number): string {
  const codec = charset(profile.charset)
  let cut = ''
  for (const sign of name) {
    if (codec.encode(cut + sign).length > mostBytes) break
    cut += sign
  }
  return cut
}

const exchanged = (text: string, one: string, other: string): string =>
  [...text].map((sign) => (sign === one ? other : sign === other ? one : sign)).join('')

const wideDigit = (digit: string): string => String.fromCharCode(0xff10 + Number(digit))
