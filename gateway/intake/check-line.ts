/**
 * All checks of one line: its text, its shape, its identity under the programme's policy, its bank, and whether that
 * bank's layout can take it. A line that is bad in shape is not looked into further.
 */
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import { type Money, money } from '../../formats/values/money.ts'
import type { BankNo } from '../ledger/batch.ts'
import { checkBank } from './bank-problem.ts'
import { parseCsvLine } from './csv-line.ts'
import type { Finding } from './finding.ts'
import { checkShape, type FieldFlaw, type InstructionLine } from './instruction-line.ts'
import type { FitLine } from './instruction-rows.ts'
import { type CheckLevels, checkIdentity } from './line-identity.ts'
import { parseNdjsonLine, spellingFlaw } from './ndjson-line.ts'

/** Longest line that is looked at, in bytes. */
export const longestLineBytes = 16 * 1024

/** What lines are checked against. */
export interface LineDesk {
  readonly checks: CheckLevels
  /** Six-digit codes of the counties that count; undefined without a list. */
  readonly counties?: ReadonlySet<string> | undefined
  readonly banks: ReadonlyMap<string, { readonly bankNo: BankNo; readonly profile: CompiledProfile }>
}

/** What one line came to: its findings, the row to write when it is fit, and the amount that could be read. */
export interface CheckedLine {
  readonly findings: readonly Finding[]
  readonly fit?: FitLine
  readonly amountFen: bigint
}

/** Checks one line; `columns` when it is a CSV row. */
export function checkLine(
  desk: LineDesk,
  text: string,
  seq: number,
  columns: readonly string[] | undefined,
): CheckedLine {
  const parsed = parseLine(text, columns)
  if ('flaw' in parsed) return bad(seq, [parsed.flaw], 0n)
  const shape = checkShape(parsed.record)
  if (shape.kind === 'flawed') return bad(seq, shape.flaws, readableAmount(parsed.record))
  const { line } = shape
  const spelling = columns ? undefined : spellingFlaw(text, parsed.record, line.amountFen)
  if (spelling) return bad(seq, [spelling], 0n)
  return checkContent(desk, line, seq)
}

function parseLine(
  text: string,
  columns: readonly string[] | undefined,
): { record: object } | { flaw: FieldFlaw } {
  if (text === '') return { flaw: { field: '', code: 'LINE_EMPTY', facts: {} } }
  if (text.length * 3 > longestLineBytes && Buffer.byteLength(text) > longestLineBytes) {
    return { flaw: { field: '', code: 'LINE_TOO_LONG', facts: { longestBytes: longestLineBytes } } }
  }
  return columns ? parseCsvLine(text, columns) : parseNdjsonLine(text)
}

function checkContent(desk: LineDesk, line: InstructionLine, seq: number): CheckedLine {
  const amountFen = money(BigInt(line.amountFen))
  const bank = desk.banks.get(line.bank)
  const findings = checkIdentity(line, seq, desk.checks, desk.counties)
  if (!bank) findings.push({ seq, level: 'refuse', field: 'bank', code: 'BANK_UNKNOWN', facts: {} })
  if (!bank || findings.some((found) => found.level === 'refuse')) return { findings, amountFen }
  findings.push(...checkBank(bank.profile, paymentOf(line, amountFen), seq))
  return { findings, amountFen, fit: { seq, bankNo: bank.bankNo, amountFen, line } }
}

const paymentOf = (line: InstructionLine, amountFen: Money) => ({
  payeeName: line.payeeName,
  payeeAccount: line.payeeAccount,
  amountFen,
  ...(line.payeeIdNumber !== undefined && { payeeIdNumber: line.payeeIdNumber }),
  ...(line.remark !== undefined && { remark: line.remark }),
})

const bad = (seq: number, flaws: readonly FieldFlaw[], amountFen: bigint): CheckedLine => ({
  findings: flaws.map((flaw) => ({ seq, level: 'refuse', ...flaw })),
  amountFen,
})

/** The amount of a line that is bad for another reason. */
function readableAmount(record: object): bigint {
  const value: unknown = 'amountFen' in record ? record.amountFen : undefined
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? BigInt(value) : 0n
}
