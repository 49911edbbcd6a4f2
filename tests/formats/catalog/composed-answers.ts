/** Lines of made-up people and the bank's side of a profile: answers with chosen codes, written as the bank would. */
import fc from 'fast-check'
import type { FileHeader, PaymentLine } from '../../../formats/bank-file.ts'
import type {
  AnswerKind,
  BankCode,
  CompiledProfile,
  FieldCipher,
  ResultLine,
} from '../../../formats/profile/compiled-profile.ts'
import { type Money, money } from '../../../formats/values/money.ts'
import { headerFor } from '../fixture-files.ts'

/** A line before it has a place in a file. */
export type UnplacedLine = Omit<PaymentLine, 'seq' | 'serial'>

/** Gives lines their numbers and serials in the file 202611210001. */
export const placed = (lines: readonly UnplacedLine[]): readonly PaymentLine[] =>
  lines.map((each, index) => ({
    ...each,
    seq: index + 1,
    serial: `202611210001${`${index + 1}`.padStart(8, '0')}`,
  }))

/** The line that every bank takes. */
export const plainLine = (amountFen: Money): UnplacedLine => ({
  payeeName: '王䶮',
  payeeAccount: '6217999990000000033',
  payeeIdNumber: '110105188001010033',
  amountFen,
})

/** Lines of an answer, each with its place in the request. */
export const answered = (codes: readonly BankCode[], lines: readonly PaymentLine[]): readonly ResultLine[] =>
  lines.map((line, index) => ({
    ...line,
    bankCode: codes[index]?.code ?? '',
    bankText: '',
    position: index + 1,
  }))

const sumOf = (lines: readonly PaymentLine[]): bigint =>
  lines.reduce((total, each) => total + each.amountFen, 0n)

/** The bytes of an answer that lists these lines, in their order; its totals are those of the lines. */
export function answerBytes(
  profile: CompiledProfile,
  kind: AnswerKind,
  header: FileHeader,
  lines: readonly ResultLine[],
  cipher?: FieldCipher,
): Buffer {
  const paying = new Set(profile.codes.filter((each) => each.outcome === 'paid').map((each) => each.code))
  const paid = lines.filter((line) => paying.has(line.bankCode))
  const totals = {
    rowCount: lines.length,
    rowTotalFen: sumOf(lines),
    paidCount: paid.length,
    paidTotalFen: sumOf(paid),
  }
  const writer = profile.resultWriter(header, totals, kind, cipher)
  return Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
}

/** One to twenty codes of a bank. */
export const someCodes = (profile: CompiledProfile) =>
  fc.array(fc.constantFrom(...profile.codes), { minLength: 1, maxLength: 20 })

/** A file of as many plain lines, of 1, 2, 3 ... fen, as there are codes, and its header. */
export function plainFile(profile: CompiledProfile, count: number) {
  const lines = placed(Array.from({ length: count }, (_, index) => plainLine(money(BigInt(index + 1)))))
  return { lines, header: headerFor(profile, lines) }
}
