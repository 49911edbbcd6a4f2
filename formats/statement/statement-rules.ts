/** Asks whether a well-shaped statement profile makes sense; one that fails here could misread money. */
import { nameReader, placesOf } from '../profile/name-template.ts'
import type { RuleIssue } from '../profile/profile-problems.ts'
import { isReasonCode } from '../reasons/reason-taxonomy.ts'
import { linearPattern } from '../values/linear-pattern.ts'
import type { FixedSpec, StatementSpec } from './statement-schema.ts'

type Path = readonly PropertyKey[]
const issue = (path: Path, zh: string, en: string): RuleIssue => ({ code: 'rule', path, zh, en })

/** Every rule that a statement profile breaks. */
export function statementRules(spec: StatementSpec, fileName: string): readonly RuleIssue[] {
  return [
    ...(fileName === `${spec.id}.yaml`
      ? []
      : [issue(['id'], `文件名必须是 ${spec.id}.yaml`, `the file must be called ${spec.id}.yaml`)]),
    ...nameRules(spec),
    ...patternRules(spec),
    ...reasonRules(spec),
    ...(spec.layout === 'fixed' ? columnRules(spec) : []),
  ]
}

const namePlaces = ['date', 'sequence', 'account']

function nameRules({ name }: StatementSpec): readonly RuleIssue[] {
  const places = placesOf(name)
  const unknown = places.filter((place) => !namePlaces.includes(place))
  return [
    ...unknown.map((place) => issue(['name'], `不认识 {${place}}`, `{${place}} is not known`)),
    ...(places.includes('date') ? [] : [issue(['name'], '缺少 {date}', 'lacks {date}')]),
    ...(new Set(places).size === places.length
      ? []
      : [issue(['name'], '同一项出现两次', 'a place stands twice')]),
    ...(/^[A-Za-z0-9._{}:-]+$/u.test(name) && unknown.length === 0 && nameReader(name)
      ? []
      : [
          issue(
            ['name'],
            '文件名只能用字母、数字、点、下划线和连字符',
            'a file name has only letters, digits, dots, underlines and hyphens',
          ),
        ]),
  ]
}

const patternRules = ({ entries }: StatementSpec): readonly RuleIssue[] =>
  entries.flatMap(({ words, codes, reversal, kind }, index) => [
    ...(words !== undefined && linearPattern(words) === undefined
      ? [issue(['entries', index, 'words'], '不是合法的表达式', 'is not a pattern of RE2')]
      : []),
    ...(words === undefined && codes === undefined && reversal === undefined && kind.endsWith('return')
      ? [
          issue(
            ['entries', index],
            '退回类规则必须写 codes、words 或 reversal',
            'a rule for returned money needs codes, words or reversal',
          ),
        ]
      : []),
  ])

const reasonRules = ({ reasonCodes }: StatementSpec): readonly RuleIssue[] =>
  Object.entries(reasonCodes).flatMap(([code, reason]) =>
    isReasonCode(reason) && reason !== 'PAID' && reason !== 'UNMAPPED'
      ? []
      : [issue(['reasonCodes', code], `没有这个原因：${reason}`, `there is no reason ${reason}`)],
  )

const needed = ['serial', 'date', 'amount', 'direction'] as const
const valued: Readonly<Record<string, readonly string[]>> = {
  direction: ['debit', 'credit'],
  reversal: ['yes', 'no'],
  currency: ['cny'],
}

function columnRules({ columns }: FixedSpec): readonly RuleIssue[] {
  const items = columns.map((column) => column.item)
  return [
    ...needed
      .filter((item) => !items.includes(item))
      .map((item) => issue(['columns'], `缺少列 ${item}`, `lacks the column ${item}`)),
    ...columns.flatMap(({ item, values, bytes }, index) => {
      const path = ['columns', index]
      const wanted = valued[item] ?? []
      const given = Object.values(values ?? {})
      const wrong = given.length > 0 !== wanted.length > 0 || given.some((value) => !wanted.includes(value))
      const lacking = item === 'direction' && wanted.some((value) => !given.some((one) => one === value))
      return [
        ...(wrong || lacking
          ? [
              issue(
                path,
                `values 必须写明：${wanted.join('、') || '无'}`,
                `values must name: ${wanted.join(', ') || 'nothing'}`,
              ),
            ]
          : []),
        ...(item !== 'any' && items.indexOf(item) < index
          ? [issue(path, '同一项出现两次', 'an item stands twice')]
          : []),
        ...(item === 'date' && bytes !== 8 ? [issue(path, '日期列宽为 8', 'a date has 8 digits')] : []),
      ]
    }),
  ]
}
