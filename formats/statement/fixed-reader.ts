/**
 * Reads statements of fixed-width lines, such as CIB's 530 bytes (bank-formats §4.3). Widths are bytes of the charset,
 * the newline not counted. There is no header and no end line: what proves the file is its running balance.
 */
import type { FileRefusal } from '../bank-file.ts'
import { charset } from '../values/charset.ts'
import { isCalendarDate } from '../values/identifiers.ts'
import { fixedCells } from '../wire/cells.ts'
import { lineCutter } from '../wire/line-cutter.ts'
import { type BookedEntry, entryClassifier } from './classify-entry.ts'
import type { StatementReader } from './compiled-statement.ts'
import { magnitude, signedYuan } from './statement-amount.ts'
import { statementBook } from './statement-book.ts'
import type { FixedSpec } from './statement-schema.ts'

type Item = FixedSpec['columns'][number]['item']

/** Makes the reader of one file. */
export function fixedReader(spec: FixedSpec, account: string | undefined): StatementReader {
  const book = statementBook(entryClassifier(spec), account)
  const readLine = lineReader(spec, account)
  const widthBytes = spec.columns.reduce((sum, column) => sum + column.bytes, 0)
  const cutter = lineCutter(
    charset(spec.charset),
    {
      newline: spec.newline === 'crlf' ? '\r\n' : '\n',
      finalNewline: true,
      maxLineBytes: 4 * widthBytes,
      refuseControls: 'no',
    },
    {
      take: (line, lineNo) => {
        if (line === undefined) return
        const entry = readLine(line, lineNo)
        if ('facts' in entry) return book.refuse(entry)
        book.post(entry)
        book.enter(entry)
      },
      refuse: book.refuse,
      isWhole: () => false,
    },
  )
  book.open(account === undefined ? {} : { account })
  return {
    read: (chunk) => {
      cutter.push(chunk)
      return book.take()
    },
    end: () => {
      if (cutter.end()) book.close({})
      return book.end()
    },
  }
}

/** Reads one line to an entry, or says which column is not as the layout says. */
function lineReader(spec: FixedSpec, account: string | undefined) {
  const widths = spec.columns.map((column) => column.bytes)
  const widthBytes = widths.reduce((sum, width) => sum + width, 0)
  const split = fixedCells(charset(spec.charset), widths)
  const places = new Map(spec.columns.map(({ item }, index) => [item, index]))
  const meanings = new Map(
    spec.columns.map(({ item, values = {} }) => [item, new Map(Object.entries(values))]),
  )
  let cells: readonly string[] = []
  const text: TextOf = (item) => (cells[places.get(item) ?? -1] ?? '').trim()
  const meaning: MeaningOf = (item) => meanings.get(item)?.get(text(item))
  const rules = itemRules(text, meaning).filter(([item]) => places.has(item))
  return (line: string, lineNo: number): BookedEntry | FileRefusal => {
    const found = split(line)
    if (!found) return refused(lineNo, { expected: `${widthBytes} bytes` })
    cells = found
    const wrong = rules.find(([, good]) => !good())
    return wrong ? refused(lineNo, { column: wrong[0] }) : entryOf(text, meaning, lineNo, account)
  }
}

type TextOf = (item: Item) => string
type MeaningOf = (item: Item) => string | undefined

const itemRules = (text: TextOf, meaning: MeaningOf): readonly (readonly [Item, () => boolean])[] => [
  ['serial', () => /^[0-9A-Za-z-]+$/u.test(text('serial'))],
  ['part', () => /^[0-9A-Za-z]*$/u.test(text('part'))],
  ['date', () => isCalendarDate(text('date'))],
  ['amount', () => (signedYuan(text('amount')) ?? 0n) !== 0n],
  ['balance', () => signedYuan(text('balance')) !== undefined],
  ['currency', () => meaning('currency') === 'cny'],
  ['direction', () => meaning('direction') !== undefined],
  ['reversal', () => meaning('reversal') !== undefined],
]

/** A correction in red, with a minus, books on the same side and moves the money the other way. */
function entryOf(
  text: TextOf,
  meaning: MeaningOf,
  lineNo: number,
  account: string | undefined,
): BookedEntry | FileRefusal {
  const signed = signedYuan(text('amount')) ?? 0n
  const reversal = meaning('reversal') === 'yes'
  if (signed < 0n && !reversal) return refused(lineNo, { column: 'amount', found: 'minus' })
  const debit = (meaning('direction') === 'debit') === signed > 0n
  const part = text('part')
  const balanceFen = signedYuan(text('balance'))
  const counterAccount = text('counterAccount')
  const counterName = text('counterName')
  return {
    lineNo,
    entryRef: part === '' ? text('serial') : `${text('serial')}-${part}`,
    ...(account === undefined ? {} : { account }),
    bookedOn: text('date'),
    direction: debit ? 'debit' : 'credit',
    amountFen: magnitude(signed),
    reversal,
    ...(counterAccount === '' ? {} : { counterAccount }),
    ...(counterName === '' ? {} : { counterName }),
    ...(balanceFen === undefined ? {} : { balanceFen }),
    texts: {
      code: text('code'),
      summary: text('summary'),
      purpose: text('purpose'),
      remark: text('remark'),
    },
  }
}

const refused = (lineNo: number, facts: FileRefusal['facts']): FileRefusal => ({
  code: 'LAYOUT',
  lineNo,
  facts,
})
