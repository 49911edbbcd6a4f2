/**
 * Rows of a JSON interface and lines of a delimited layout, the same texts in another order of writing: one line is one
 * row, one column one member. Nothing is read as a number, trimmed or made up.
 */
import type { JsonTree } from '../../../crypto/gm/canonical-json.ts'

/** A value that cannot be told as a line or a row; `message` names the place and never the value. */
export class RowUnfit extends Error {
  override readonly name = 'RowUnfit'
}

/** Rows of a composed file. Throws RowUnfit for a line with other columns than the keys name, and for bytes that are not UTF-8. */
export function rowsOfLines(
  content: Buffer,
  keys: readonly string[],
  delimiter: string,
): readonly Readonly<Record<string, string>>[] {
  const lines = decoded(content).split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line, index) => {
    const columns = line.split(delimiter)
    if (columns.length !== keys.length) throw new RowUnfit(`line ${index + 1} has ${columns.length} columns`)
    return Object.fromEntries(keys.map((key, at) => [key, columns[at] ?? '']))
  })
}

function decoded(content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    throw new RowUnfit('the content is not UTF-8')
  }
}

/** Lines of the rows of an answer, each with its newline. Throws RowUnfit for a member that would break a line. */
export function linesOfRows(rows: readonly JsonTree[], keys: readonly string[], delimiter: string): Buffer {
  const lines = rows.map((row, index) =>
    keys.map((key) => columnOf(memberOf(row, key), delimiter, `row ${index + 1}, ${key}`)).join(delimiter),
  )
  return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8')
}

function columnOf(value: JsonTree | undefined, delimiter: string, place: string): string {
  const text = value === undefined ? '' : textOf(value)
  if (text === undefined) throw new RowUnfit(`${place} is no text`)
  if (text.includes(delimiter) || /[\r\n]/.test(text)) throw new RowUnfit(`${place} would break its line`)
  return text
}

/** A member of an object; undefined for anything else. */
export const memberOf = (tree: JsonTree | undefined, key: string): JsonTree | undefined =>
  tree?.kind === 'object' ? tree.members.get(key) : undefined

/** The items of an array; none for anything else. */
export const itemsOf = (tree: JsonTree | undefined): readonly JsonTree[] =>
  tree?.kind === 'array' ? tree.items : []

/** The text of a string, or of a number as it was written; undefined for anything else. */
export function textOf(tree: JsonTree | undefined): string | undefined {
  if (tree?.kind === 'string') return tree.value
  return tree?.kind === 'number' ? tree.text : undefined
}
