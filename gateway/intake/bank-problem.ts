/** What a bank's layout cannot take of a line: the line is held, and its code says field and rule. */
import type { LineProblem, PaymentLine } from '../../formats/bank-file.ts'
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import type { Finding } from './finding.ts'
import type { FindingCode } from './finding-catalogue.ts'
import { isFindingCode } from './finding-catalogue.ts'

const fieldWords: Readonly<Record<LineProblem['field'], string>> = {
  payeeName: 'NAME',
  payeeAccount: 'ACCOUNT',
  payeeIdNumber: 'ID',
  amountFen: 'AMOUNT',
  remark: 'REMARK',
  serial: 'SERIAL',
}

/** The code of a bank's problem, such as `NAME_CHARSET`. */
export function bankProblemCode({ field, code }: LineProblem): FindingCode {
  if (field === 'amountFen' && (code === 'TOO_LARGE' || code === 'TOO_LONG')) return 'AMOUNT_OVER_BANK_LIMIT'
  const name = `${fieldWords[field]}_${code}`
  return isFindingCode(name) ? name : 'BANK_CANNOT_TAKE'
}

/** Findings that hold a line; `facts.rule` keeps the layout's own code, which becomes the reason of the hold. */
export function checkBank(
  profile: CompiledProfile,
  line: Omit<PaymentLine, 'seq' | 'serial'>,
  seq: number,
): Finding[] {
  return profile.check(line).map((found) => ({
    seq,
    level: 'hold',
    field: found.field,
    code: bankProblemCode(found),
    facts: { ...found.facts, rule: found.code },
  }))
}
