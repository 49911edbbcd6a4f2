/** Shows a bank file to people: fixed columns under a byte ruler, delimited ones as a table, XML indented. */
import type { Column } from '../../formats/lines/column.ts'
import { type FileLayout, lateLayout, requestLayout, resultLayout } from '../../formats/lines/file-layout.ts'
import type { AnswerKind, CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import type { LineProfileSpec } from '../../formats/profile/line-schema.ts'
import { type Charset, charset } from '../../formats/values/charset.ts'
import { byteRuler, cellsByBytes, columnRuler } from './byte-ruler.ts'
import { textTable } from './text-table.ts'
import { indentXml } from './xml-indent.ts'

/** What a line of a file is. */
export type LinePart = 'header' | 'columnNames' | 'row' | 'trailer' | 'sentinel'

/** A line of a file as it is shown. `columns`: those of its part; a sentinel and column names have none. */
export interface ShownLine {
  readonly part: LinePart
  readonly text: string
  readonly sizeBytes: number
}

const partWords: Readonly<Record<LinePart, string>> = {
  header: '首行 header',
  columnNames: '列名 column names',
  row: '明细 row',
  trailer: '尾行 trailer',
  sentinel: '结束行 sentinel',
}

/** Layout of a file of lines: the request, or an answer of a kind. */
export function layoutOf(spec: LineProfileSpec, side: 'request' | AnswerKind): FileLayout {
  if (side === 'request') return requestLayout(spec)
  return side === 'late' ? lateLayout(spec) : resultLayout(spec)
}

/** Cuts a file of lines into its parts. */
export function shownLines(layout: FileLayout, content: Buffer): readonly ShownLine[] {
  const codec = charset(layout.style.charset)
  const lines = codec
    .decode(content)
    .replace(/^\uFEFF/u, '')
    .split(layout.style.newline)
  if (lines.at(-1) === '') lines.pop()
  const head: LinePart[] = [...when(layout.header, 'header'), ...when(layout.columnNames, 'columnNames')]
  const tail: LinePart[] = [...when(layout.trailer, 'trailer'), ...when(layout.sentinel, 'sentinel')]
  return lines.map((text, at) => {
    const fromEnd = at - (lines.length - tail.length)
    const part = head[at] ?? (fromEnd >= 0 ? tail[fromEnd] : undefined) ?? 'row'
    return { part, text, sizeBytes: codec.byteLength(text) }
  })
}

const when = (present: unknown, part: LinePart): LinePart[] => (present ? [part] : [])

/** The whole view of a file of lines: each line with its rulers, then a table of the columns of every part. */
export function linesView(layout: FileLayout, content: Buffer): string {
  const codec = charset(layout.style.charset)
  const lines = shownLines(layout, content)
  const shown = lines.map((line) => [line.text, ...rulers(layout, codec, line)].join('\n'))
  return [...shown, ...columnTables(layout, codec, lines)].join('\n')
}

function rulers(layout: FileLayout, codec: Charset, { part, text }: ShownLine): readonly string[] {
  const columns = columnsOf(layout, part)
  const fixed = layout.style.layout === 'fixed' ? columns.map(ruled) : []
  return [byteRuler(codec, text), ...(fixed.length > 0 ? [columnRuler(codec, text, fixed)] : [])]
}

const ruled = (column: Column) => ({ title: column.title, bytes: column.bytes ?? column.maxBytes })

function columnsOf(layout: FileLayout, part: LinePart): readonly Column[] {
  if (part === 'header') return layout.header ?? []
  if (part === 'trailer') return layout.trailer ?? []
  return part === 'row' ? layout.row : []
}

function columnTables(layout: FileLayout, codec: Charset, lines: readonly ShownLine[]): readonly string[] {
  return (['header', 'row', 'trailer'] as const).flatMap((part) => {
    const columns = columnsOf(layout, part)
    if (columns.length === 0) return []
    const example = lines.find((line) => line.part === part)
    const cells = example === undefined ? [] : cellsOf(layout, codec, columns, example.text)
    return ['', partWords[part], columnTable(layout, columns, cells)]
  })
}

const cellsOf = (
  layout: FileLayout,
  codec: Charset,
  columns: readonly Column[],
  text: string,
): readonly string[] =>
  layout.style.layout === 'fixed'
    ? cellsByBytes(codec, text, columns.map(ruled))
    : text.split(layout.style.delimiter)

function columnTable(layout: FileLayout, columns: readonly Column[], cells: readonly string[]): string {
  const fixed = layout.style.layout === 'fixed'
  let from = 1
  const rows = columns.map((column, at) => {
    const place = fixed ? [`${from}-${from + (column.bytes ?? 0) - 1}`] : []
    from += column.bytes ?? 0
    return [`${at + 1}`, column.title, column.item, ...place, bytesOf(column), padOf(column), cells[at] ?? '']
  })
  const titles = [
    '序号 no.',
    '列名 title',
    '内容 item',
    ...(fixed ? ['位置 at'] : []),
    '字节 bytes',
    '填充 pad',
    '示例 example',
  ]
  return textTable([titles, ...rows])
}

const bytesOf = ({ bytes, maxBytes }: Column): string => (bytes === undefined ? `≤${maxBytes}` : `${bytes}`)

function padOf({ bytes, pad, side }: Column): string {
  if (bytes === undefined) return '-'
  return `${pad === ' ' ? '空格 space' : pad} ${side === 'left' ? '左 left' : '右 right'}`
}

/** An XML file, indented, with its size at the end. */
export function xmlView(profile: Pick<CompiledProfile, 'charset'>, content: Buffer): string {
  const text = charset(profile.charset).decode(content)
  return [...indentXml(text), `${content.length} bytes`].join('\n')
}
