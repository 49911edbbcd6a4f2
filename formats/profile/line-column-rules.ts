/** Rules of the columns of one kind of file of lines, each told at its place in the document. */
import type { Column } from '../lines/column.ts'
import type { FileLayout } from '../lines/file-layout.ts'
import { charset } from '../values/charset.ts'
import { columnRules, encodableRules, isRowItem, type Part } from './column-rules.ts'
import type { LineProfileSpec } from './line-schema.ts'
import type { RuleIssue } from './profile-problems.ts'
import { brokenOf, issue, type Path } from './rule-issue.ts'

/** Columns of a file as they are resolved, each with its place in the document. */
export function columnsRules(
  spec: LineProfileSpec,
  layout: FileLayout,
  row: readonly { readonly path: Path }[],
  section: 'request' | 'result',
): readonly RuleIssue[] {
  const parts: readonly (readonly [Part, readonly Column[], readonly Path[]])[] = [
    ['header', layout.header ?? [], pathsOf(layout.header, [section, 'header'])],
    ['row', layout.row, row.map((one) => one.path)],
    ['trailer', layout.trailer ?? [], pathsOf(layout.trailer, [section, 'trailer'])],
  ]
  const codec = charset(layout.style.charset)
  return parts.flatMap(([part, columns, paths]) =>
    columns.flatMap((column, index) => {
      const path = paths[index] ?? [section, part]
      return [
        ...columnRules(column, path, { spec, codec, part }),
        ...lineColumnRules(layout, column, path),
        ...(part === 'row' ? doubledRules(columns, index, path) : []),
      ]
    }),
  )
}

const pathsOf = (columns: readonly Column[] | undefined, path: Path): readonly Path[] =>
  (columns ?? []).map((_, index) => [...path, index])

function lineColumnRules(layout: FileLayout, column: Column, path: Path): readonly RuleIssue[] {
  const { layout: shape, delimiter } = layout.style
  const texts = [column.value, column.prefix, column.suffix, layout.columnNames ? column.title : '']
  return [
    ...(layout.columnNames ? encodableRules(charset(layout.style.charset), path, column.title) : []),
    ...brokenOf(path, [
      [
        shape === 'fixed' && column.bytes === undefined,
        '定长格式的每一列都要写 bytes，例如 bytes: 20',
        'every column of a fixed layout needs bytes, for example bytes: 20',
      ],
      [
        column.item === 'pageCount',
        '本页笔数只用于 XML 分页结果',
        'the rows of a page are stated by paged XML answers alone',
      ],
      [
        delimiter !== '' && texts.some((text) => text.includes(delimiter)),
        '文字中有分隔符',
        'has the delimiter in its own text',
      ],
    ]),
  ]
}

function doubledRules(columns: readonly Column[], index: number, path: Path): readonly RuleIssue[] {
  const item = columns[index]?.item
  return item !== undefined && isRowItem(item) && columns.findIndex((other) => other.item === item) < index
    ? [issue(path, '同一项出现两次', 'an item stands twice in the row')]
    : []
}
