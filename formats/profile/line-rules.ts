/** Rules of profiles of lines: rows that can be told apart, read back and tied to the request. */
import type { Column } from '../lines/column.ts'
import {
  type FileLayout,
  lateLayout,
  placed,
  requestLayout,
  resultLayout,
  resultRow,
} from '../lines/file-layout.ts'
import { mostRows } from '../lines/line-limits.ts'
import { charset } from '../values/charset.ts'
import { answerRules, rowItemRules } from './answer-rules.ts'
import { encodableRules } from './column-rules.ts'
import type { ColumnItem } from './column-schema.ts'
import { columnsRules } from './line-column-rules.ts'
import type { LineProfileSpec } from './line-schema.ts'
import { fileReasonRules } from './meaning-rules.ts'
import { overlayRules } from './overlay-rules.ts'
import type { RuleIssue } from './profile-problems.ts'
import { brokenOf, issue, type Path } from './rule-issue.ts'
import { tellsPlainFromBase64 } from './wrapping-rules.ts'

/** Every rule that a profile of lines breaks; what a column breaks in several files is told once. */
export function lineRules(spec: LineProfileSpec): readonly RuleIssue[] {
  const request = requestLayout(spec)
  const result = resultLayout(spec)
  const issues = [
    ...lineStyleRules(request, ['delimiter'], ['request', 'sentinel']),
    ...lineStyleRules(result, ['result', 'delimiter'], ['result', 'sentinel']),
    ...spareDelimiterRules(spec),
    ...columnsRules(spec, request, placed(spec.request.row, ['request', 'row']), 'request'),
    ...columnsRules(spec, result, resultRow(spec), 'result'),
    ...requestRules(spec),
    ...answerRules(spec, answerItems(result)),
    ...shapeRules(spec),
    ...lateRules(spec),
    ...overlayRules(spec),
    ...wholeFileRules(spec, [request, result]),
  ]
  if (issues.length === 0) return roomRules(spec)
  return issues.filter(
    (one, index) =>
      issues.findIndex((other) => other.en === one.en && samePath(other.path, one.path)) === index,
  )
}

const samePath = (a: Path, b: Path): boolean => a.join('.') === b.join('.')

function lineStyleRules(layout: FileLayout, delimiterPath: Path, sentinelPath: Path): readonly RuleIssue[] {
  const { style, sentinel = '' } = layout
  const codec = charset(style.charset)
  const owner = delimiterPath.slice(0, -1)
  return [
    ...brokenOf(
      [...owner, 'layout'],
      [
        [
          style.layout === 'delimited' && style.delimiter === '',
          '分隔格式必须写明 delimiter，例如 delimiter: "|"',
          'a delimited layout needs a delimiter, for example delimiter: "|"',
        ],
      ],
    ),
    ...brokenOf(delimiterPath, [
      [
        /[0-9.]/u.test(style.delimiter),
        '分隔符不能有数字或点：金额和流水号里会出现',
        'a delimiter has no digits or points, which stand in amounts and serials',
      ],
    ]),
    ...brokenOf(
      ['byteOrderMark'],
      [
        [
          style.byteOrderMark && style.charset === 'gbk',
          'gbk 没有字节顺序标记，只能用于 utf8 或 gb18030',
          'gbk has no byte order mark; write utf8 or gb18030',
        ],
      ],
    ),
    ...encodableRules(codec, delimiterPath, style.delimiter),
    ...encodableRules(codec, sentinelPath, sentinel),
  ]
}

const spareDelimiterRules = (spec: LineProfileSpec): readonly RuleIssue[] => [
  ...(spec.layout === 'fixed' && spec.delimiter !== undefined
    ? [issue(['delimiter'], '定长格式没有分隔符', 'a fixed layout has no delimiter')]
    : []),
  ...((spec.result.layout ?? spec.layout) === 'fixed' && spec.result.delimiter !== undefined
    ? [issue(['result', 'delimiter'], '定长格式没有分隔符', 'a fixed layout has no delimiter')]
    : []),
]

const itemsOf = (columns: readonly Column[] | undefined): ReadonlySet<ColumnItem> =>
  new Set((columns ?? []).map((column) => column.item))

const answerItems = (layout: FileLayout) => ({
  head: itemsOf(layout.header),
  tail: itemsOf(layout.trailer),
  row: itemsOf(layout.row),
  headPath: ['result', 'header'],
  rowPath: ['result', 'row'],
})

const answerOnly: readonly ColumnItem[] = [
  'code',
  'reasonCode',
  'text',
  'paidAmount',
  'paidCount',
  'paidTotal',
  'failedCount',
  'failedTotal',
  'fileCode',
  'fileText',
]

function requestRules(spec: LineProfileSpec): readonly RuleIssue[] {
  const { row, header = [], trailer = [] } = spec.request
  const has = (item: ColumnItem): boolean => row.some((column) => column.item === item)
  const named = has('serial') || !itemsOf(resultLayout(spec).row).has('serial')
  return [
    ...(named ? [] : missing('serial')),
    ...(['account', 'name', 'amount'] as const).flatMap((item) => (has(item) ? [] : missing(item))),
    ...answerOnly.flatMap((item) =>
      [...row, ...header, ...trailer].some((column) => column.item === item)
        ? [issue(['request'], `请求文件不能有 ${item}`, `a request cannot have ${item}`)]
        : [],
    ),
  ]
}

const missing = (item: ColumnItem): readonly RuleIssue[] => [
  issue(
    ['request', 'row'],
    `缺少列 ${item}，例如 { item: ${item}, maxBytes: 32 }`,
    `lacks the column ${item}, for example { item: ${item}, maxBytes: 32 }`,
  ),
]

function shapeRules(spec: LineProfileSpec): readonly RuleIssue[] {
  const { result } = spec
  const shapes = [result.row, result.appended, result.overlay].filter((shape) => shape !== undefined)
  return [
    ...brokenOf(
      ['result'],
      [
        [
          shapes.length !== 1,
          'row、appended 和 overlay 必须写且只写一个',
          'needs either row or appended or overlay, and one of them alone',
        ],
      ],
    ),
    ...brokenOf(
      ['result', 'row'],
      [
        [
          result.style === 'failures-only' && !itemsOf(resultLayout(spec).row).has('amount'),
          '缺少列 amount：只列失败的回盘要能与成功金额合计',
          'lacks the column amount: what failed and what was paid must make the total',
        ],
      ],
    ),
    ...brokenOf(
      ['result', 'style'],
      [
        [
          (result.style === 'overlay') !== (result.overlay !== undefined),
          'style: overlay 和 overlay 必须一起写',
          'style: overlay and the entry overlay go together',
        ],
        [
          result.style === 'paged',
          '分页回盘只用于 XML，例如 full-list',
          'pages are of XML documents; write full-list, for example',
        ],
      ],
    ),
  ]
}

function lateRules(spec: LineProfileSpec): readonly RuleIssue[] {
  const { lateRow, lateName } = spec.result
  if (!lateRow) return []
  const layout = lateLayout(spec)
  const path = ['result', 'lateRow']
  return [
    ...columnsRules(
      spec,
      { ...layout, header: undefined, trailer: undefined },
      placed(lateRow, path),
      'result',
    ),
    ...rowItemRules(itemsOf(layout.row), path),
    ...brokenOf(path, [
      [
        lateName === undefined,
        '有 lateRow 就要写 lateName，例如 TH_{date}_{sequence:NNN}.txt',
        'needs lateName, for example TH_{date}_{sequence:NNN}.txt',
      ],
    ]),
  ]
}

function wholeFileRules(spec: LineProfileSpec, layouts: readonly FileLayout[]): readonly RuleIssue[] {
  const tellable = layouts.every(({ style, row }) => tellsPlainFromBase64(style.delimiter) && row.length > 1)
  return [
    ...Object.entries(spec.result.fileRefusals ?? {}).flatMap(([token, reason]) =>
      fileReasonRules(['result', 'fileRefusals', token], reason),
    ),
    ...brokenOf(
      ['wrapping'],
      [
        [
          spec.wrapping !== undefined && !tellable,
          '只用于分隔格式，分隔符不能是 Base64 字符，例如 delimiter: "|"',
          'is of delimited layouts whose delimiter is no character of Base64, for example delimiter: "|"',
        ],
      ],
    ),
  ]
}

const roomRules = (spec: LineProfileSpec): readonly RuleIssue[] =>
  brokenOf(['limits', 'maxBytes'], [[mostRows(spec) < 1, '放不下一行', 'is too small for a single row']])
