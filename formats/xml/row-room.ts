/** How many rows a document has room for when its bank takes files of a certain size only. */
import { charset } from '../values/charset.ts'
import type { XmlElement, XmlLayout, XmlText } from './xml-layout.ts'

/** Bytes of the longest escape, `&quot;`, of which every byte of a text could be one. */
const escapeBytes = 6

/** Texts that can hold marks to escape; all others are digits and letters. */
const freeItems: ReadonlySet<string> = new Set(['name', 'remark', 'programmeName', 'setting'])

/** The most rows whose document is not larger than `maxBytes`, whatever stands in them. */
export function rowsThatFit(layout: XmlLayout, maxRows: number, maxBytes: number | undefined): number {
  if (maxBytes === undefined) return maxRows
  const [root] = layout.spine
  const row = layout.spine.at(-1)
  if (!root || !row) return maxRows
  const rowBytes = elementBytes(layout, row) + layout.newline.length
  const preamble = layout.preamble.flat().reduce((sum, column) => sum + column.maxBytes, 0)
  const edges = elementBytes(layout, root) - rowBytes + layout.declaration.length + preamble
  return Math.max(0, Math.min(maxRows, Math.floor((maxBytes - edges) / rowBytes)))
}

function elementBytes(layout: XmlLayout, element: XmlElement): number {
  const codec = charset(layout.charset)
  const textBytes = (text: XmlText | undefined): number => {
    if (!text) return 0
    if (text.kind === 'literal') return codec.byteLength(text.text) * escapeBytes
    const { column, isAlternative } = text.place
    if (isAlternative) return 0
    return column.maxBytes * (freeItems.has(column.item) ? escapeBytes : 1)
  }
  const attributes = element.attributes.reduce(
    (sum, { name, text }) => sum + codec.byteLength(name) + 4 + textBytes(text),
    0,
  )
  const children = element.children.reduce((sum, child) => sum + elementBytes(layout, child), 0)
  return 2 * codec.byteLength(element.name) + 5 + attributes + textBytes(element.text) + children
}
