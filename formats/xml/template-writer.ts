/**
 * Compiles a document to straight-line parts: text before the rows, parts of a row, text after the rows. What is the
 * same in every row is one string; an element whose places are all optional and empty is left out.
 */
import { fileText, rowText, type WritableLine } from '../lines/cell-text.ts'
import type { FileFacts } from '../lines/file-facts.ts'
import { rowItems } from '../profile/column-schema.ts'
import { escapeXml, type PlaceStyle, rowPlaceText, shownText } from './place-text.ts'
import type { XmlElement, XmlLayout, XmlPlace, XmlText } from './xml-layout.ts'

/** A part of a row: the same in every row, or made of its line; undefined where all of its places are empty. */
export type RowPart = string | ((line: WritableLine, position: number) => string | undefined)

/** Texts of one document. */
export interface DocumentTexts {
  /** Everything before the first row, declaration and preamble left out. */
  readonly head: string
  readonly row: readonly RowPart[]
  readonly tail: string
}

/** What the texts of a document are filled with, beside its rows. */
export interface DocumentFacts extends FileFacts {
  /** Number of the page, from 1. */
  readonly pageNumber: number
  /** Rows of the page; those of the file where it has no pages. */
  readonly pageCount: number
  /** Texts of empty elements, by path: flag and content of zipped rows. */
  readonly filled: ReadonlyMap<string, string>
}

/** Text of a column that depends on the file alone. */
export function factText(column: XmlPlace['column'], facts: DocumentFacts): string | undefined {
  if (column.item === 'pageNumber') return `${facts.pageNumber}`
  return column.item === 'pageCount' ? `${facts.pageCount}` : fileText(column, facts)
}

/** Compiles the texts of one document; throws `CellRefused` when the file's own facts do not fit. */
export function documentTexts(layout: XmlLayout, facts: DocumentFacts, style: PlaceStyle): DocumentTexts {
  const write = elementWriter(facts, style)
  const row = layout.spine.at(-1)
  const around = layout.spine.slice(0, -1).map((element, index) => {
    const next = layout.spine[index + 1]
    const at = next ? element.children.indexOf(next) : -1
    return {
      before: [...write.opening(element), ...element.children.slice(0, at).flatMap(write.whole)],
      after: [...element.children.slice(at + 1).flatMap(write.whole), `</${element.name}>`],
    }
  })
  return {
    head: around.map(({ before }) => fixedText(before)).join(''),
    row: row ? merged(write.whole(row)) : [],
    tail: around
      .reverse()
      .map(({ after }) => fixedText(after))
      .join(''),
  }
}

/** Text of one row. */
export function rowOf(parts: readonly RowPart[], line: WritableLine, position: number): string {
  let text = ''
  for (const part of parts) text += typeof part === 'string' ? part : (part(line, position) ?? '')
  return text
}

/** Parts outside rows have no line; `xmlRules` saw to that. */
function fixedText(parts: readonly RowPart[]): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part
      throw new Error('an item of rows stands outside the rows')
    })
    .join('')
}

function elementWriter(facts: DocumentFacts, style: PlaceStyle) {
  const placePart = ({ column, optional, isAlternative }: XmlPlace): RowPart | undefined => {
    if (isAlternative) return undefined
    const same = factText(column, facts)
    if (same === undefined && !rowItems.has(column.item)) return optional ? undefined : ''
    if (same !== undefined) {
      const shown = shownText(style, column, optional)(same)
      return shown === '' && optional ? undefined : shown
    }
    const textOf = rowPlaceText(style, column, optional, rowText(column, facts))
    return optional ? (line, position) => textOf(line, position) || undefined : textOf
  }
  const textPart = (text: XmlText): RowPart | undefined =>
    text.kind === 'literal' ? escapeXml(text.text) : placePart(text.place)

  const attributeParts = (element: XmlElement): readonly Inner[] =>
    element.attributes.map(({ name, text }) => {
      const part = textPart(text)
      const isFilled = text.kind === 'place' && part !== undefined
      if (part === undefined) return { parts: [], isFilled: false }
      if (typeof part === 'string') return { parts: [` ${name}="${part}"`], isFilled }
      const whole: RowPart = (line, position) => {
        const value = part(line, position)
        return value === undefined ? undefined : ` ${name}="${value}"`
      }
      return { parts: [whole], isFilled: false }
    })

  const inner = (element: XmlElement): readonly Inner[] => {
    const filled = facts.filled.get(element.path)
    if (filled !== undefined) return [{ parts: [filled], isFilled: true }]
    if (!element.text) return element.children.map(elementParts)
    const part = textPart(element.text)
    if (part === undefined) return []
    return [{ parts: [part], isFilled: element.text.kind === 'place' && typeof part === 'string' }]
  }

  /** Parts of an element; one optional part for an element that may be left out. */
  const elementParts = (element: XmlElement): Inner => {
    const within = [...attributeParts(element), { parts: ['>'], isFilled: false }, ...inner(element)]
    const isFilled = within.some((one) => one.isFilled)
    const parts = merged([`<${element.name}`, ...within.flatMap((one) => one.parts), `</${element.name}>`])
    if (!element.isOptional || isFilled) return { parts, isFilled }
    if (parts.every((part) => typeof part === 'string')) return { parts: [], isFilled: false }
    return { parts: [leftOutWhenEmpty(parts)], isFilled: false }
  }
  return {
    opening: (element: XmlElement): readonly RowPart[] => [
      `<${element.name}`,
      ...attributeParts(element).flatMap((one) => one.parts),
      '>',
    ],
    whole: (element: XmlElement): readonly RowPart[] => elementParts(element).parts,
  }
}

/** Parts of something inside an element; `isFilled` when a place in it is filled whatever the line. */
interface Inner {
  readonly parts: readonly RowPart[]
  readonly isFilled: boolean
}

/** An element that stands only where one of its places is filled. */
const leftOutWhenEmpty =
  (parts: readonly RowPart[]): RowPart =>
  (line, position) => {
    let text = ''
    let isFilled = false
    for (const part of parts) {
      const more = typeof part === 'string' ? part : part(line, position)
      if (more === undefined) continue
      if (typeof part !== 'string') isFilled = true
      text += more
    }
    return isFilled ? text : undefined
  }

function merged(parts: readonly RowPart[]): readonly RowPart[] {
  const all: RowPart[] = []
  for (const part of parts) {
    const last = all.at(-1)
    if (typeof part === 'string' && typeof last === 'string') all[all.length - 1] = last + part
    else all.push(part)
  }
  return all
}
