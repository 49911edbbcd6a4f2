/** Sample files of a profile: made-up people as a request, and an answer with every outcome that its codes know. */
import { createHash } from 'node:crypto'
import type { FileHeader, LineProblem, PaymentLine, ResultRow, SideFile } from '../../formats/bank-file.ts'
import type {
  AnswerKind,
  AnswerSideFile,
  BankCode,
  CompiledProfile,
  ResultLine,
} from '../../formats/profile/compiled-profile.ts'
import { canonicalReasons, isReasonCode } from '../../formats/reasons/reason-taxonomy.ts'
import { add, type Money, money, zero } from '../../formats/values/money.ts'
import { type LineSum, statedTotals } from '../simulator/bank/answer-request.ts'

/** A person of the sample. */
export type SamplePerson = Omit<PaymentLine, 'seq' | 'serial'>

/** A request file of the sample people, with those whom the bank cannot take. */
export interface SampleRequest {
  readonly header: FileHeader
  readonly lines: readonly PaymentLine[]
  readonly name: string
  readonly content: Buffer
  readonly sideFiles: readonly SideFile[]
  readonly held: readonly { readonly person: SamplePerson; readonly problems: readonly LineProblem[] }[]
}

/** An answer to it and how Huida reads it. */
export interface SampleAnswer {
  readonly kind: AnswerKind
  readonly name: string
  readonly content: Buffer
  readonly sideFiles: readonly AnswerSideFile[]
  readonly rows: readonly ResultRow[]
  /** Reasons to refuse it, which would be a mistake of the profile; empty when it reads. */
  readonly refusals: readonly string[]
}

const remark = '耕地地力补贴'

const sample = (payeeName: string, account: string, id: string, amountFen: bigint): SamplePerson => ({
  payeeName,
  payeeAccount: account,
  payeeIdNumber: id,
  amountFen: money(amountFen),
  remark,
})

/** Made-up people: an easy name, one whose second byte is 0x7C in GBK, a dot in a name, a new and a four-byte character. */
export const samplePeople: readonly SamplePerson[] = [
  sample('张三', '6217999990000000017', '110105188001010017', 50_000n),
  sample('李珅', '6217999990000000025', '110105188001010025', 123_456n),
  sample('阿依古丽·买买提', '6217999990000000033', '110105188001010033', 10_001n),
  sample('王䶮', '6217999990000000041', '110105188001010041', 88n),
  sample('陈𬭎', '6217999990000000058', '110105188001010058', 250_000n),
]

const businessDate = '20261121'
const fileNumber = '202611210001'

/** Writes people as one file. */
export function sampleRequest(profile: CompiledProfile, people: readonly SamplePerson[]): SampleRequest {
  const checked = people.map((person) => ({ person, problems: profile.check(person) }))
  const lines = checked
    .filter(({ problems }) => problems.length === 0)
    .map(({ person }, at) => placed(person, at + 1))
  const header = headerOf(profile, lines)
  const writer = profile.writer(header)
  const content = Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
  const name = profile.fileName(header)
  const digest = (algorithm: string): string => createHash(algorithm).update(content).digest('hex')
  const data = { name, md5: digest('md5'), sha256: digest('sha256'), sizeBytes: content.length }
  const held = checked.filter(({ problems }) => problems.length > 0)
  return { header, lines, name, content, sideFiles: profile.sideFiles(header, data), held }
}

const placed = (person: SamplePerson, seq: number): PaymentLine => ({
  ...person,
  seq,
  serial: `${fileNumber}${`${seq}`.padStart(8, '0')}`,
})

const headerOf = (profile: CompiledProfile, lines: readonly PaymentLine[]): FileHeader => ({
  businessDate,
  time: '093000',
  sequence: 1,
  fileNumber,
  ...sumOf(lines),
  programmeName: '耕地地力保护补贴',
  fundingAccount: '43050166360800000999',
  settings: profile.sampleSettings,
})

function sumOf(lines: readonly { readonly amountFen: Money }[]): LineSum {
  return { count: lines.length, totalFen: lines.reduce((sum, line) => add(sum, line.amountFen), zero) }
}

const order = ['paid', 'failed', 'returned', 'open', 'unknown'] as const

/** One code for each outcome that the table knows, the plainest of them; success first. */
export function codesOfEveryOutcome(profile: Pick<CompiledProfile, 'codes'>): readonly BankCode[] {
  return order.flatMap((outcome) => {
    const codes = profile.codes.filter((each) => each.outcome === outcome)
    const plainest =
      codes.find(({ reason }) => reason === 'NAME_MISMATCH') ??
      codes.find(({ byText }) => !byText) ??
      codes[0]
    return plainest ? [plainest] : []
  })
}

/** Answers the request once with every outcome, or tells of one return of a paid line, and reads it back. */
export function sampleAnswer(
  profile: CompiledProfile,
  request: SampleRequest,
  kind: AnswerKind,
): SampleAnswer | undefined {
  const codes = codesOfEveryOutcome(profile)
  const chosen =
    kind === 'late'
      ? codes.filter(({ outcome }) => outcome === 'returned' || outcome === 'failed').slice(0, 1)
      : codes
  const first = request.lines[0]
  if (first === undefined || chosen.length === 0) return undefined
  const size = kind === 'late' ? request.lines.length : Math.max(chosen.length, request.lines.length)
  const lines = Array.from({ length: size }, (_, at) =>
    placed(request.lines[at % request.lines.length] ?? first, at + 1),
  )
  const answered = lines.flatMap((line, at) => {
    const code = chosen[at] ?? (kind === 'late' ? undefined : chosen[0])
    return code ? [{ line: answerTo(line, code), paid: code.outcome === 'paid' }] : []
  })
  return written(profile, headerOf(profile, lines), kind, answered)
}

/** Words of the reason itself, as a bank would put them beside its code. */
const textOf = ({ reason }: BankCode): string =>
  isReasonCode(reason) ? canonicalReasons[reason].titleZh : reason

const answerTo = (line: PaymentLine, code: BankCode): ResultLine => ({
  ...line,
  bankCode: code.code,
  bankText: textOf(code),
  position: line.seq,
})

function written(
  profile: CompiledProfile,
  header: FileHeader,
  kind: AnswerKind,
  answered: readonly { readonly line: ResultLine; readonly paid: boolean }[],
): SampleAnswer {
  const lines = answered.map(({ line }) => line)
  const paid = sumOf(answered.filter((each) => each.paid).map(({ line }) => line))
  const all = sumOf(lines)
  const totals =
    kind === 'late'
      ? { rowCount: all.count, rowTotalFen: all.totalFen, paidCount: 0, paidTotalFen: zero }
      : statedTotals(profile.resultStyle, all, paid)
  const writer = profile.resultWriter(header, totals, kind)
  const content = Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
  const name = profile.resultName(header, kind)
  return {
    kind,
    name,
    content,
    sideFiles: profile.answerSideFiles(name),
    ...readBack(profile, header, kind, content),
  }
}

function readBack(
  profile: CompiledProfile,
  header: FileHeader,
  kind: AnswerKind,
  content: Buffer,
): Pick<SampleAnswer, 'rows' | 'refusals'> {
  const reader = profile.resultReader(header, kind)
  const first = reader.read(content)
  const end = reader.end()
  return {
    rows: [...first, ...end.rows],
    refusals:
      end.kind === 'read' ? [] : end.refusals.map(({ code, facts }) => `${code} ${JSON.stringify(facts)}`),
  }
}
