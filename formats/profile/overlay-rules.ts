/** Rules of answers that are the request written over: which columns, and by columns of the same width. */
import { resolveColumn } from '../lines/column.ts'
import { namedColumns } from '../lines/file-layout.ts'
import type { LineProfileSpec } from './line-schema.ts'
import type { RuleIssue } from './profile-problems.ts'
import { brokenOf, issue, type Path } from './rule-issue.ts'

/** Every rule that an overlay breaks. */
export function overlayRules(spec: LineProfileSpec): readonly RuleIssue[] {
  const { overlay, layout, charset: own } = spec.result
  if (!overlay) return []
  const seen = new Set<number>()
  const fixed = spec.layout === 'fixed' && (layout ?? 'fixed') === 'fixed'
  return [
    ...brokenOf(
      ['result', 'overlay'],
      [
        [!fixed, '覆盖只用于定长格式', 'is of fixed layouts'],
        [
          (own ?? spec.charset) !== spec.charset,
          '覆盖的回盘与请求字符集必须相同',
          'must have the charset of the request',
        ],
      ],
    ),
    ...overlay.flatMap(({ over, with: column }, index) => {
      const path = ['result', 'overlay', index]
      const [place, ...more] = namedColumns(spec.request.row, over)
      if (place === undefined || more.length > 0)
        return [unclearOver(spec, [...path, 'over'], over, more.length + 1)]
      const width = spec.request.row[place]?.bytes
      const twice = seen.has(place)
      seen.add(place)
      return brokenOf(path, [
        [twice, `“${over}”已被覆盖`, `"${over}" is written over twice`],
        [
          width !== resolveColumn(column).bytes,
          `宽度必须与“${over}”相同：bytes: ${width}`,
          `must be as wide as "${over}": bytes: ${width}`,
        ],
      ])
    }),
  ]
}

function unclearOver(spec: LineProfileSpec, path: Path, over: string, found: number): RuleIssue {
  const titles = spec.request.row.map((column) => resolveColumn(column).title)
  return found > 1
    ? issue(
        path,
        `有多列叫“${over}”，请给要覆盖的列写 title`,
        `several columns are called "${over}"; give the one a title`,
      )
    : issue(
        path,
        `请求明细没有“${over}”列；有：${titles.join('、')}`,
        `the request's row has no column "${over}"; it has: ${titles.join(', ')}`,
      )
}
