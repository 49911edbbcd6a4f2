/**
 * A profile's document, ready to compile: its tree with a resolved column in every place, the element that is
 * repeated per row and the way to it. Reused by the writer and the reader of every kind of file.
 */
import { type Column, resolveColumn } from '../lines/column.ts'
import { type ColumnSpec, rowItems } from '../profile/column-schema.ts'
import type { XmlProfileSpec } from '../profile/xml-schema.ts'
import type { CharsetName } from '../values/charset.ts'
import {
  isTemplateProblem,
  type TemplateElement,
  type TemplateText,
  type TemplateTree,
  templateTree,
} from './template-tree.ts'

/** What a profile says of one kind of document. */
export type XmlBody = Pick<XmlProfileSpec['request'], 'document' | 'rows' | 'places' | 'preamble' | 'zip'>

/** A place in a document. */
export interface XmlPlace {
  /** Its title is the path, its prefix and suffix the literal text around it. */
  readonly column: Column
  /** May be absent when read; left out when empty. */
  readonly optional: boolean
  /** Its element may stand several times when read. */
  readonly repeats: boolean
  /** The item stands in the row before: this place is read, and never written. */
  readonly isAlternative: boolean
}

/** Text of an element or an attribute. */
export type XmlText =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'place'; readonly place: XmlPlace }

/** An element. */
export interface XmlElement {
  /** Name as written. */
  readonly name: string
  readonly path: string
  readonly namespace: string
  /** By names as written. */
  readonly attributes: readonly { readonly name: string; readonly text: XmlText }[]
  readonly children: readonly XmlElement[]
  readonly text: XmlText | undefined
  /** Every place in and under the element is optional, and there is one: it is left out when all of them are empty. */
  readonly isOptional: boolean
  /** Every place in and under the element may repeat, and so may the element. */
  readonly mayRepeat: boolean
}

/** A document. */
export interface XmlLayout {
  readonly charset: CharsetName
  readonly newline: string
  /** A line break stands before every row. */
  readonly rowPerLine: boolean
  readonly declaration: string
  /** From the root to the element of a row, both included. */
  readonly spine: readonly XmlElement[]
  readonly rowPlaces: readonly XmlPlace[]
  readonly filePlaces: readonly XmlPlace[]
  readonly preamble: readonly (readonly Column[])[]
  readonly zip:
    | { readonly elementPath: string; readonly flagPath: string; readonly above: number }
    | undefined
}

/** Elements from the root to the one at a path of names as written; empty where there is none. */
export function spineTo(root: TemplateElement, rows: string): readonly TemplateElement[] {
  const [first, ...names] = rows.split('/')
  if (first !== root.name) return []
  const spine = [root]
  for (const name of names) {
    const next = spine.at(-1)?.children.find((child) => child.name === name)
    if (!next) return []
    spine.push(next)
  }
  return spine
}

/** The column of a text's place. */
export function placeColumn(text: TemplateText, path: string, places: XmlBody['places']): Column | undefined {
  const { place } = text
  if (!place) return undefined
  const given: Partial<ColumnSpec> = places?.[place.item] ?? {}
  return resolveColumn({
    ...given,
    item: place.item,
    setting: place.setting,
    value: place.value,
    title: given.title ?? path,
    prefix: text.before,
    suffix: text.after,
    ...(place.optional ? { required: false } : {}),
  })
}

/** Resolves a document that `xmlRules` found sound; throws for any other. */
export function xmlLayout(spec: XmlProfileSpec, body: XmlBody): XmlLayout {
  const tree = templateTree(body.document)
  if (isTemplateProblem(tree)) throw new Error(`${spec.id}: ${tree.en}`)
  const rowPlaces: XmlPlace[] = []
  const filePlaces: XmlPlace[] = []
  const spine = resolvedSpine(tree, body, rowPlaces, filePlaces)
  const parentPath = spine.at(-2)?.path ?? ''
  return {
    charset: spec.charset,
    newline: spec.newline === 'crlf' ? '\r\n' : '\n',
    rowPerLine: spec.rowPerLine ?? false,
    declaration: tree.declaration,
    spine,
    rowPlaces,
    filePlaces,
    preamble: (body.preamble ?? []).map((columns) => columns.map(resolveColumn)),
    zip: body.zip && {
      elementPath: `${parentPath}/${body.zip.element}`,
      flagPath: `${parentPath}/${body.zip.flag}`,
      above: body.zip.above,
    },
  }
}

function resolvedSpine(
  tree: TemplateTree,
  body: XmlBody,
  rowPlaces: XmlPlace[],
  filePlaces: XmlPlace[],
): readonly XmlElement[] {
  const row = spineTo(tree.root, body.rows).at(-1)
  const resolveText = (text: TemplateText, path: string, inRow: boolean): XmlText => {
    const column = placeColumn(text, path, body.places)
    if (!column) return { kind: 'literal', text: text.before }
    const isAlternative =
      inRow && rowItems.has(column.item) && rowPlaces.some((other) => other.column.item === column.item)
    const { optional = false, repeats = false } = text.place ?? {}
    const place = { column, optional, repeats, isAlternative }
    if (inRow) rowPlaces.push(place)
    else filePlaces.push(place)
    return { kind: 'place', place }
  }
  const resolve = (element: TemplateElement, within: boolean): XmlElement => {
    const inRow = within || element === row
    const resolved = {
      name: element.name,
      path: element.path,
      namespace: element.namespace,
      attributes: element.attributes.map(({ name, text }) => ({
        name,
        text: resolveText(text, `${element.path}/@${name}`, inRow),
      })),
      text: element.text && resolveText(element.text, element.path, inRow),
      children: element.children.map((child) => resolve(child, inRow)),
    }
    const places = placesIn(resolved)
    return {
      ...resolved,
      isOptional: places.length > 0 && places.every(isLeftOut),
      mayRepeat: places.length > 0 && places.every((place) => place.repeats),
    }
  }
  let at = resolve(tree.root, false)
  const spine = [at]
  for (const { path } of spineTo(tree.root, body.rows).slice(1)) {
    at = at.children.find((child) => child.path === path) ?? at
    spine.push(at)
  }
  return spine
}

const isLeftOut = (place: XmlPlace): boolean => place.optional || place.isAlternative

/** Every place in and under an element. */
function placesIn(element: Omit<XmlElement, 'isOptional' | 'mayRepeat'>): readonly XmlPlace[] {
  const texts = [...element.attributes.map(({ text }) => text), ...(element.text ? [element.text] : [])]
  return [
    ...texts.flatMap((text) => (text.kind === 'place' ? [text.place] : [])),
    ...element.children.flatMap(placesIn),
  ]
}
