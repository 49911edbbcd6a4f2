/** Rules of code tables, in a profile or shared: every reason is canonical, and no code says more than its reason. */
import { canonicalReasons, isReasonCode } from '../reasons/reason-taxonomy.ts'
import { linearPattern } from '../values/linear-pattern.ts'
import type { CodeMeaning, FileCodeMeaning } from './answer-schema.ts'
import type { RuleIssue } from './profile-problems.ts'
import { issue, type Path } from './rule-issue.ts'

/** Codes that a profile without a code column derives from the amount that the bank says it paid. */
export const derivedCodes: readonly string[] = ['full', 'none', 'part']

/** True for a meaning of success. */
export const pays = (meaning: CodeMeaning): boolean => reasonOf(meaning) === 'PAID'

const reasonOf = (meaning: CodeMeaning): string => (typeof meaning === 'string' ? meaning : meaning.reason)

/** Every code of a table whose meaning does not hold. */
export const meaningRules = (
  path: Path,
  codes: Readonly<Record<string, CodeMeaning>>,
): readonly RuleIssue[] =>
  Object.entries(codes).flatMap(([code, meaning]) => {
    const reason = reasonOf(meaning)
    const outcome = typeof meaning === 'string' ? undefined : meaning.outcome
    const wrong = reasonRules([...path, code], reason, [])
    return wrong.length > 0 || !isReasonCode(reason)
      ? wrong
      : outcomeRules([...path, code], canonicalReasons[reason].outcome, outcome)
  })

/** Every second code that names no reason of a row. */
export const reasonCodeRules = (path: Path, codes: Readonly<Record<string, string>>): readonly RuleIssue[] =>
  Object.entries(codes).flatMap(([code, reason]) => reasonRules([...path, code], reason, ['PAID']))

/** Every text rule that is no pattern, or names no reason that a text may name. */
export const textRuleRules = (
  path: Path,
  rules: readonly { readonly match: string; readonly reason: string }[],
): readonly RuleIssue[] =>
  rules.flatMap(({ match, reason }, index) => [
    ...patternRules([...path, index, 'match'], match),
    ...reasonRules([...path, index, 'reason'], reason, ['PAID']),
  ])

/** A pattern must be one of RE2's. */
export const patternRules = (path: Path, source: string): readonly RuleIssue[] =>
  linearPattern(source) === undefined
    ? [
        issue(
          path,
          '不是合法的正则表达式（RE2 语法，没有反向引用和环视），例如 账户.{0,4}冻结',
          'is not a pattern of RE2 (no back references, no look-around); for example [0-9]{12}|',
        ),
      ]
    : []

/** Every status of a file that refuses it for something that is no reason of whole files. */
export const fileCodeRules = (
  path: Path,
  codes: Readonly<Record<string, FileCodeMeaning>>,
): readonly RuleIssue[] =>
  Object.entries(codes).flatMap(([code, meaning]) =>
    typeof meaning === 'string' ? [] : fileReasonRules([...path, code], meaning.refused),
  )

/** A reason for which a whole file is refused is of class F. */
export const fileReasonRules = (path: Path, reason: string): readonly RuleIssue[] =>
  isReasonCode(reason) && canonicalReasons[reason].class === 'F'
    ? []
    : [
        issue(
          path,
          `必须是 F 类原因，例如 ${fileReasons.join('、')}`,
          `must be a reason of class F, one of: ${fileReasons.join(', ')}`,
        ),
      ]

const fileReasons = Object.entries(canonicalReasons).flatMap(([code, reason]) =>
  reason.class === 'F' ? [code] : [],
)

function reasonRules(path: Path, reason: string, barred: readonly string[]): readonly RuleIssue[] {
  if (!isReasonCode(reason))
    return [
      issue(
        path,
        `没有这个原因：${reason}；可用的原因见 huida profile codes，例如 NAME_MISMATCH`,
        `there is no reason ${reason}; write a canonical one, for example NAME_MISMATCH`,
      ),
    ]
  if (reason === 'UNMAPPED')
    return [issue(path, 'UNMAPPED 不能写进代码表', 'UNMAPPED stands for codes that the map lacks')]
  if (barred.includes(reason))
    return [
      issue(
        path,
        `这里不能写 ${reason}，只有结果代码能表示成功`,
        `${reason} is said by the result code alone`,
      ),
    ]
  return []
}

/** An entry may take certainty away from a reason (failed to unknown), never add it. */
function outcomeRules(path: Path, usual: string, given: string | undefined): readonly RuleIssue[] {
  if (given === undefined || given === usual || given === 'open' || given === 'unknown') {
    return usual === 'paid' && given !== undefined && given !== 'paid'
      ? [issue(path, 'PAID 的结果只能是 paid', 'PAID can only be paid')]
      : []
  }
  return [
    issue(
      path,
      `此原因的结果不能改为 ${given}，只能是 ${usual}、open 或 unknown`,
      `this reason cannot become ${given}, only ${usual}, open or unknown`,
    ),
  ]
}
