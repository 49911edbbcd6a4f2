/** Asks whether a well-shaped profile makes sense; a profile that fails here could lose or misread money. */

import { type Column, type FileLayout, isCounted, requestLayout, resultLayout } from '../lines/column.ts'
import { canonicalReasons, isReasonCode } from '../reasons/reason-taxonomy.ts'
import { type Charset, charset } from '../values/charset.ts'
import type { AnswerKind } from './compiled-profile.ts'
import type { LineProfileSpec } from './line-schema.ts'
import { fillTemplate, nameReader, placesOf } from './name-template.ts'
import { answerTemplates } from './profile-names.ts'
import type { RuleIssue } from './profile-problems.ts'
import type { ProfileSpec } from './profile-schema.ts'

type Path = readonly PropertyKey[]
const issue = (path: Path, zh: string, en: string): RuleIssue => ({ code: 'rule', path, zh, en })

/** Every rule that a profile breaks. */
export function profileRules(spec: ProfileSpec, fileName: string): readonly RuleIssue[] {
  return [
    ...identityRules(spec, fileName),
    ...(spec.layout === 'xml' ? [] : lineRules(spec)),
    ...codeRules(spec),
    ...nameRules(spec),
    ...sideFileRules(spec),
  ]
}

const lineRules = (spec: LineProfileSpec): readonly RuleIssue[] => [
  ...styleRules(spec),
  ...layoutRules(spec, requestLayout(spec), 'request'),
  ...layoutRules(spec, resultLayout(spec), 'result'),
  ...requestRules(spec),
  ...resultRules(spec),
  ...fileRefusalRules(spec),
]

function identityRules(spec: ProfileSpec, fileName: string): readonly RuleIssue[] {
  const base = fileName.split(/[\\/]/u).at(-1) ?? ''
  return base === `${spec.id}.yaml`
    ? []
    : [issue(['id'], `文件名必须是 ${spec.id}.yaml`, `the file must be called ${spec.id}.yaml`)]
}

function styleRules(spec: LineProfileSpec): readonly RuleIssue[] {
  const codec = charset(spec.charset)
  const texts: readonly (readonly [Path, string | undefined])[] = [
    [['delimiter'], spec.delimiter],
    [['request', 'sentinel'], spec.request.sentinel],
    [['result', 'sentinel'], spec.result.sentinel],
  ]
  return [
    ...(spec.layout === 'delimited' && spec.delimiter === undefined
      ? [issue(['layout'], '分隔格式必须写明 delimiter', 'a delimited layout needs a delimiter')]
      : []),
    ...(spec.layout === 'fixed' && spec.delimiter !== undefined
      ? [issue(['delimiter'], '定长格式没有分隔符', 'a fixed layout has no delimiter')]
      : []),
    ...texts.flatMap(([path, text]) => encodableRule(codec, path, text ?? '')),
  ]
}

const encodableRule = (codec: Charset, path: Path, text: string): readonly RuleIssue[] =>
  codec.firstUnencodable(text) || /[\r\n]/u.test(text)
    ? [issue(path, `${codec.name} 写不出这段文字`, `${codec.name} cannot write this text on one line`)]
    : []

type Part = 'header' | 'row' | 'trailer'

function layoutRules(
  spec: LineProfileSpec,
  layout: FileLayout,
  section: 'request' | 'result',
): readonly RuleIssue[] {
  const parts: readonly (readonly [Part, readonly Column[] | undefined])[] = [
    ['header', layout.header],
    ['row', layout.row],
    ['trailer', layout.trailer],
  ]
  return parts.flatMap(([part, columns]) => [
    ...(columns ?? []).flatMap((column, index) => columnRules(spec, column, [section, part, index], part)),
    ...doubledRules(columns ?? [], [section, part], part),
  ])
}

const rowItems: ReadonlySet<string> = new Set([
  'serial',
  'line',
  'account',
  'name',
  'idNumber',
  'amount',
  'remark',
  'code',
  'text',
])
const sumItems: ReadonlySet<string> = new Set(['count', 'total', 'paidCount', 'paidTotal', 'sequence'])

function columnRules(spec: LineProfileSpec, column: Column, path: Path, part: Part): readonly RuleIssue[] {
  const codec = charset(spec.charset)
  const fixed = column.value === '' ? [] : encodableRule(codec, path, column.value)
  const length = fixed.length === 0 ? codec.byteLength(column.value) : 0
  const rules: readonly (readonly [boolean, string, string])[] = [
    [
      spec.layout === 'fixed' && column.bytes === undefined,
      '定长格式的每一列都要写 bytes',
      'every column of a fixed layout needs bytes',
    ],
    [length > column.maxBytes, '常量比列宽', 'the literal is longer than its column'],
    [part !== 'row' && rowItems.has(column.item), '此项只能用在明细行', 'this item belongs to rows'],
    [
      part === 'row' && sumItems.has(column.item),
      '此项只能用在首行或尾行',
      'this item belongs to header or trailer',
    ],
    [
      isCounted(column.item) && /[1-9]/u.test(column.pad),
      '数字列不能用 1-9 填充',
      'digits must not pad digits',
    ],
    [column.truncate && column.item !== 'remark', '只有摘要可以截断', 'only a remark may be cut short'],
    [
      column.item === 'setting' && !Object.hasOwn(spec.settings ?? {}, column.setting),
      '协议参数没有在 settings 中声明',
      'the setting is not declared in settings',
    ],
    [amountOutgrows(spec, column), '最大金额放不进此列', 'the greatest amount does not fit its column'],
    [
      column.item === 'serial' && column.bytes !== undefined && (column.bytes < 8 || column.bytes > 20),
      '流水号列宽为 8 至 20',
      'a serial has 8 to 20 digits',
    ],
    [
      column.item === 'line' && `${spec.limits.maxRows}`.length > column.maxBytes,
      '行号列放不下最大行数',
      'the row number column cannot count to maxRows',
    ],
  ]
  return [...fixed, ...rules.flatMap(([broken, zh, en]) => (broken ? [issue(path, zh, en)] : []))]
}

const amountOutgrows = (spec: LineProfileSpec, column: Column): boolean =>
  column.item === 'amount' &&
  `${spec.limits.maxAmountFen}`.length +
    (column.unit === 'yuan' ? 1 : 0) +
    column.prefix.length +
    column.suffix.length >
    column.maxBytes

function doubledRules(columns: readonly Column[], path: Path, part: Part): readonly RuleIssue[] {
  if (part !== 'row') return []
  return columns.flatMap((column, index) =>
    rowItems.has(column.item) && columns.findIndex((other) => other.item === column.item) < index
      ? [issue([...path, index], '同一项出现两次', 'an item stands twice in the row')]
      : [],
  )
}

const lacks = (
  columns: readonly { item: string }[] | undefined,
  ...items: readonly string[]
): readonly string[] => items.filter((item) => !(columns ?? []).some((column) => column.item === item))

const missing = (path: Path, items: readonly string[]): readonly RuleIssue[] =>
  items.map((item) => issue(path, `缺少列 ${item}`, `lacks the column ${item}`))

const requestRules = (spec: LineProfileSpec): readonly RuleIssue[] => [
  ...missing(['request', 'row'], lacks(spec.request.row, 'serial', 'account', 'name', 'amount')),
  ...['code', 'text', 'paidCount', 'paidTotal'].flatMap((item) =>
    [...spec.request.row, ...(spec.request.header ?? []), ...(spec.request.trailer ?? [])].some(
      (column) => column.item === item,
    )
      ? [issue(['request'], `请求文件不能有 ${item}`, `a request cannot have ${item}`)]
      : [],
  ),
]

function resultRules(spec: LineProfileSpec): readonly RuleIssue[] {
  const { result } = spec
  const layout = resultLayout(spec)
  const totals = [...(layout.header ?? []), ...(layout.trailer ?? [])]
  return [
    ...((result.row === undefined) === (result.appended === undefined)
      ? [issue(['result'], 'row 和 appended 必须写且只写一个', 'needs either row or appended')]
      : []),
    ...missing(['result', 'row'], lacks(layout.row, 'serial', 'code')),
    ...(result.style === 'failures-only'
      ? [
          ...missing(['result', 'row'], lacks(layout.row, 'amount')),
          ...missing(['result', 'header'], lacks(totals, 'count', 'total', 'paidCount', 'paidTotal')),
        ]
      : []),
  ]
}

function codeRules(spec: ProfileSpec): readonly RuleIssue[] {
  const entries = Object.entries(spec.result.codes)
  const issues = entries.flatMap(([code, entry]) => {
    const path = ['result', 'codes', code]
    const reason = typeof entry === 'string' ? entry : entry.reason
    const outcome = typeof entry === 'string' ? undefined : entry.outcome
    if (!isReasonCode(reason)) return [issue(path, `没有这个原因：${reason}`, `there is no reason ${reason}`)]
    if (reason === 'UNMAPPED')
      return [issue(path, 'UNMAPPED 不能写进代码表', 'UNMAPPED stands for codes that the map lacks')]
    return outcomeRules(path, canonicalReasons[reason].outcome, outcome)
  })
  const pays = entries.some(
    ([, entry]) => entry === 'PAID' || (typeof entry === 'object' && entry.reason === 'PAID'),
  )
  return [
    ...issues,
    ...(pays ? [] : [issue(['result', 'codes'], '没有表示成功的代码', 'no code means PAID')]),
  ]
}

const fileRefusalRules = (spec: LineProfileSpec): readonly RuleIssue[] =>
  Object.entries(spec.result.fileRefusals ?? {}).flatMap(([token, reason]) =>
    isReasonCode(reason) && canonicalReasons[reason].class === 'F'
      ? []
      : [issue(['result', 'fileRefusals', token], '必须是 F 类原因', 'must be a reason of class F')],
  )

/** An entry may take certainty away from a reason (failed to unknown), never add it. */
function outcomeRules(path: Path, usual: string, given: string | undefined): readonly RuleIssue[] {
  if (given === undefined || given === usual || given === 'open' || given === 'unknown') {
    return usual === 'paid' && given !== undefined && given !== 'paid'
      ? [issue(path, 'PAID 的结果只能是 paid', 'PAID can only be paid')]
      : []
  }
  return [issue(path, `此原因的结果不能改为 ${given}`, `this reason cannot become ${given}`)]
}

const sampleFacts = (spec: ProfileSpec) => ({
  businessDate: '20260101',
  sequence: 1,
  settings: spec.settings ?? {},
})

const namePaths: Readonly<Record<AnswerKind, Path>> = {
  answer: ['result', 'name'],
  intermediate: ['result', 'intermediate', 'name'],
  late: ['result', 'lateName'],
}

function nameRules(spec: ProfileSpec): readonly RuleIssue[] {
  const names = [
    { path: ['request', 'name'], template: spec.request.name },
    ...answerTemplates(spec).map(([kind, template]) => ({ path: namePaths[kind], template })),
  ]
  const issues = names.flatMap(({ path, template }) => templateRules(spec, path, template, []))
  if (issues.length > 0) return issues
  return names.flatMap(({ template }, index) =>
    names.flatMap((other, otherIndex) =>
      index !== otherIndex && nameReader(other.template)(fillTemplate(template, sampleFacts(spec)))
        ? [issue(other.path, '与另一个文件名模板分不开', 'cannot be told from another name template')]
        : [],
    ),
  )
}

function templateRules(
  spec: ProfileSpec,
  path: Path,
  template: string,
  others: readonly string[],
): readonly RuleIssue[] {
  const places = placesOf(template)
  const known = (place: string): boolean =>
    ['date', 'sequence', ...others].includes(place) ||
    (place.startsWith('settings.') && Object.hasOwn(spec.settings ?? {}, place.slice('settings.'.length)))
  const needed = others.length > 0 ? [] : ['date', 'sequence']
  return [
    ...places
      .filter((place) => !known(place))
      .map((place) => issue(path, `不认识 {${place}}`, `{${place}} is not known`)),
    ...needed
      .filter((place) => !places.includes(place))
      .map((place) => issue(path, `缺少 {${place}}`, `lacks {${place}}`)),
    ...(new Set(places).size === places.length || others.length > 0
      ? []
      : [issue(path, '同一项出现两次', 'a place stands twice')]),
    ...(others.length === 0 && !/^[A-Za-z0-9._{}:-]+$/u.test(template)
      ? [
          issue(
            path,
            '文件名只能用字母、数字、点、下划线和连字符',
            'a file name has only letters, digits, dots, underlines and hyphens',
          ),
        ]
      : []),
  ]
}

const sideFilePlaces = ['name', 'stem', 'md5', 'MD5', 'sha256', 'sizeBytes', 'count', 'totalFen']

const sideFileRules = (spec: ProfileSpec): readonly RuleIssue[] =>
  (spec.sideFiles ?? []).flatMap((side, index) => [
    ...templateRules(spec, ['sideFiles', index, 'name'], side.name, sideFilePlaces),
    ...templateRules(spec, ['sideFiles', index, 'content'], side.content, sideFilePlaces),
  ])
