/** On which occasions a rule holds: pure functions of seed, rule and number, so that a restart changes nothing. */
import type { FaultRule } from './fault-rule.ts'
import { misdeedOf } from './misdeed-catalog.ts'

/** What the choosing of one bank depends on besides the rule. */
export interface Chooser {
  readonly seed: number
  readonly bank: string
}

/** True when the rule holds on the `number`-th occasion (from 1), its limit of `times` counted from the first one. */
export function holdsOn(rule: FaultRule, chooser: Chooser, number: number): boolean {
  if (!isChosen(rule, chooser, number)) return false
  const { times = usualTimes(rule) } = rule
  if (times === 'always') return true
  let chosen = 0
  for (let one = 1; one < number; one++) if (isChosen(rule, chooser, one) && ++chosen >= times) return false
  return true
}

/** True when the rule is about this line of a file that it holds for; the first one where it names none. */
export function holdsForLine(
  rule: FaultRule,
  { seed, bank }: Chooser,
  fileNo: number,
  place: number,
): boolean {
  if (rule.share !== undefined) return draw(`${seed}/${bank}/${rule.do}/${fileNo}/${place}`) < rule.share
  return rule.lines === undefined ? place === 1 : rule.lines.includes(place)
}

/** The rules of a script that hold for the `fileNo`-th file of a bank. */
export const rulesForFile = (
  script: readonly FaultRule[],
  chooser: Chooser,
  fileNo: number,
): readonly FaultRule[] => script.filter((rule) => isOf(rule, chooser.bank) && holdsOn(rule, chooser, fileNo))

/** True for a rule of this bank, or of every bank. */
export const isOf = (rule: FaultRule, bank: string): boolean => rule.bank === undefined || rule.bank === bank

function isChosen(rule: FaultRule, { seed, bank }: Chooser, number: number): boolean {
  const named = rule.file ?? rule.call
  if (named !== undefined) return named.includes(number)
  if (rule.every !== undefined) return number % rule.every === 0
  if (sharesOccasions(rule)) return draw(`${seed}/${bank}/${rule.do}/${number}`) < (rule.share ?? 1)
  return true
}

/** A rule that names its occasions holds on each of them; any other one once. */
function usualTimes(rule: FaultRule): number | 'always' {
  const names = [rule.file, rule.call, rule.every].some((one) => one !== undefined)
  return names || sharesOccasions(rule) ? 'always' : 1
}

const sharesOccasions = (rule: FaultRule): boolean => {
  const { stage } = misdeedOf(rule.do)
  return rule.share !== undefined && stage !== 'rows' && stage !== 'return'
}

/** A number in [0, 1) from a text; the same text gives the same number. */
export function draw(text: string): number {
  let bits = 0x811c9dc5
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193)
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d)
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b)
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
}
