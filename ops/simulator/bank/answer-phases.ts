/**
 * In which of its tellings of one answer a bank misbehaves. Most answers are told once; one that is mended, grows or
 * changes is told twice, the second time under the same name.
 */
import type { FaultRule } from '../misdeeds/fault-rule.ts'
import { misdeedOf } from '../misdeeds/misdeed-catalog.ts'

/** First or second telling. */
export type Telling = 'first' | 'second'

const usualMinutes = 60

/** Minutes from the first telling to the second one; undefined when there is only one. */
export function secondAfterMinutes(misdeeds: readonly FaultRule[]): number | undefined {
  const minutes = misdeeds.flatMap((rule) => minutesOf(rule) ?? [])
  return minutes.length === 0 ? undefined : Math.max(...minutes)
}

/** The rules about rows and answers that hold in a telling. */
export const rulesIn = (misdeeds: readonly FaultRule[], telling: Telling): readonly FaultRule[] =>
  misdeeds.filter((rule) => isAboutAnswers(rule) && (telling === 'first') === isFirst(rule, telling))

function minutesOf(rule: FaultRule): number | undefined {
  switch (rule.do) {
    case 'grow-answer':
    case 'answer-again':
    case 'answer-renamed':
    case 'answer-changed':
      return rule.minutes ?? usualMinutes
    case 'leave-open':
      return rule.mendMinutes ?? usualMinutes
    default:
      return isAboutAnswers(rule) ? rule.mendMinutes : undefined
  }
}

/** True when the rule belongs to the first telling alone, or, asked for the first one, to it at all. */
function isFirst(rule: FaultRule, telling: Telling): boolean {
  if (['answer-again', 'answer-renamed', 'answer-changed'].includes(rule.do)) return false
  const alone = rule.do === 'grow-answer' || rule.do === 'leave-open' || rule.mendMinutes !== undefined
  return telling === 'first' || alone
}

const isAboutAnswers = (rule: FaultRule): boolean => {
  const { stage } = misdeedOf(rule.do)
  return stage === 'rows' || stage === 'answer'
}
