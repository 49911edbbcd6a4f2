/** Rulers under a line of a bank file: every tenth byte of the output charset, and where fixed columns begin. */
import type { Charset } from '../../formats/values/charset.ts'
import { displayWidth } from './text-table.ts'

/** A column of a fixed layout, as far as a ruler shows it. */
export interface RuledColumn {
  readonly title: string
  readonly bytes: number
}

/** Marks every tenth byte under the character that it belongs to; wide characters take two columns of a screen. */
export function byteRuler(codec: Charset, line: string): string {
  let ruler = ''
  let column = 0
  let bytes = 0
  for (const character of line) {
    const before = Math.floor(bytes / 10)
    bytes += codec.byteLength(character)
    const mark = Math.floor(bytes / 10)
    if (mark > before) ruler = `${ruler.padEnd(column, '.')}${mark * 10}`
    column += displayWidth(character)
  }
  return `${ruler.padEnd(column, '.')} ${bytes} bytes`
}

/** A bar where each column begins, with its number and as much of its title as fits. */
export function columnRuler(codec: Charset, line: string, columns: readonly RuledColumn[]): string {
  return cellsByBytes(codec, line, columns)
    .map((cell, at) => label(`|${at + 1} ${columns[at]?.title ?? ''}`, displayWidth(cell)))
    .join('')
}

/** Cuts a line into the texts of its fixed columns, by bytes. */
export function cellsByBytes(
  codec: Charset,
  line: string,
  columns: readonly RuledColumn[],
): readonly string[] {
  const characters = [...line]
  let at = 0
  return columns.map(({ bytes }) => {
    let cell = ''
    for (let left = bytes; left > 0 && at < characters.length; at++) {
      const character = characters[at] ?? ''
      cell += character
      left -= codec.byteLength(character)
    }
    return cell
  })
}

function label(text: string, width: number): string {
  let shown = ''
  for (const character of text) {
    if (displayWidth(shown + character) > width) break
    shown += character
  }
  return shown + ' '.repeat(width - displayWidth(shown))
}
