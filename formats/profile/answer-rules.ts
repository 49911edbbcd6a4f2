/** Rules of answers that hold for lines and XML alike: codes, second codes, words, statuses of whole files, style. */
import type { ColumnItem } from './column-schema.ts'
import {
  derivedCodes,
  fileCodeRules,
  meaningRules,
  pays,
  reasonCodeRules,
  textRuleRules,
} from './meaning-rules.ts'
import type { RuleIssue } from './profile-problems.ts'
import type { ProfileSpec } from './profile-schema.ts'
import { brokenOf, issue, type Path } from './rule-issue.ts'

/** What an answer carries, by where it stands. */
export interface AnswerItems {
  readonly head: ReadonlySet<ColumnItem>
  readonly tail: ReadonlySet<ColumnItem>
  readonly row: ReadonlySet<ColumnItem>
  /** Where in the document the head and a row are written. */
  readonly headPath: Path
  readonly rowPath: Path
}

/** Every rule that an answer breaks. */
export const answerRules = (spec: ProfileSpec, items: AnswerItems): readonly RuleIssue[] => [
  ...meaningRules(['result', 'codes'], spec.result.codes),
  ...reasonCodeRules(['result', 'reasonCodes'], spec.result.reasonCodes ?? {}),
  ...textRuleRules(['result', 'textRules'], spec.result.textRules ?? []),
  ...successRules(spec, items.row),
  ...rowItemRules(items.row, items.rowPath),
  ...secondCodeRules(spec, items),
  ...fileStatusRules(spec, items),
  ...styleRules(spec, items),
]

/** Items that a row of an answer lacks: who it is of, what became of it, and what a paid amount is compared with. */
export function rowItemRules(row: ReadonlySet<ColumnItem>, path: Path): readonly RuleIssue[] {
  return brokenOf(path, [
    [
      !row.has('serial') && !row.has('line'),
      '缺少列 serial（流水号），或按请求中的行号回盘的 line',
      'lacks the column serial, or line where the bank names rows by their place in the request',
    ],
    [
      !row.has('code') && !row.has('paidAmount'),
      '缺少列 code（结果代码），或实发金额 paidAmount',
      'lacks the column code, or paidAmount where the amount paid tells the outcome',
    ],
    [
      row.has('paidAmount') && !row.has('amount'),
      '缺少列 amount：实发金额要与金额相比',
      'lacks the column amount, with which paidAmount is compared',
    ],
  ])
}

function successRules(spec: ProfileSpec, row: ReadonlySet<ColumnItem>): readonly RuleIssue[] {
  const path = ['result', 'codes']
  const { codes } = spec.result
  if (row.has('code') || !row.has('paidAmount')) {
    return Object.values(codes).some(pays)
      ? []
      : [
          issue(
            path,
            '没有表示成功的代码，例如 0000: PAID',
            'no code means PAID; write one, for example 0000: PAID',
          ),
        ]
  }
  const { full, none, part } = codes
  return brokenOf(path, [
    [
      full === undefined || none === undefined || part === undefined || Object.keys(codes).length !== 3,
      `没有结果代码列时只有三个代码：${derivedCodes.join('、')}，例如 { full: PAID, none: OTHER_SEE_TEXT, part: OUTCOME_UNKNOWN }`,
      `without a code column there are three codes, ${derivedCodes.join(', ')}: for example { full: PAID, none: OTHER_SEE_TEXT, part: OUTCOME_UNKNOWN }`,
    ],
    [full !== undefined && !pays(full), 'full（全额）必须是 PAID', 'full must mean PAID'],
    [
      [none, part].some((meaning) => meaning !== undefined && pays(meaning)),
      'none 和 part 不能是 PAID：没有全额入账就不是成功',
      'none and part cannot mean PAID: what was not paid in full is no success',
    ],
  ])
}

const secondCodeRules = (spec: ProfileSpec, { row, rowPath }: AnswerItems): readonly RuleIssue[] =>
  brokenOf(rowPath, [
    [
      row.has('reasonCode') && spec.result.reasonCodes === undefined,
      '有 reasonCode 列就要写 result.reasonCodes，例如 { E031: NAME_MISMATCH }',
      'has reasonCode, so result.reasonCodes is needed, for example { E031: NAME_MISMATCH }',
    ],
  ])

function fileStatusRules(spec: ProfileSpec, { head, headPath }: AnswerItems): readonly RuleIssue[] {
  const codes = spec.result.fileCodes
  const path = ['result', 'fileCodes']
  if (codes === undefined) {
    return brokenOf(headPath, [
      [
        head.has('fileCode'),
        '有 fileCode 就要写 result.fileCodes，例如 { "00": final, "01": in-progress }',
        'has fileCode, so result.fileCodes is needed, for example { "00": final, "01": in-progress }',
      ],
    ])
  }
  return [
    ...fileCodeRules(path, codes),
    ...brokenOf(path, [
      [!head.has('fileCode'), '首行没有 fileCode 列', 'needs the column fileCode in the header'],
      [
        !Object.values(codes).includes('final'),
        '没有表示处理完毕的状态，例如 "00": final',
        'no status means final; write one, for example "00": final',
      ],
    ]),
  ]
}

function styleRules(spec: ProfileSpec, { head, tail }: AnswerItems): readonly RuleIssue[] {
  const { style, intermediate } = spec.result
  const totals = ['count', 'total', 'paidCount', 'paidTotal'] as const
  const lacking = totals.filter((item) => !head.has(item) && !tail.has(item))
  return [
    ...brokenOf(
      ['result', 'style'],
      [
        [
          style === 'intermediate-final' && intermediate === undefined,
          '要写中间回盘的文件名，例如 intermediate: { name: "MID_{date}_{sequence:NNN}.txt" }',
          'needs the name of answers of the day, for example intermediate: { name: "MID_{date}_{sequence:NNN}.txt" }',
        ],
        [
          style === 'failures-only' && intermediate !== undefined,
          '只列失败的回盘不能有中间文件：没列出的不等于成功',
          'a list of failures has no answers of the day: what they leave out is not paid',
        ],
      ],
    ),
    ...(style === 'failures-only'
      ? lacking.map((item) =>
          issue(
            ['result', 'header'],
            `缺少列 ${item}：只列失败的回盘要写明全部与成功的笔数和金额`,
            `lacks the column ${item}: a list of failures states count and total of all and of what was paid`,
          ),
        )
      : []),
  ]
}
