/** Columns of a profile with every default filled in, so that writers and readers need not ask. */
import type { ColumnItem, ColumnSpec } from '../profile/column-schema.ts'
import { type LinearPattern, linearPattern } from '../values/linear-pattern.ts'

/** A column, ready to compile. Lengths are bytes of the output charset. */
export interface Column {
  readonly item: ColumnItem
  readonly title: string
  /** Exact length; undefined where only `maxBytes` holds. */
  readonly bytes: number | undefined
  readonly maxBytes: number
  readonly pad: string
  readonly side: 'left' | 'right'
  /** Text of a literal, or what we write into an `any`; empty for other items. */
  readonly value: string
  /** Setting that fills the column; empty for other items. */
  readonly setting: string
  readonly unit: 'fen' | 'yuan'
  readonly allow: ReadonlySet<string>
  readonly date: 'plain' | 'dashes' | 'slashes'
  readonly clock: 'plain' | 'colons'
  readonly prefix: string
  readonly suffix: string
  readonly required: boolean
  readonly truncate: boolean
  /** What the whole text must match where there is one; undefined too for a pattern that is none. */
  readonly pattern: LinearPattern | undefined
  /** The pattern as the profile writes it; empty where there is none. */
  readonly patternText: string
  /** Encrypted by itself when the caller has a cipher. */
  readonly encrypted: boolean
}

const titles: Record<ColumnItem, string> = {
  literal: '常量',
  setting: '协议参数',
  any: '银行自用',
  businessDate: '日期',
  time: '时间',
  dateTime: '日期时间',
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
  pageCount: '本页笔数',
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
  'failedCount',
  'failedTotal',
  'pageNumber',
  'pageCount',
  'paidAmount',
])

const requiredItems: ReadonlySet<ColumnItem> = new Set<ColumnItem>([
  ...countedItems,
  'businessDate',
  'time',
  'dateTime',
  'fileNumber',
  'account',
  'name',
  'code',
  'fileCode',
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
    clock: spec.clock ?? 'plain',
    prefix: spec.prefix ?? '',
    suffix: spec.suffix ?? '',
    required: spec.required ?? requiredItems.has(spec.item),
    truncate: spec.overflow === 'truncate',
    pattern: spec.pattern === undefined ? undefined : linearPattern(spec.pattern),
    patternText: spec.pattern ?? '',
    encrypted: spec.encrypted ?? false,
  }
}
