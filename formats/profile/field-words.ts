/** Says in words where in a profile something stands: “请求文件 明细第 3 列（户名）的 bytes”. */
import { resolveColumn } from '../lines/column.ts'
import { type ColumnItem, columnItems } from './column-schema.ts'

/** A place in both languages. */
export interface FieldWords {
  readonly zh: string
  readonly en: string
}

/** Reads a text of the document at a path; undefined where there is none. */
export type TextAt = (path: readonly PropertyKey[]) => string | undefined

const sections: Readonly<Record<string, FieldWords>> = {
  request: { zh: '请求文件', en: 'request file' },
  result: { zh: '回盘文件', en: 'answer' },
  late: { zh: '退汇文件', en: 'late returns' },
  intermediate: { zh: '中间回盘', en: 'intermediate answer' },
  acknowledgement: { zh: '接收回执', en: 'acknowledgement' },
  limits: { zh: '限制', en: 'limits' },
  settings: { zh: '协议参数', en: 'settings' },
  wrapping: { zh: '内容封装', en: 'wrapping' },
  zip: { zh: '压缩明细', en: 'zipped rows' },
}

const columnParts: Readonly<Record<string, FieldWords>> = {
  header: { zh: '首行', en: 'header' },
  row: { zh: '明细', en: 'row' },
  trailer: { zh: '尾行', en: 'trailer' },
  appended: { zh: '追加', en: 'appended' },
  lateRow: { zh: '退汇明细', en: 'late row' },
  preamble: { zh: '报文头', en: 'preamble' },
}

const lists: Readonly<Record<string, FieldWords>> = {
  sideFiles: { zh: '附属文件', en: 'side file' },
  textRules: { zh: '文字规则', en: 'text rule' },
  overlay: { zh: '覆盖', en: 'overlay' },
  codeTables: { zh: '代码表', en: 'code table' },
  steps: { zh: '步骤', en: 'step' },
  allow: { zh: '写法', en: 'style' },
  final: { zh: '终态', en: 'final outcome' },
  rules: { zh: '规则', en: 'rule' },
}

const tables: Readonly<Record<string, FieldWords>> = {
  codes: { zh: '结果代码', en: 'code' },
  reasonCodes: { zh: '原因代码', en: 'reason code' },
  fileCodes: { zh: '文件状态', en: 'file status' },
  fileRefusals: { zh: '整件拒收标记', en: 'refusal token' },
  places: { zh: '位置', en: 'place' },
}

/** Names the place at a path; the document itself has no words. */
export function fieldWords(path: readonly PropertyKey[], textAt: TextAt): FieldWords {
  const zh: string[] = []
  const en: string[] = []
  const put = (words: FieldWords): void => {
    zh.push(words.zh)
    en.push(words.en)
  }
  for (let at = 0; at < path.length; at++) {
    const key = String(path[at])
    const next = path[at + 1]
    const named = typeof next === 'number' ? numbered(path.slice(0, at + 2), textAt) : undefined
    const table = next === undefined ? undefined : tables[key]
    if (named) put(named)
    else if (table) put({ zh: `${table.zh} ${String(next)}`, en: `${table.en} ${String(next)}` })
    else put(at < path.length - 1 ? (sections[key] ?? columnParts[key] ?? plain(key)) : plain(key))
    if (named || table) at++
  }
  return { zh: joinedZh(zh, path), en: en.join(', ') }
}

const plain = (key: string): FieldWords => ({ zh: key, en: key })

/** `row.2` is the third column; a column has a name, a side file is only counted. */
function numbered(path: readonly PropertyKey[], textAt: TextAt): FieldWords | undefined {
  const key = String(path.at(-2))
  const no = Number(path.at(-1)) + 1
  const part = columnParts[key]
  if (part) {
    const title = columnTitle(path, textAt)
    const item = textAt([...path, 'item'])
    return {
      zh: `${part.zh}第 ${no} 列${title === undefined ? '' : `（${title}）`}`,
      en: `${part.en} column ${no}${item === undefined ? '' : ` (${item})`}`,
    }
  }
  const list = lists[key]
  return list
    ? { zh: `第 ${no} 个${list.zh}`, en: `${list.en} ${no}` }
    : { zh: `${key} 第 ${no} 项`, en: `${key} ${no}` }
}

function columnTitle(path: readonly PropertyKey[], textAt: TextAt): string | undefined {
  const item = textAt([...path, 'item'])
  return textAt([...path, 'title']) ?? (isItem(item) ? resolveColumn({ item }).title : item)
}

const isItem = (text: string | undefined): text is ColumnItem => columnItems.some((item) => item === text)

/** The entry itself follows after 的; what it belongs to is only spaced. */
function joinedZh(parts: readonly string[], path: readonly PropertyKey[]): string {
  const last = parts.at(-1)
  const group = parts.slice(0, -1).join(' ')
  if (last === undefined) return ''
  return group !== '' && last === String(path.at(-1))
    ? `${group}${/[!-~]$/u.test(group) ? ' ' : ''}的 ${last}`
    : [...parts].join(' ')
}
