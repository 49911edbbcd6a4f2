/**
 * Scans decoded text once for the units that matter to whoever cuts it: ends of lines, delimiters, characters of
 * more than one byte. A loop over a typed array takes half the time of one over a string, so that cells are found,
 * trimmed and checked by the units and only what is kept becomes a string.
 */

/** Text that was scanned. The arrays are longer than the text needs and belong to the next one once it is scanned. */
export interface TextBlock {
  readonly text: string
  /** The UTF-16 units of the text. */
  readonly units: Uint16Array
  /** Places of the units that are not ordinary, in order. */
  readonly marks: Int32Array
}

/** A text and how many marks it has. */
export interface ScannedText {
  readonly block: TextBlock
  readonly markCount: number
}

/** What a unit is to a scanner; 0 is an ordinary one. */
export const unitKind = { mark: 1, odd: 2, end: 3 } as const

/** Kinds of all UTF-16 units. */
export type UnitKinds = Uint8Array

/** Kinds that mark the first unit of a delimiter and nothing else. */
export function delimiterKinds(delimiter: string): UnitKinds {
  const kinds = new Uint8Array(0x10000)
  kinds[delimiter.charCodeAt(0)] = unitKind.mark
  return kinds
}

/** Kinds that mark every unit but the printable ones of one byte. */
export const wideKinds = (): UnitKinds => new Uint8Array(0x10000).fill(unitKind.mark).fill(0, 0x20, 0x7f)

/** Gives the units of one text after another, always in the same array; it is longer than the text. */
export function unitBuffer(): (text: string) => Uint16Array {
  let units = new Uint16Array(16)
  let bytes = Buffer.from(units.buffer)
  return (text) => {
    if (text.length > units.length) {
      units = new Uint16Array(2 ** Math.ceil(Math.log2(text.length)))
      bytes = Buffer.from(units.buffer)
    }
    bytes.write(text, 'utf16le')
    return units
  }
}

/** Makes a scanner that reuses its arrays from text to text. */
export function unitScanner(kinds: UnitKinds): (text: string) => ScannedText {
  const unitsOf = unitBuffer()
  let marks = new Int32Array(0)
  return (text) => {
    const units = unitsOf(text)
    if (marks.length < units.length) marks = new Int32Array(units.length)
    return { block: { text, units, marks }, markCount: findMarks(kinds, units, text.length, marks) }
  }
}

/** Looks at two units at a time, since few are marked. */
function findMarks(kinds: UnitKinds, units: Uint16Array, length: number, marks: Int32Array): number {
  const pairEnd = length & ~1
  let markCount = 0
  for (let at = 0; at < pairEnd; at += 2) {
    const first = kinds[units[at] ?? 0] ?? 0
    const second = kinds[units[at + 1] ?? 0] ?? 0
    if ((first | second) === 0) continue
    if (first !== 0) marks[markCount++] = at
    if (second !== 0) marks[markCount++] = at + 1
  }
  if (pairEnd < length && kinds[units[pairEnd] ?? 0] !== 0) marks[markCount++] = pairEnd
  return markCount
}
