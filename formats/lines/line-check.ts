/** Tells, before anything is planned, what a bank's layout could not take of a line; such a line is held. */
import type { LineProblem, PaymentLine } from '../bank-file.ts'
import { type Charset, codePointName } from '../values/charset.ts'
import { fitted } from './cell-writer.ts'
import type { Column } from './column.ts'

/** A line as it is before it has a place in a file. */
export type UnplacedLine = Omit<PaymentLine, 'seq' | 'serial'>

type CheckedField = 'payeeName' | 'payeeAccount' | 'payeeIdNumber' | 'remark'

/** Throws by `FileWriter.write` for a line that nobody checked; carries what `check` would have said. */
export class UnwritableLine extends Error {
  override readonly name = 'UnwritableLine'
  readonly seq: number
  readonly problems: readonly LineProblem[]
  constructor(seq: number, problems: readonly LineProblem[]) {
    super(`line ${seq} cannot be written: ${problems.map((each) => `${each.field} ${each.code}`).join(', ')}`)
    this.seq = seq
    this.problems = problems
  }
}

const fields: readonly (readonly [Column['item'], CheckedField])[] = [
  ['name', 'payeeName'],
  ['account', 'payeeAccount'],
  ['idNumber', 'payeeIdNumber'],
  ['remark', 'remark'],
]

/** Characters of an account number; banks' accounts have digits, old ones letters and hyphens too. */
export const accountPattern = /^[0-9A-Za-z-]*$/u

/** Field of a line that a column shows; undefined for items that no line brings. */
export const fieldOf = (item: Column['item']): LineProblem['field'] | undefined =>
  item === 'amount' ? 'amountFen' : item === 'serial' ? 'serial' : checkedFieldOf(item)

const checkedFieldOf = (item: Column['item']): CheckedField | undefined =>
  fields.find(([each]) => each === item)?.[1]

/** Makes the check of a profile; `forbidden` finds what its layout and its bank forbid in a text. */
export function lineChecker(
  columns: readonly Column[],
  forbidden: RegExp,
  charset: Charset,
  maxAmountFen: bigint,
): (line: UnplacedLine) => readonly LineProblem[] {
  const checks = columns.flatMap((column) => {
    const field = checkedFieldOf(column.item)
    return field ? [{ column, field }] : []
  })
  return (line) => [
    ...checks.flatMap(({ column, field }) =>
      textProblems(column, field, line[field] ?? '', charset, forbidden),
    ),
    ...amountProblems(line.amountFen, maxAmountFen),
  ]
}

function textProblems(
  column: Column,
  field: CheckedField,
  text: string,
  charset: Charset,
  forbidden: RegExp,
): readonly LineProblem[] {
  if (text === '') return column.required ? [{ field, code: 'EMPTY', facts: { column: column.title } }] : []
  const lacking = charset.firstUnencodable(text) ?? firstPrivateUse(text)
  if (lacking) {
    const facts = {
      codePoint: codePointName(lacking.codePoint),
      position: lacking.index + 1,
      charset: charset.name,
    }
    return [{ field, code: 'CHARSET', facts }]
  }
  const odd = field === 'payeeAccount' ? text.search(/[^0-9A-Za-z-]/u) : -1
  const position = odd >= 0 ? odd : text.search(forbidden)
  if (position >= 0) {
    const codePoint = codePointName(text.codePointAt(position) ?? 0)
    return [{ field, code: 'FORBIDDEN_CHARACTER', facts: { codePoint, position: position + 1 } }]
  }
  if (column.pattern?.matches(text) === false) {
    const facts = { column: column.title, pattern: column.patternText }
    return [{ field, code: 'FORBIDDEN_CHARACTER', facts }]
  }
  return lengthProblems(column, field, text, charset)
}

function lengthProblems(
  column: Column,
  field: CheckedField,
  text: string,
  charset: Charset,
): readonly LineProblem[] {
  const whole = `${column.prefix}${text}${column.suffix}`
  const bytes = charset.byteLength(column.truncate ? fitted(charset, whole, column.maxBytes) : whole)
  return bytes > column.maxBytes
    ? [{ field, code: 'TOO_LONG', facts: { bytes, limitBytes: column.maxBytes, charset: charset.name } }]
    : []
}

/** Private-use characters have codes, but mean something only in one font; a bank would read another name. */
function firstPrivateUse(text: string): { codePoint: number; index: number } | undefined {
  const index = text.search(/\p{Co}/u)
  return index < 0 ? undefined : { codePoint: text.codePointAt(index) ?? 0, index }
}

function amountProblems(amountFen: bigint, maxAmountFen: bigint): readonly LineProblem[] {
  if (amountFen <= 0n) return [{ field: 'amountFen', code: 'EMPTY', facts: { leastFen: 1 } }]
  if (amountFen <= maxAmountFen) return []
  return [{ field: 'amountFen', code: 'TOO_LARGE', facts: { limitFen: maxAmountFen.toString() } }]
}
