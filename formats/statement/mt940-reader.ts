/**
 * Reads MT940 customer statements: several in one file, each perhaps over pages whose intermediate balances follow each
 * other. Tags must come in SWIFT's order, currency is CNY, every balance must tie.
 */
import { charset } from '../values/charset.ts'
import { entryClassifier } from './classify-entry.ts'
import type { StatementReader } from './compiled-statement.ts'
import { type SwiftField, swiftCutter } from './mt940-fields.ts'
import { swiftTexts } from './mt940-texts.ts'
import { type SwiftEntryLine, statementNumber, swiftBalance, swiftEntryLine } from './mt940-values.ts'
import { type StatementBook, statementBook } from './statement-book.ts'
import type { StatementSpec } from './statement-schema.ts'

/** Makes the reader of one file. */
export function mt940Reader(spec: StatementSpec, account: string | undefined): StatementReader {
  const book = statementBook(entryClassifier(spec), account)
  const messages = messageReader(book)
  const cutter = swiftCutter(charset(spec.charset), {
    field: messages.field,
    message: messages.end,
    refuse: book.refuse,
  })
  return {
    read: (chunk) => {
      cutter.push(chunk)
      return book.take()
    },
    end: () => {
      if (cutter.end()) messages.endOfFile()
      return book.end()
    },
  }
}

/** Tags of a message by what may follow them. */
const followers: Readonly<Record<string, readonly string[]>> = {
  start: ['20'],
  '20': ['21', '25', '25P'],
  '21': ['25', '25P'],
  '25': ['28C'],
  '28C': ['60F', '60M'],
  '60': ['61', '62F', '62M'],
  '61': ['86', '61', '62F', '62M'],
  '86': ['61', '62F', '62M'],
  '62': ['64', '65', '86'],
  '64': ['65', '86'],
  '65': ['65', '86'],
  info: [],
}

/** The place that a tag takes in the order. */
const placeOf = (tag: string, before: string): string => {
  if (tag === '86' && ['62', '64', '65'].includes(before)) return 'info'
  return ['25P', '60F', '60M', '62F', '62M'].includes(tag) ? tag.slice(0, 2) : tag
}

interface Pending {
  readonly line: SwiftEntryLine
  readonly lineNo: number
  readonly behind: readonly string[]
  readonly texts: readonly string[]
}

/** What is known of the statement that is being read. */
interface Message {
  place: string
  account: string
  no: string
  page: number
  openedOn: string
  entryNo: number
}

const newMessage = (): Message => ({ place: 'start', account: '', no: '', page: 1, openedOn: '', entryNo: 0 })

type Layout = (lineNo: number, expected: string) => void

function messageReader(book: StatementBook) {
  let message = newMessage()
  let pending: Pending | undefined
  const layout: Layout = (lineNo, expected) => book.refuse({ code: 'LAYOUT', lineNo, facts: { expected } })
  const balances = pageBalances(book, layout)
  const flush = (): void => {
    if (pending) enter(book, message, pending)
    pending = undefined
  }
  const takers: Readonly<Record<string, (field: SwiftField) => void>> = {
    '25': (field) => {
      message.account = (field.lines[0] ?? '').split('/').at(-1)?.trim() ?? ''
      if (message.account === '') layout(field.lineNo, ':25: account')
    },
    '28C': (field) => {
      const read = statementNumber(field.lines[0] ?? '')
      if (!read) layout(field.lineNo, ':28C: number/page')
      else Object.assign(message, read)
    },
    '60': (field) => balances.open(field, message),
    '61': (field) => {
      flush()
      const line = swiftEntryLine(field.lines[0] ?? '')
      if (typeof line === 'string') layout(field.lineNo, line)
      else pending = { line, lineNo: field.lineNo, behind: field.lines.slice(1), texts: [] }
    },
    '86': (field) => {
      if (pending) pending = { ...pending, texts: field.lines }
    },
    '62': (field) => {
      flush()
      balances.close(field, message)
    },
    '64': (field) => checkBalance(field, layout),
    '65': (field) => checkBalance(field, layout),
  }
  return {
    field: (field: SwiftField): void => {
      const known = (followers[message.place] ?? []).includes(field.tag)
      if (!known) layout(field.lineNo, `not :${field.tag}: here`)
      message.place = placeOf(field.tag, message.place)
      if (field.lines.length > 1 && !['61', '86', 'info'].includes(message.place))
        layout(field.lineNo, `one line of :${field.tag}:`)
      takers[message.place]?.(field)
    },
    end: (lineNo: number): void => {
      flush()
      if (!['62', '64', '65', 'info'].includes(message.place))
        book.refuse({ code: 'TRUNCATED', lineNo, facts: { expected: ':62F:' } })
      message = newMessage()
    },
    endOfFile: balances.endOfFile,
  }
}

/** Opening and closing balances, over the pages of a statement. */
function pageBalances(book: StatementBook, layout: Layout) {
  /** A page whose statement goes on. */
  let unfinished: Message | undefined
  return {
    open: (field: SwiftField, message: Message): void => {
      const balance = swiftBalance(field.lines[0] ?? '')
      if (typeof balance === 'string') {
        layout(field.lineNo, balance)
        return
      }
      if (!pageFollows(unfinished, message, field.tag === '60M'))
        book.refuse({ code: 'PAGE', lineNo: field.lineNo, facts: { page: message.page, tag: field.tag } })
      message.openedOn = balance.day
      unfinished = undefined
      const { account } = message
      book.open({ account, openingFen: balance.fen, from: balance.day, lineNo: field.lineNo })
    },
    close: (field: SwiftField, message: Message): void => {
      const balance = swiftBalance(field.lines[0] ?? '')
      if (typeof balance === 'string') {
        layout(field.lineNo, balance)
        return
      }
      unfinished = field.tag === '62M' ? message : undefined
      book.close({ closingFen: balance.fen, to: balance.day, lineNo: field.lineNo })
    },
    endOfFile: (): void => {
      if (unfinished)
        book.refuse({ code: 'PAGE', facts: { expected: 'the next page', page: unfinished.page } })
    },
  }
}

function checkBalance(field: SwiftField, layout: Layout): void {
  const balance = swiftBalance(field.lines[0] ?? '')
  if (typeof balance === 'string') layout(field.lineNo, balance)
}

/** An intermediate opening follows the page before it; a final one begins a statement at its first page. */
function pageFollows(before: Message | undefined, now: Message, goesOn: boolean): boolean {
  if (!goesOn) return before === undefined && now.page === 1
  return (
    before !== undefined &&
    before.account === now.account &&
    before.no === now.no &&
    before.page + 1 === now.page
  )
}

/** Without a bank's reference the place in the statement names the entry, the same whenever the statement is sent. */
function enter(book: StatementBook, message: Message, { line, lineNo, behind, texts: lines }: Pending): void {
  const { direction, amountFen, bookedOn, reversal, type, reference, bankReference } = line
  const texts = swiftTexts(lines, behind)
  const { counterAccount, counterName, summary, purpose, remark } = texts
  message.entryNo++
  book.post({ direction, amountFen, lineNo })
  book.enter({
    lineNo,
    entryRef: bankReference || `${message.openedOn}-${message.no}-${message.page}-${message.entryNo}`,
    account: message.account,
    bookedOn,
    direction,
    amountFen,
    reversal,
    ...(counterAccount === '' ? {} : { counterAccount }),
    ...(counterName === '' ? {} : { counterName }),
    texts: { code: type, summary, purpose, remark, reference },
  })
}
