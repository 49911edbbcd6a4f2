/**
 * One document's text to elements, on saxes, with everything refused that a bank's file never needs: DOCTYPE, entities
 * beyond the five, processing instructions, XML 1.1, depth, endless texts and attributes, text beside elements.
 */
import { SaxesParser, type SaxesTagNS, type XMLDecl } from 'saxes'
import type { FileRefusal } from '../bank-file.ts'
import type { CharsetName } from '../values/charset.ts'
import { DocumentEnded, XmlRefused } from './xml-refused.ts'
import type { XmlAttributes, XmlRules, XmlTaker } from './xml-taker.ts'

/** Most elements inside each other. */
export const maxDepth = 32
const maxAttributes = 64
/** Element paths that are remembered; a document of ever new names costs no more memory than this. */
const maxPaths = 4096

/** Parses one document; both methods throw `XmlRefused`, `write` also `DocumentEnded` where documents follow. */
export interface XmlParser {
  /** Parses the next text; it must not end inside a character. */
  write(text: string): void
  /** True once the root is closed. */
  isWhole(): boolean
  /** Most characters that the innermost open element's text may have. */
  textLimit(): number
  /** Line of what is parsed next, from 1. */
  line(): number
  close(): void
}

interface PathNode {
  readonly path: string
  readonly children: Map<string, PathNode>
}

interface OpenElement {
  readonly node: PathNode
  isLeaf: boolean
}

const encodingNames: Readonly<Record<CharsetName, ReadonlySet<string>>> = {
  gb18030: new Set(['gb18030', 'gbk', 'gb2312']),
  gbk: new Set(['gbk', 'gb2312']),
  utf8: new Set(['utf-8', 'utf8']),
}

/** Names by which a document may declare a charset, in small letters. */
export const declaredEncodings = (name: CharsetName): ReadonlySet<string> => encodingNames[name]

const noAttributes: XmlAttributes = {}

/** Makes the parser of one document whose first line is `firstLine`. */
export function xmlParser(rules: XmlRules, taker: XmlTaker, firstLine: number): XmlParser {
  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' })
  const line = (): number => firstLine + parser.line - 1
  const refuse = (code: FileRefusal['code'], facts: FileRefusal['facts']): never => {
    throw new XmlRefused({ code, lineNo: line(), facts })
  }
  const elements = elementStack(rules, taker, refuse)
  let written = 0
  /** Characters since anything was recognised: the length of a token that saxes is still gathering. */
  let gathering = 0
  const open = (tag: SaxesTagNS): void => {
    gathering = 0
    if (elements.depth() === 0) checkDeclaration(parser.xmlDecl, rules.codec.name, refuse)
    elements.open(tag)
  }
  const text = (more: string): void => {
    gathering = 0
    elements.text(more)
  }
  const close = (): void => {
    gathering = 0
    elements.close()
    if (rules.documents === 'many' && elements.isWhole()) throw new DocumentEnded(parser.position - written)
  }
  // With a seventh handler V8 makes a slow dictionary of the parser, and reading takes four times as long.
  parser.on('doctype', () => refuse('XML', { found: 'DOCTYPE' }))
  parser.on('processinginstruction', () => refuse('XML', { found: 'processing instruction' }))
  parser.on('opentag', open)
  parser.on('text', text)
  parser.on('cdata', text)
  parser.on('closetag', close)

  /** Without a handler of its own saxes throws what it complains of, with its place in front. */
  const complaining = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      const problem = error instanceof Error && problemOf(error)
      if (!problem) throw error
      refuse(elements.isWhole() ? 'TRAILING_BYTES' : 'XML', { problem })
    }
  }
  return {
    line,
    isWhole: elements.isWhole,
    textLimit: elements.textLimit,
    write: (text) => {
      gathering += text.length
      complaining(() => parser.write(text))
      written += text.length
      if (gathering > elements.textLimit()) refuse('LINE_TOO_LONG', { limitChars: elements.textLimit() })
    },
    close: () => complaining(() => parser.close()),
  }
}

/** Most characters of a text or an attribute, unless the rules allow an element more. */
export const defaultTextChars = 64 * 1024

type RefuseXml = (code: FileRefusal['code'], facts: FileRefusal['facts']) => never

/** The open elements of a document and the text of the innermost one. */
function elementStack(rules: XmlRules, taker: XmlTaker, refuse: RefuseXml) {
  const root: PathNode = { path: '', children: new Map() }
  const open: OpenElement[] = []
  let paths = 0
  let text = ''
  let closedRoot = false

  const nodeOf = (parent: PathNode, local: string): PathNode => {
    const known = parent.children.get(local)
    if (known) return known
    const node: PathNode = { path: parent === root ? local : `${parent.path}/${local}`, children: new Map() }
    if (paths++ < maxPaths) parent.children.set(local, node)
    return node
  }
  const limit = (): number => rules.longTexts?.get(open.at(-1)?.node.path ?? '') ?? defaultTextChars
  /** A bank's element has text or elements; text beside elements could hide from a reader what a person sees. */
  const noTextBeside = (): void => {
    if (text !== '' && /\S/u.test(text)) refuse('XML', { found: 'text beside elements' })
    text = ''
  }
  return {
    textLimit: limit,
    isWhole: () => closedRoot,
    depth: () => open.length,
    open: (tag: SaxesTagNS): void => {
      const parent = open.at(-1)
      if (open.length >= maxDepth) refuse('XML', { found: 'nested elements', limit: maxDepth })
      noTextBeside()
      if (parent) parent.isLeaf = false
      const node = nodeOf(parent?.node ?? root, tag.local)
      open.push({ node, isLeaf: true })
      taker.open(node.path, attributesOf(tag, refuse), tag.uri)
    },
    text: (more: string): void => {
      if (open.length === 0) return
      text = text === '' ? more : text + more
      if (text.length > defaultTextChars && text.length > limit())
        refuse('LINE_TOO_LONG', { path: open.at(-1)?.node.path ?? '', limitChars: limit() })
    },
    close: (): void => {
      const element = open.at(-1)
      if (!element) return
      if (!element.isLeaf) noTextBeside()
      const whole = text
      text = ''
      open.pop()
      closedRoot = open.length === 0
      taker.close(element.node.path, whole)
    },
  }
}

function attributesOf(tag: SaxesTagNS, refuse: RefuseXml): XmlAttributes {
  let found: Record<string, string> | undefined
  let count = 0
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name]
    if (++count > maxAttributes) refuse('XML', { found: 'attributes', limit: maxAttributes })
    if (!attribute || name === 'xmlns' || attribute.prefix === 'xmlns') continue
    if (attribute.value.length > defaultTextChars)
      refuse('LINE_TOO_LONG', { found: 'attribute', limitChars: defaultTextChars })
    found ??= {}
    found[name] = attribute.value
  }
  return found ?? noAttributes
}

function checkDeclaration({ version, encoding }: XMLDecl, name: CharsetName, refuse: RefuseXml): void {
  if (version !== undefined && version !== '1.0') refuse('XML', { found: 'XML version', expected: '1.0' })
  if (encoding === undefined || encodingNames[name].has(encoding.toLowerCase())) return
  refuse('CHARSET', { stated: encoding.slice(0, 20), expected: name })
}

/** What saxes complains of, without the place and without names of the document; undefined for other errors. */
const problemOf = ({ message }: Error): string | undefined =>
  /^\d+:\d+: ([^:]{1,80})/u.exec(message)?.[1]?.replace(/\.$/u, '')
