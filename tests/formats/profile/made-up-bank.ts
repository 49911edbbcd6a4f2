/** Profiles of made-up banks, put together from their parts, and the way to their files. */
import type { FileHeader, FileRefusal, PaymentLine, ResultRow } from '../../../formats/bank-file.ts'
import type {
  AnswerKind,
  CompiledProfile,
  FieldCipher,
  ResultLine,
} from '../../../formats/profile/compiled-profile.ts'
import { parseProfile } from '../../../formats/profile/load-catalog.ts'
import { fixtureLines, headerFor, readWhole } from '../fixture-files.ts'

/** Parts of a profile as YAML text; the defaults make a plain delimited bank. */
export interface BankParts {
  readonly top?: string
  readonly charset?: string
  readonly layout?: string
  readonly limits?: string
  readonly request?: string
  readonly result?: string
  readonly codes?: string
}

const plainRequest = `
  row: [{ item: serial, bytes: 8 }, { item: account, maxBytes: 32 }, { item: name, maxBytes: 60 }, { item: amount }]`

/** The document of a bank called `made-up`. */
export const bankText = (parts: BankParts = {}): string => `id: made-up
version: 1
title: 样例银行
source: made for this test
fidelity: invented
newline: lf
charset: ${parts.charset ?? 'gb18030'}
${parts.layout ?? "layout: delimited\ndelimiter: '|'"}
limits: ${parts.limits ?? '{ maxRows: 1000, maxAmountFen: 99999999 }'}
${parts.top ?? ''}
request:
  name: REQ_{date}_{sequence:NNN}.txt${parts.request ?? plainRequest}
result:
  name: RES_{date}_{sequence:NNN}.txt${parts.result ?? '\n  style: full-list\n  appended: [{ item: code }, { item: text, maxBytes: 60 }]'}
  codes: ${parts.codes ?? '{ "00": PAID, "10": NAME_MISMATCH, "20": { reason: OUTCOME_UNKNOWN, outcome: open } }'}
`

/** Compiles a bank; fails the test with every problem when it does not hold. */
export function bank(parts: BankParts = {}): CompiledProfile {
  const parsed = parseProfile(bankText(parts), 'made-up.yaml')
  if (parsed.kind === 'refused')
    throw new Error(parsed.problems.map((each) => `${each.path}: ${each.messageEn}`).join('\n'))
  return parsed.profile
}

/** What is wrong with a bank, each as `path: sentence`. */
export function problemsOf(parts: BankParts): readonly string[] {
  const parsed = parseProfile(bankText(parts), 'made-up.yaml')
  return parsed.kind === 'ok' ? [] : parsed.problems.map((each) => `${each.path}: ${each.messageEn}`)
}

/** Rows of an answer in short: `serial outcome reason`; refusals as their codes. */
export interface Told {
  readonly rows: readonly string[]
  readonly refusals: readonly string[]
}

const shortRow = ({ serial, outcome, reason }: ResultRow): string => `${serial} ${outcome} ${reason.code}`

/** Code of a refusal, with the column or fact that it names. */
export const shortRefusal = ({ code, facts }: FileRefusal): string =>
  `${code} ${facts.column ?? facts.what ?? ''}`.trim()

/** Reads an answer that somebody else wrote. */
export function told(
  profile: CompiledProfile,
  content: Buffer | string,
  how: { kind?: AnswerKind; request?: FileHeader; chunkBytes?: number; cipher?: FieldCipher } = {},
): Told {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const reader = profile.resultReader(how.request, how.kind, how.cipher)
  const { rows, refusals } = readWhole(reader, bytes, how.chunkBytes)
  return { rows: rows.map(shortRow), refusals: refusals.map(shortRefusal) }
}

/** Header of a file of the first people. */
export const headerOf = (profile: CompiledProfile, count: number): FileHeader =>
  headerFor(profile, fixtureLines(count))

/** The answer that a simulated bank writes, one code for each of the first people. */
export function answered(
  profile: CompiledProfile,
  codes: readonly string[],
  kind: AnswerKind = 'answer',
  cipher?: FieldCipher,
): Buffer {
  const lines: readonly ResultLine[] = fixtureLines(codes.length).map((line, index) => ({
    ...line,
    bankCode: codes[index] ?? '',
    bankText: '',
  }))
  const outcomeOf = (line: ResultLine): string =>
    profile.codes.find(({ code }) => code === line.bankCode)?.outcome ?? 'unknown'
  const sum = (some: readonly PaymentLine[]): bigint => some.reduce((total, one) => total + one.amountFen, 0n)
  const of = (outcome: string): readonly ResultLine[] => lines.filter((line) => outcomeOf(line) === outcome)
  const totals = {
    rowCount: lines.length,
    rowTotalFen: sum(lines),
    paidCount: of('paid').length,
    paidTotalFen: sum(of('paid')),
    failedCount: of('failed').length,
    failedTotalFen: sum(of('failed')),
  }
  const writer = profile.resultWriter(headerFor(profile, lines), totals, kind, cipher)
  return Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
}
