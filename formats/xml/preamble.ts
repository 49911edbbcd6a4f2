/**
 * Lines of fixed columns before a document, as the header block of CNAPS2 (bank-formats §10). A column without a
 * width takes what the others leave, as the signature does.
 */
import type { FileRefusal } from '../bank-file.ts'
import { cellReader } from '../lines/cell-reader.ts'
import { cellWriter, forbiddenText } from '../lines/cell-writer.ts'
import type { Column } from '../lines/column.ts'
import { type Stated, statedTaker } from '../lines/stated-facts.ts'
import { type Charset, charset, UndecodableBytes } from '../values/charset.ts'
import { fixedCells } from '../wire/cells.ts'
import { type DocumentFacts, factText } from './template-writer.ts'
import type { XmlLayout } from './xml-layout.ts'

/** Longest line that is looked at, wherever the chunks were cut; a signature is the only long one. */
const maxPreambleBytes = 64 * 1024

/** Width of a column in bytes; undefined where it takes the rest. */
export const preambleWidth = (codec: Charset, column: Column): number | undefined =>
  column.bytes ?? (column.item === 'literal' ? codec.byteLength(column.value) : undefined)

/** Lines before the document, line breaks included; throws `CellRefused` for what has outgrown its column. */
export function preambleText(layout: XmlLayout, facts: DocumentFacts): string {
  const codec = charset(layout.charset)
  const forbidden = forbiddenText('')
  const cell = (column: Column): string => {
    const ours = column.item === 'literal' || column.item === 'any'
    const room = Buffer.alloc(column.maxBytes + 256)
    const text = factText(column, facts) ?? ''
    const end = cellWriter(codec, column, ours ? undefined : forbidden)(room, 0, text)
    return codec.decode(room.subarray(0, end))
  }
  return layout.preamble.map((columns) => `${columns.map(cell).join('')}${layout.newline}`).join('')
}

/** Reads the lines before a document. */
export interface PreambleReader {
  /** Gives the bytes that belong to the document, once there are any. */
  push(chunk: Buffer): Buffer | undefined
  /** False when the file ended before its document; the file is refused then. */
  end(): boolean
}

/** Makes the reader of one file's preamble; `take` is called with what it states. */
export function preambleReader(
  layout: XmlLayout,
  settings: Readonly<Record<string, string>> | undefined,
  take: (stated: Stated) => void,
  refuse: (refusal: FileRefusal) => void,
): PreambleReader {
  let held: Buffer = Buffer.alloc(0)
  let lineNo = 0
  let broken = false
  const newline = Buffer.from(layout.newline)
  const takeLine = (bytes: Buffer): void => {
    const columns = layout.preamble[lineNo++] ?? []
    const { stated, wrong } = readLine(charset(layout.charset), columns, settings, bytes)
    if (wrong.length > 0) refuse({ code: 'HEADER', lineNo, facts: { columns: wrong.join('、') } })
    take(stated)
  }
  return {
    push: (chunk) => {
      if (broken) return undefined
      if (lineNo === layout.preamble.length) return chunk
      held = Buffer.concat([held, chunk])
      while (lineNo < layout.preamble.length) {
        const end = held.indexOf(newline)
        if (end < 0 || end > maxPreambleBytes) break
        takeLine(held.subarray(0, end))
        held = held.subarray(end + newline.length)
      }
      if (lineNo === layout.preamble.length) return held
      broken = held.length >= maxPreambleBytes + newline.length
      if (broken)
        refuse({ code: 'LINE_TOO_LONG', lineNo: lineNo + 1, facts: { limitBytes: maxPreambleBytes } })
      return undefined
    },
    end: () => {
      if (broken) return false
      if (lineNo === layout.preamble.length) return true
      if (lineNo === 0 && held.length === 0) refuse({ code: 'EMPTY', facts: {} })
      else refuse({ code: 'TRUNCATED', lineNo: lineNo + 1, facts: { inside: 'line' } })
      return false
    },
  }
}

function readLine(
  codec: Charset,
  columns: readonly Column[],
  settings: Readonly<Record<string, string>> | undefined,
  bytes: Buffer,
): { readonly stated: Stated; readonly wrong: readonly string[] } {
  const stated: Stated = {}
  const cells = cellsOf(codec, columns, bytes)
  if (!cells) return { stated, wrong: ['another shape'] }
  const wrong = columns.flatMap((column, index) => {
    const text = cellReader(codec, column, true)(cells[index] ?? '')
    const skipped = text === '' && !column.required
    return skipped || (text !== undefined && statedTaker(column, settings)(text, stated))
      ? []
      : [column.title]
  })
  return { stated, wrong }
}

function cellsOf(codec: Charset, columns: readonly Column[], bytes: Buffer): readonly string[] | undefined {
  const widths = columns.map((column) => preambleWidth(codec, column))
  const rest = bytes.length - widths.reduce<number>((sum, width) => sum + (width ?? 0), 0)
  if (rest < 0) return undefined
  try {
    return fixedCells(
      codec,
      widths.map((width) => width ?? rest),
    )(codec.decode(bytes))
  } catch (error) {
    if (error instanceof UndecodableBytes) return undefined
    throw error
  }
}
