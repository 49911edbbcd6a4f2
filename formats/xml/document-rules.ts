/** Asks whether one document of a profile makes sense, place by place; see `xml-rules.ts` for what it must have. */
import { columnRules, encodableRules, type Part } from '../profile/column-rules.ts'
import type { ColumnItem } from '../profile/column-schema.ts'
import type { RuleIssue } from '../profile/profile-problems.ts'
import { brokenOf, issue, type Path } from '../profile/rule-issue.ts'
import type { XmlProfileSpec } from '../profile/xml-schema.ts'
import { charset } from '../values/charset.ts'
import { preambleWidth } from './preamble.ts'
import {
  isTemplateProblem,
  type TemplateElement,
  type TemplateText,
  type TemplateTree,
  templateTree,
} from './template-tree.ts'
import { placeColumn, spineTo, type XmlBody, xmlLayout } from './xml-layout.ts'
import { declaredEncodings, maxDepth } from './xml-parser.ts'

/** A text of a document with its place in it. */
interface PlacedText {
  readonly text: TemplateText
  readonly path: string
  readonly part: Part
}

/** A document that holds, with what other rules ask of it. */
export interface SoundDocument {
  readonly row: ReadonlySet<ColumnItem>
  readonly head: ReadonlySet<ColumnItem>
  readonly tail: ReadonlySet<ColumnItem>
}

/** Every rule that a document breaks, and the document where it can be looked at further. */
export function documentRules(
  spec: XmlProfileSpec,
  body: XmlBody,
  path: Path,
): { readonly issues: readonly RuleIssue[]; readonly sound: SoundDocument | undefined } {
  const at = [...path, 'document']
  const tree = templateTree(body.document)
  if (isTemplateProblem(tree)) return { issues: [issue(at, tree.zh, tree.en)], sound: undefined }
  const row = spineTo(tree.root, body.rows).at(-1)
  if (!row)
    return {
      issues: [
        issue([...path, 'rows'], `报文里没有元素 ${body.rows}`, `the document has no element ${body.rows}`),
      ],
      sound: undefined,
    }
  const texts = textsOf(tree.root, row)
  const issues = [
    ...declarationRules(spec, tree, at),
    ...shapeRules(tree.root, at),
    ...texts.flatMap((text) => textRules(spec, body, text, path)),
    ...placeRules(body, texts, path),
    ...zipRules(body, tree, path),
    ...preambleRules(spec, body, path),
  ]
  return { issues, sound: issues.length > 0 ? undefined : soundDocument(spec, body, texts) }
}

function soundDocument(spec: XmlProfileSpec, body: XmlBody, texts: readonly PlacedText[]): SoundDocument {
  const of = (part: Part): readonly ColumnItem[] =>
    texts.flatMap((text) => (text.part === part && text.text.place ? [text.text.place.item] : []))
  const before = xmlLayout(spec, body).preamble.flat()
  return {
    row: new Set(of('row')),
    head: new Set([...before.map(({ item }) => item), ...of('header')]),
    tail: new Set(of('trailer')),
  }
}

/** Texts in the order of the document: those before the rows are its head, those behind them its tail. */
function textsOf(root: TemplateElement, row: TemplateElement): readonly PlacedText[] {
  let part: Part = 'header'
  const walk = (element: TemplateElement): readonly PlacedText[] => {
    if (element === row) part = 'row'
    const own = [
      ...element.attributes.map(({ name, text }) => ({ text, path: `${element.path}/@${name}`, part })),
      ...(element.text ? [{ text: element.text, path: element.path, part }] : []),
    ]
    const below = element.children.flatMap(walk)
    if (element === row) part = 'trailer'
    return [...own, ...below]
  }
  return walk(root)
}

/** An XML reader takes bytes without a declaration for UTF-8. */
function declarationRules(spec: XmlProfileSpec, tree: TemplateTree, at: Path): readonly RuleIssue[] {
  const encoding = tree.encoding ?? 'UTF-8'
  return declaredEncodings(spec.charset).has(encoding.toLowerCase())
    ? []
    : [
        issue(
          at,
          `声明的编码 ${encoding} 和 charset: ${spec.charset} 不一致`,
          `declares the encoding ${encoding}, but charset is ${spec.charset}`,
        ),
      ]
}

function shapeRules(root: TemplateElement, at: Path): readonly RuleIssue[] {
  const walk = (element: TemplateElement, depth: number): readonly RuleIssue[] => {
    const names = element.children.map(({ path }) => path)
    const twice = names.filter((name, index) => names.indexOf(name) < index)
    return [
      ...twice.map((name) =>
        issue(at, `${name} 出现两次，读不出是哪一个`, `${name} stands twice, nobody could tell which`),
      ),
      ...(depth > maxDepth
        ? [issue(at, `嵌套超过 ${maxDepth} 层`, `is nested deeper than ${maxDepth}`)]
        : []),
      ...element.children.flatMap((child) => walk(child, depth + 1)),
    ]
  }
  return walk(root, 1)
}

function textRules(
  spec: XmlProfileSpec,
  body: XmlBody,
  { text, path, part }: PlacedText,
  section: Path,
): readonly RuleIssue[] {
  const codec = charset(spec.charset)
  const at = [...section, 'document']
  const column = placeColumn(text, path, body.places)
  const issues = column
    ? [...columnRules(column, at, { spec, codec, part }), ...markRules(text, at)]
    : encodableRules(codec, at, text.before)
  return issues.map((one) => ({
    ...one,
    path: one.path.at(-1) === 'pattern' && column ? [...section, 'places', column.item, 'pattern'] : one.path,
    zh: `${path}：${one.zh}`,
    en: `${path}: ${one.en}`,
  }))
}

const repeatable: ReadonlySet<ColumnItem> = new Set<ColumnItem>(['text', 'reasonCode', 'fileText', 'any'])

/** Two texts of a name, an amount or a code would be two different things; words and reasons can be joined. */
const markRules = ({ place }: TemplateText, at: Path): readonly RuleIssue[] =>
  brokenOf(at, [
    [
      place?.repeats === true && !repeatable.has(place.item),
      `只有 ${[...repeatable].join('、')} 可以重复（*）`,
      `only ${[...repeatable].join(', ')} may repeat (*)`,
    ],
    [
      place !== undefined && place.value !== '' && place.item !== 'any',
      '只有 {any:内容} 可以写明内容',
      'only {any:content} may show its content',
    ],
  ])

/** Options of places that the document does not have are slips of the pen. */
function placeRules(body: XmlBody, texts: readonly PlacedText[], path: Path): readonly RuleIssue[] {
  const items = new Set(texts.flatMap(({ text }) => (text.place ? [text.place.item] : [])))
  return Object.keys(body.places ?? {}).flatMap((item) =>
    [...items].some((each) => each === item)
      ? []
      : [issue([...path, 'places', item], `报文里没有 {${item}}`, `the document has no {${item}}`)],
  )
}

function zipRules({ zip, rows }: XmlBody, tree: TemplateTree, path: Path): readonly RuleIssue[] {
  if (!zip) return []
  const parent = spineTo(tree.root, rows).at(-2)
  return (['element', 'flag'] as const).flatMap((entry) => {
    const found = parent?.children.find((child) => child.path === `${parent.path}/${zip[entry]}`)
    return found && !found.text && found.children.length === 0
      ? []
      : [
          issue(
            [...path, 'zip', entry],
            `${parent?.path} 里要有一个空元素 ${zip[entry]}`,
            `${parent?.path} must have an empty element ${zip[entry]}`,
          ),
        ]
  })
}

function preambleRules(spec: XmlProfileSpec, body: XmlBody, path: Path): readonly RuleIssue[] {
  if (!body.preamble) return []
  const codec = charset(spec.charset)
  return xmlLayout(spec, body).preamble.flatMap((columns, index) => [
    ...columns.flatMap((column, at) =>
      columnRules(column, [...path, 'preamble', index, at], { spec, codec, part: 'header' }),
    ),
    ...brokenOf(
      [...path, 'preamble', index],
      [
        [
          columns.filter((column) => preambleWidth(codec, column) === undefined).length > 1,
          '一行里最多一列可以不写 bytes',
          'one column of a line at most may go without bytes',
        ],
      ],
    ),
  ])
}
