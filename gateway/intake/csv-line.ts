/**
 * CSV after RFC 4180 with one house rule: a row never spans lines, since no field of ours may hold a line break.
 * The first line names the columns as NDJSON names its members; an empty cell is an absent field.
 */

import { type Problem, problem } from './finding.ts'
import { type FieldFlaw, instructionFields, requiredFields, shownName } from './instruction-line.ts'

/** The cells of one row; undefined when a quote does not close or text follows one. */
export function splitCsv(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',')
  const cells: string[] = []
  let at = 0
  for (;;) {
    const cell = line[at] === '"' ? quotedCell(line, at) : plainCell(line, at)
    if (!cell) return undefined
    cells.push(cell.text)
    if (cell.end >= line.length) return cells
    at = cell.end + 1
  }
}

interface Cell {
  readonly text: string
  /** Where the comma after the cell stands, or the line's length. */
  readonly end: number
}

function plainCell(line: string, from: number): Cell | undefined {
  const comma = line.indexOf(',', from)
  const end = comma < 0 ? line.length : comma
  const text = line.slice(from, end)
  return text.includes('"') ? undefined : { text, end }
}

function quotedCell(line: string, from: number): Cell | undefined {
  let end = line.indexOf('"', from + 1)
  while (end >= 0 && line[end + 1] === '"') end = line.indexOf('"', end + 2)
  if (end < 0 || (end + 1 < line.length && line[end + 1] !== ',')) return undefined
  return { text: line.slice(from + 1, end).replaceAll('""', '"'), end: end + 1 }
}

/** Reads the header row: its columns, or why it is refused. Names that do not look like names are not repeated. */
export function readCsvHeader(line: string): { columns: readonly string[] } | { problem: Problem } {
  const columns = splitCsv(line)
  if (!columns) return { problem: problem('CSV_HEADER', { reason: 'quotes' }) }
  const unknown = columns.findIndex((name) => !instructionFields.includes(name))
  const repeated = columns.findIndex((name, index) => columns.indexOf(name) < index)
  const missing = requiredFields.find((name) => !columns.includes(name))
  if (unknown >= 0) {
    return {
      problem: problem('CSV_HEADER', { unknown: shownName(columns[unknown] ?? ''), column: unknown + 1 }),
    }
  }
  if (repeated >= 0)
    return { problem: problem('CSV_HEADER', { repeated: columns[repeated] ?? '', column: repeated + 1 }) }
  return missing === undefined ? { columns } : { problem: problem('CSV_HEADER', { missing }) }
}

/** A row as the members that the same line would have in NDJSON, or what is wrong with it. */
export function parseCsvLine(
  line: string,
  columns: readonly string[],
): { record: Readonly<Record<string, string | number>> } | { flaw: FieldFlaw } {
  const cells = splitCsv(line)
  if (!cells) return { flaw: { field: '', code: 'LINE_NOT_CSV', facts: {} } }
  if (cells.length !== columns.length) {
    return {
      flaw: { field: '', code: 'COLUMN_COUNT', facts: { expected: columns.length, found: cells.length } },
    }
  }
  const record: Record<string, string | number> = {}
  for (const [index, name] of columns.entries()) {
    const cell = cells[index] ?? ''
    if (cell !== '') record[name] = name === 'amountFen' ? plainInteger(cell) : cell
  }
  return { record }
}

/** Digits become a number; anything else stays text, which the line's shape then refuses. */
const plainInteger = (cell: string): string | number =>
  /^(0|-?[1-9]\d{0,18})$/.test(cell) ? Number(cell) : cell
