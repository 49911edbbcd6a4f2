/**
 * The bank's document as a profile shows it, parsed to a tree: elements, attributes, literal texts and places such as
 * `{amount}`, `{text?}`, `{text*}`, `{any:0001}` and `{settings.cis}`. White space between elements is dropped, and so
 * are comments.
 */
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { type ColumnItem, columnItems } from '../profile/column-schema.ts'

/** A place in a document. */
export interface TemplatePlace {
  readonly item: ColumnItem
  /** Name of the agreement setting; empty for other items. */
  readonly setting: string
  /** Written `{item?}` or `{item*}`: left out when empty, and may be absent when read. */
  readonly optional: boolean
  /** Written `{item*}`: its element may stand several times when read; their texts are joined. */
  readonly repeats: boolean
  /** Written `{any:value}`: what we write where the bank writes something of its own; empty for other places. */
  readonly value: string
}

/** Text of an element or an attribute: a literal, or literal text around one place. */
export interface TemplateText {
  readonly before: string
  readonly place: TemplatePlace | undefined
  readonly after: string
}

/** An attribute, by its name as written. */
export interface TemplateAttribute {
  readonly name: string
  readonly text: TemplateText
}

/** An element. */
export interface TemplateElement {
  /** Name as written, prefix included. */
  readonly name: string
  /** Local names from the root down, joined by `/`. */
  readonly path: string
  readonly namespace: string
  readonly attributes: readonly TemplateAttribute[]
  readonly children: readonly TemplateElement[]
  /** Undefined for an element that has elements, or nothing. */
  readonly text: TemplateText | undefined
}

/** A whole document. */
export interface TemplateTree {
  /** `<?xml ... ?>` as written; empty where there is none. */
  readonly declaration: string
  /** Encoding that the declaration names. */
  readonly encoding: string | undefined
  readonly root: TemplateElement
}

/** What is wrong with a document, in both languages. */
export interface TemplateProblem {
  readonly zh: string
  readonly en: string
}

interface GrowingElement extends TemplateElement {
  readonly children: GrowingElement[]
  text: TemplateText | undefined
}

/** Stops the parser of a document at what is wrong with it. */
class TemplateRefused extends Error {
  override readonly name = 'TemplateRefused'
  readonly problem: TemplateProblem
  constructor(zh: string, en: string) {
    super(en)
    this.problem = { zh, en }
  }
}

/** Parses a profile's document, or says what is wrong with it first. */
export function templateTree(document: string): TemplateTree | TemplateProblem {
  try {
    return parsedTree(document.trim())
  } catch (error) {
    if (error instanceof TemplateRefused) return error.problem
    throw error
  }
}

/** True for what is wrong with a document instead of the document. */
export const isTemplateProblem = (tree: TemplateTree | TemplateProblem): tree is TemplateProblem =>
  'zh' in tree

function parsedTree(document: string): TemplateTree {
  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' })
  const open: GrowingElement[] = []
  let root: GrowingElement | undefined
  const addText = (text: string): void => {
    const element = open.at(-1)
    if (!element || text.trim() === '') return
    if (element.children.length > 0 || element.text) throw beside(element.path)
    element.text = textOf(text.trim(), element.path)
  }
  // No more handlers than these: see `xml-parser.ts`.
  parser.on('doctype', () => {
    throw new TemplateRefused('报文样式不能有 DOCTYPE', 'a document must not have a DOCTYPE')
  })
  parser.on('processinginstruction', () => {
    throw new TemplateRefused('报文样式不能有处理指令', 'a document must not have processing instructions')
  })
  parser.on('opentag', (tag) => {
    const parent = open.at(-1)
    if (parent?.text) throw beside(parent.path)
    const element = elementOf(tag, parent)
    if (parent) parent.children.push(element)
    else root = element
    open.push(element)
  })
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    open.pop()
  })
  complaining(() => parser.write(document))
  const { encoding } = parser.xmlDecl
  complaining(() => parser.close())
  if (!root) throw new TemplateRefused('没有根元素', 'has no root element')
  return { declaration: /^<\?xml\s[^>]*\?>/u.exec(document)?.[0] ?? '', encoding, root }
}

/** What saxes throws begins with line and column of the document. */
function complaining(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Error) || !/^\d+:\d+: /u.test(error.message)) throw error
    throw new TemplateRefused(
      `不是合法的 XML（行:列 ${error.message}）`,
      `is not well-formed XML (line:column ${error.message})`,
    )
  }
}

const beside = (path: string): TemplateRefused =>
  new TemplateRefused(`${path} 里文字和元素混在一起`, `${path} has text beside elements`)

function elementOf(tag: SaxesTagNS, parent: TemplateElement | undefined): GrowingElement {
  const path = parent ? `${parent.path}/${tag.local}` : tag.local
  const attributes = Object.values(tag.attributes).map(({ name, value }) => ({
    name,
    text: textOf(value, `${path}/@${name}`),
  }))
  return { name: tag.name, path, namespace: tag.uri, attributes, children: [], text: undefined }
}

const itemNames: ReadonlySet<string> = new Set(
  columnItems.filter((item) => item !== 'literal' && item !== 'setting'),
)

const isItem = (name: string): name is ColumnItem => itemNames.has(name)

/** Reads literal text around at most one place. */
function textOf(text: string, path: string): TemplateText {
  const match = /^([^{}]*)\{([A-Za-z.0-9]+)([?*]?)(?::([^{}]+))?\}([^{}]*)$/u.exec(text)
  if (match) {
    const [, before = '', name = '', mark = '', value = '', after = ''] = match
    return { before, place: placeOf(name, { mark, value }, path), after }
  }
  if (/[{}]/u.test(text))
    throw new TemplateRefused(
      `${path} 的写法不对：每个元素或属性只能有一个 {栏目}`,
      `${path} is not written as it must be: one {place} at most in an element or attribute`,
    )
  return { before: text, place: undefined, after: '' }
}

function placeOf(
  name: string,
  { mark, value }: { readonly mark: string; readonly value: string },
  path: string,
): TemplatePlace {
  const place = { optional: mark !== '', repeats: mark === '*', value }
  if (isItem(name)) return { item: name, setting: '', ...place }
  const setting = /^settings\.([A-Za-z][A-Za-z0-9]*)$/u.exec(name)?.[1]
  if (setting !== undefined) return { item: 'setting', setting, ...place }
  throw new TemplateRefused(
    `${path} 里不认识 {${name}}；可用：${[...itemNames].join('、')}、settings.参数名`,
    `${path} has an unknown place {${name}}; known are ${[...itemNames].join(', ')}, settings.name`,
  )
}
