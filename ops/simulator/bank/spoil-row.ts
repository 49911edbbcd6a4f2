/**
 * Spells the amount in a written row as some banks do, or makes the row unreadable. Rows are bytes of any layout, so the
 * amount is looked for as text; a row of fixed width keeps its width.
 */
import { formatYuan, type Money } from '../../../formats/values/money.ts'

/** What is done to the bytes of a row. */
export type RowSpoil =
  | 'amount-without-zero'
  | 'amount-grouped'
  | 'amount-with-unit'
  | 'poison-line'
  | 'text-only'

/** What spoiling uses of a layout: where rows have fixed widths and how characters are encoded. */
export interface SpoilLayout {
  readonly layout: 'fixed' | 'delimited' | 'xml'
  encode(text: string): Buffer
}

/** What a written row says, as far as spoiling looks for it. */
export interface SpoiledLine {
  readonly amountFen: Money
  readonly bankCode: string
}

/** The row with its amount spelled otherwise, or without its code; as it was where the row holds neither. */
export function spoilRow(row: Buffer, line: SpoiledLine, spoil: RowSpoil, layout: SpoilLayout): Buffer {
  const { amountFen, bankCode } = line
  if (spoil === 'text-only') return withoutCode(row, bankCode, layout.layout === 'fixed')
  const yuan = formatYuan(amountFen)
  const found = [yuan, amountFen.toString()].flatMap((text) => {
    const at = row.lastIndexOf(text, undefined, 'latin1')
    return at < 0 ? [] : [{ text, at }]
  })[0]
  if (found === undefined) return spoil === 'poison-line' ? poisoned(row) : row
  const spelled = spellingOf(found.text, spoil)
  if (spelled === undefined) return row
  return replaced(row, found.at, found.text.length, layout.encode(spelled), layout.layout === 'fixed')
}

function withoutCode(row: Buffer, code: string, keepWidth: boolean): Buffer {
  const at = row.lastIndexOf(code, undefined, 'latin1')
  if (at < 0 || code === '') return row
  const blank = Buffer.alloc(keepWidth ? code.length : 0, ' ')
  return Buffer.concat([row.subarray(0, at), blank, row.subarray(at + code.length)])
}

function spellingOf(text: string, spoil: Exclude<RowSpoil, 'text-only'>): string | undefined {
  switch (spoil) {
    case 'amount-without-zero':
      return /^0\./.test(text) ? text.slice(1) : undefined
    case 'amount-grouped':
      return text.includes('.') && text.length > 6 ? text.replace(/\B(?=(\d{3})+\.)/g, ',') : undefined
    case 'amount-with-unit':
      return text.includes('.') ? `${text}元` : undefined
    case 'poison-line':
      return 'X'.repeat(text.length)
  }
}

/** In a fixed width what is put in takes its room from the padding before it, or gives room back to it. */
function replaced(row: Buffer, at: number, length: number, put: Buffer, keepWidth: boolean): Buffer {
  const grown = put.length - length
  const before = row.subarray(0, at)
  const after = row.subarray(at + length)
  if (!keepWidth || grown === 0) return Buffer.concat([before, put, after])
  if (grown < 0) return Buffer.concat([before, Buffer.alloc(-grown, ' '), put, after])
  return Buffer.concat([before.subarray(0, Math.max(0, at - grown)), put, after])
}

/** A row without an amount is made unreadable as text. */
function poisoned(row: Buffer): Buffer {
  const spoiled = Buffer.from(row)
  spoiled.fill(0xff, Math.floor(row.length / 3), Math.floor(row.length / 2))
  return spoiled
}
