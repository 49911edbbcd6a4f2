/** Rules of one column or place, for lines and XML: what it carries fits it, and comes back as it was. */
import { type Column, isCounted } from '../lines/column.ts'
import type { Charset } from '../values/charset.ts'
import { type ColumnItem, rowItems } from './column-schema.ts'
import { patternRules } from './meaning-rules.ts'
import type { RuleIssue } from './profile-problems.ts'
import type { ProfileSpec } from './profile-schema.ts'
import { brokenOf, issue, type Path, type RuleRow } from './rule-issue.ts'

/** Part of a file that a column stands in. */
export type Part = 'header' | 'row' | 'trailer'

/** What a column is judged by. */
export interface ColumnContext {
  readonly spec: Pick<ProfileSpec, 'settings' | 'limits'>
  readonly codec: Charset
  readonly part: Part
}

const headItems: ReadonlySet<ColumnItem> = new Set<ColumnItem>([
  'fileCode',
  'fileText',
  'pageNumber',
  'pageCount',
])

const sumItems: ReadonlySet<ColumnItem> = new Set<ColumnItem>([
  'count',
  'total',
  'paidCount',
  'paidTotal',
  'failedCount',
  'failedTotal',
  'sequence',
])

const sealable: ReadonlySet<ColumnItem> = new Set<ColumnItem>(['account', 'name', 'idNumber', 'remark'])

/** True for items that a row has at most once. */
export const isRowItem = (item: ColumnItem): boolean => rowItems.has(item)

/** Every rule that a column breaks. */
export function columnRules(column: Column, path: Path, context: ColumnContext): readonly RuleIssue[] {
  const { codec, spec } = context
  const fixed = [column.value, column.prefix, column.suffix].flatMap((text) =>
    encodableRules(codec, path, text),
  )
  return [
    ...fixed,
    ...(fixed.length > 0
      ? []
      : brokenOf(path, [...placeRows(column, context.part), ...sizeRows(column, context)])),
    ...brokenOf(path, [...textRows(column), ...settingRows(column, spec)]),
    ...(column.patternText === '' ? [] : patternRules([...path, 'pattern'], column.patternText)),
  ]
}

/** A text of the profile must be writable on one line. */
export const encodableRules = (codec: Charset, path: Path, text: string): readonly RuleIssue[] =>
  codec.firstUnencodable(text) || /[\r\n]/u.test(text)
    ? [issue(path, `${codec.name} 写不出这段文字`, `${codec.name} cannot write this text on one line`)]
    : []

const placeRows = (column: Column, part: Part): readonly RuleRow[] => [
  [part !== 'row' && rowItems.has(column.item), '此项只能用在明细行', 'this item belongs to rows'],
  [
    part === 'row' && sumItems.has(column.item),
    '此项只能用在首行或尾行',
    'this item belongs to header or trailer',
  ],
  [
    part !== 'header' && headItems.has(column.item),
    '此项只能用在首行：后面的明细要靠它来读',
    'this item belongs to the header, since it says how the rows are to be read',
  ],
]

function sizeRows(column: Column, { codec, spec }: ColumnContext): readonly RuleRow[] {
  const { item, bytes, maxBytes } = column
  const { maxRows, maxAmountFen, maxTotalFen } = spec.limits
  const counts = item === 'count' || item === 'paidCount' || item === 'failedCount'
  const sums = item === 'total' || item === 'paidTotal' || item === 'failedTotal'
  return [
    [codec.byteLength(column.value) > maxBytes, '常量比列宽', 'the literal is longer than its column'],
    [
      (item === 'amount' || item === 'paidAmount') && outgrows(column, maxAmountFen),
      `最大金额放不进此列（limits.maxAmountFen 为 ${maxAmountFen} 分）`,
      `the greatest amount does not fit its column (limits.maxAmountFen is ${maxAmountFen} fen)`,
    ],
    [
      sums && maxTotalFen !== undefined && outgrows(column, maxTotalFen),
      `最大总额放不进此列（limits.maxTotalFen 为 ${maxTotalFen} 分）`,
      `the greatest total does not fit its column (limits.maxTotalFen is ${maxTotalFen} fen)`,
    ],
    [
      counts && `${maxRows}`.length > maxBytes,
      `最大行数放不进此列（limits.maxRows 为 ${maxRows}）`,
      `the column cannot count to maxRows, ${maxRows}`,
    ],
    [
      item === 'serial' && bytes !== undefined && (bytes < 8 || bytes > 20),
      '流水号列宽为 8 至 20，例如 bytes: 20',
      'a serial has 8 to 20 digits, for example bytes: 20',
    ],
    [
      item === 'line' && `${maxRows}`.length > maxBytes,
      `行号列放不下最大行数（limits.maxRows 为 ${maxRows}）`,
      `the row number column cannot count to maxRows, ${maxRows}`,
    ],
  ]
}

const outgrows = (column: Column, fen: bigint): boolean =>
  `${fen}`.length + (column.unit === 'yuan' ? 1 : 0) + column.prefix.length + column.suffix.length >
  column.maxBytes

const textRows = (column: Column): readonly RuleRow[] => [
  [
    isCounted(column.item) && /[1-9]/u.test(column.pad),
    '数字列不能用 1-9 填充，例如 pad: "0"',
    'digits must not pad digits, for example pad: "0"',
  ],
  [column.truncate && column.item !== 'remark', '只有摘要可以截断', 'only a remark may be cut short'],
  [
    column.value !== '' && column.item !== 'literal' && column.item !== 'any',
    'value 只能写在 literal 或 any 列',
    'a value belongs to literal or any',
  ],
  [
    column.item === 'any' && column.value !== '' && column.pattern?.matches(column.value) === false,
    'value 不符合自己的 pattern',
    'the value does not match the pattern of its column',
  ],
  [
    column.encrypted && !sealable.has(column.item),
    '只有账号、户名、证件号和摘要可以加密',
    'only account, name, idNumber and remark can be encrypted',
  ],
  [
    column.encrypted && (column.truncate || /[A-Za-z0-9+/=]/u.test(column.pad)),
    '加密列不能截断，也不能用字母、数字、+、/、= 填充，例如 pad: " "',
    'an encrypted column cannot be cut short, nor padded with what a ciphertext may have, for example pad: " "',
  ],
]

function settingRows(column: Column, { settings = {} }: ColumnContext['spec']): readonly RuleRow[] {
  if (column.item !== 'setting') return []
  const sample = settings[column.setting]
  return [
    [
      sample === undefined || column.setting === '',
      `协议参数没有在 settings 中声明，例如 settings: { ${column.setting || 'orgCode'}: ORG001 }`,
      `the setting is not declared in settings, for example settings: { ${column.setting || 'orgCode'}: ORG001 }`,
    ],
    [
      sample !== undefined && column.pattern?.matches(sample) === false,
      'settings 中的样例值不符合 pattern',
      'the sample in settings does not match the pattern',
    ],
  ]
}
