/** What the bank does with one line of one file: what its policy decides, and what it was told to send back. */
import type { FaultRule } from '../misdeeds/fault-rule.ts'
import { misdeedOf } from '../misdeeds/misdeed-catalog.ts'
import { holdsForLine } from '../misdeeds/pick-occasions.ts'
import type { BankDesk } from './bank-desk.ts'
import { type BankPolicy, decidePayment, type PaymentDecision } from './decide-payment.ts'
import type { PlacedLine } from './stored-request.ts'

/** The file that a line stands in, as it was taken. */
export interface TakenFile {
  readonly number: number
  readonly policy: BankPolicy
  readonly misdeeds: readonly FaultRule[]
}

/** Decides one line; the same in any run, as everything that it depends on was journaled with the file. */
export function decideLine(
  desk: Pick<BankDesk, 'bank' | 'codes'>,
  file: TakenFile,
  line: PlacedLine,
): PaymentDecision {
  const decided = decidePayment(file.policy, desk.bank, desk.codes, line)
  if (decided.kind !== 'paid' || returnRule(desk, file, line) === undefined) return decided
  const [later = { code: '', text: '退汇：账号户名不符' }] = desk.codes.returned
  return { kind: 'returned', answer: decided.answer, later: { code: later.code, text: later.text } }
}

/** The rule by which a line comes back, if there is one. */
export function returnRule(
  { bank }: Pick<BankDesk, 'bank'>,
  { number, policy, misdeeds }: TakenFile,
  { position }: Pick<PlacedLine, 'position'>,
): FaultRule | undefined {
  if (misdeeds.length === 0) return undefined
  const chooser = { seed: policy.seed, bank }
  return misdeeds.find(
    (rule) => misdeedOf(rule.do).stage === 'return' && holdsForLine(rule, chooser, number, position),
  )
}
