/** Columns of a profile with every default filled in, so that writers and readers need not ask. */
import type { ColumnItem, ColumnSpec } from '../profile/column-schema.ts'
import type { LineProfileSpec } from '../profile/line-schema.ts'

/** A column, ready to compile. Lengths are bytes of the output charset. */
export interface Column {
  readonly item: ColumnItem
  readonly title: string
  /** Exact length; undefined where only `maxBytes` holds. */
  readonly bytes: number | undefined
  readonly maxBytes: number
  readonly pad: string
  readonly side: 'left' | 'right'
  /** Text of a literal; empty for other items. */
  readonly value: string
  /** Setting that fills the column; empty for other items. */
  readonly setting: string
  readonly unit: 'fen' | 'yuan'
  readonly allow: ReadonlySet<string>
  readonly date: 'plain' | 'dashes' | 'slashes'
  readonly prefix: string
  readonly suffix: string
  readonly required: boolean
  readonly truncate: boolean
}

const titles: Record<ColumnItem, string> = {
  literal: '常量',
  setting: '协议参数',
  any: '银行自用',
  businessDate: '日期',
  time: '时间',
  sequence: '当日序号',
  fileNumber: '文件号',
  count: '总笔数',
  total: '总金额',
  programmeName: '项目名称',
  fundingAccount: '付款账号',
  signature: '签名',
  serial: '流水号',
  line: '行号',
  account: '收款账号',
  name: '收款户名',
  idNumber: '证件号码',
  amount: '金额',
  remark: '摘要',
  paidCount: '成功笔数',
  paidTotal: '成功金额',
  failedCount: '失败笔数',
  failedTotal: '失败金额',
  pageNumber: '页号',
  fileCode: '文件状态',
  fileText: '文件说明',
  code: '结果代码',
  reasonCode: '原因代码',
  text: '结果说明',
  paidAmount: '实发金额',
}

const countedItems: ReadonlySet<ColumnItem> = new Set<ColumnItem>([
  'sequence',
  'count',
  'total',
  'serial',
  'line',
  'amount',
  'paidCount',
  'paidTotal',
])

const requiredItems: ReadonlySet<ColumnItem> = new Set<ColumnItem>([
  ...countedItems,
  'businessDate',
  'fileNumber',
  'account',
  'name',
  'code',
])

/** True for items that are digits only, padded with zeros on the left unless the profile says otherwise. */
export const isCounted = (item: ColumnItem): boolean => countedItems.has(item)

/** Fills in what a column leaves out. */
export function resolveColumn(spec: ColumnSpec): Column {
  const counted = isCounted(spec.item)
  return {
    item: spec.item,
    title: spec.title ?? titles[spec.item],
    bytes: spec.bytes,
    maxBytes: spec.bytes ?? spec.maxBytes ?? 256,
    pad: spec.pad ?? (counted ? '0' : ' '),
    side: spec.side ?? (counted ? 'left' : 'right'),
    value: spec.value ?? '',
    setting: spec.setting ?? '',
    unit: spec.unit ?? 'fen',
    allow: new Set(spec.allow ?? []),
    date: spec.date ?? 'plain',
    prefix: spec.prefix ?? '',
    suffix: spec.suffix ?? '',
    required: spec.required ?? requiredItems.has(spec.item),
    truncate: spec.overflow === 'truncate',
  }
}

/** How lines are cut and joined; the same for every line of a profile. */
export interface LineStyle {
  readonly charset: LineProfileSpec['charset']
  readonly layout: 'fixed' | 'delimited'
  readonly delimiter: string
  readonly newline: '\r\n' | '\n' | '\r'
  readonly finalNewline: boolean
}

/** The lines of one kind of file, in order of appearance. */
export interface FileLayout {
  readonly style: LineStyle
  readonly header: readonly Column[] | undefined
  readonly columnNames: boolean
  readonly row: readonly Column[]
  readonly trailer: readonly Column[] | undefined
  readonly sentinel: string | undefined
  /** A delimiter stands behind the last column of a row. */
  readonly trailingDelimiter: boolean
}

const newlines = { crlf: '\r\n', lf: '\n', cr: '\r' } as const

/** How this profile cuts and joins lines. */
export const lineStyle = (spec: LineProfileSpec): LineStyle => ({
  charset: spec.charset,
  layout: spec.layout,
  delimiter: spec.delimiter ?? '',
  newline: newlines[spec.newline],
  finalNewline: spec.finalNewline ?? true,
})

/** Layout of the request file. */
export const requestLayout = (spec: LineProfileSpec): FileLayout => ({
  style: lineStyle(spec),
  header: spec.request.header?.map(resolveColumn),
  columnNames: spec.request.columnNames ?? false,
  row: spec.request.row.map(resolveColumn),
  trailer: spec.request.trailer?.map(resolveColumn),
  sentinel: spec.request.sentinel,
  trailingDelimiter: spec.request.trailingDelimiter ?? false,
})

/** Layout of the bank's answer. */
export const resultLayout = (spec: LineProfileSpec): FileLayout => ({
  style: lineStyle(spec),
  header: spec.result.header?.map(resolveColumn),
  columnNames: spec.result.columnNames ?? false,
  row: (spec.result.row ?? [...spec.request.row, ...(spec.result.appended ?? [])]).map(resolveColumn),
  trailer: spec.result.trailer?.map(resolveColumn),
  sentinel: spec.result.sentinel,
  trailingDelimiter: spec.result.trailingDelimiter ?? false,
})
