/**
 * Reads refund notices of the treasury (2203 and its kin, bank-formats §9): `<Voucher>` documents, one or several in a
 * file. Each detail is a return of its own; without details the voucher is one. A notice may write amounts as negative.
 */
import { charset } from '../values/charset.ts'
import { isCalendarDate } from '../values/identifiers.ts'
import { xmlEvents } from '../xml/xml-events.ts'
import { type BookedEntry, entryClassifier } from './classify-entry.ts'
import type { StatementReader } from './compiled-statement.ts'
import { magnitude, signedYuan } from './statement-amount.ts'
import { type StatementBook, statementBook } from './statement-book.ts'
import { totalRefusal } from './statement-chain.ts'
import type { VoucherSpec } from './statement-schema.ts'

type Fields = Map<string, string>

const root = 'Voucher/'
const detailRoot = 'Voucher/DetailList/Detail/'

const known: ReadonlySet<string> = new Set([
  'Id',
  'StYear',
  'VtCode',
  'VouDate',
  'VoucherNo',
  'AgentBusinessNo',
  'OriBillNo',
  'PayAcctNo',
  'PayAcctName',
  'PayeeAcctNo',
  'PayeeAcctName',
  'PayAmt',
  'PaySummaryName',
  'ReturnReasonName',
  'XAddWord',
  'Remark',
])

/** Makes the reader of one file. */
export function voucherReader(spec: VoucherSpec, account: string | undefined): StatementReader {
  const book = statementBook(entryClassifier(spec), account)
  const vouchers = voucherTaker(spec, book, account)
  const events = xmlEvents(
    { codec: charset(spec.charset), documents: 'many' },
    { ...vouchers, refuse: book.refuse },
  )
  vouchers.lineOf(events.line)
  return {
    read: (chunk) => {
      events.push(chunk)
      return book.take()
    },
    end: () => {
      events.end()
      return book.end()
    },
  }
}

interface Voucher {
  readonly fields: Fields
  readonly lineNo: number
  detail: Fields
  details: number
  detailsFen: bigint
}

function voucherTaker(spec: VoucherSpec, book: StatementBook, account: string | undefined) {
  let line = (): number => 1
  let voucher: Voucher | undefined
  const say = (fields: Fields, name: string, text: string): void => {
    if (!known.has(name) || text === '') return
    if (fields.has(name))
      book.refuse({ code: 'LAYOUT', lineNo: line(), facts: { path: name, found: 'twice' } })
    else fields.set(name, text)
  }
  const takeDetail = (open: Voucher): void => {
    open.details++
    const merged = new Map([...open.fields, ...open.detail])
    const entry = entryOf(merged, account, open.lineNo, open.detail.get('Id') ?? `${open.details}`)
    const fen = signedYuan(open.detail.get('PayAmt') ?? '')
    if (typeof entry === 'string' || fen === undefined) {
      const path = typeof entry === 'string' ? entry : 'PayAmt'
      book.refuse({ code: 'LAYOUT', lineNo: line(), facts: { path: `Detail/${path}` } })
      return
    }
    open.detailsFen += fen
    if (open.details === 1) openStatement(book, entry)
    post(book, entry)
  }
  const closeVoucher = (open: Voucher): void => {
    const { fields, lineNo } = open
    if (!spec.vouchers.includes(fields.get('VtCode') ?? '')) {
      book.refuse({ code: 'HEADER', lineNo, facts: { expected: spec.vouchers.join(' ') } })
      return
    }
    const fen = signedYuan(fields.get('PayAmt') ?? '')
    if (fen === undefined) {
      book.refuse({ code: 'LAYOUT', lineNo, facts: { path: 'PayAmt' } })
      return
    }
    if (open.details > 0) {
      if (fen !== open.detailsFen) book.refuse(totalRefusal('details', fen, open.detailsFen, lineNo))
      book.close({})
      return
    }
    const entry = entryOf(fields, account, lineNo, undefined)
    if (typeof entry === 'string') {
      book.refuse({ code: 'LAYOUT', lineNo, facts: { path: entry } })
      return
    }
    openStatement(book, entry)
    post(book, entry)
    book.close({})
  }
  return {
    lineOf: (of: () => number): void => {
      line = of
    },
    open: (path: string): void => {
      if (path === 'Voucher')
        voucher = { fields: new Map(), lineNo: line(), detail: new Map(), details: 0, detailsFen: 0n }
      else if (!path.includes('/')) {
        voucher = undefined
        book.refuse({ code: 'HEADER', lineNo: line(), facts: { expected: 'Voucher' } })
      } else if (path === detailRoot.slice(0, -1) && voucher) voucher.detail = new Map()
    },
    close: (path: string, text: string): void => {
      if (!voucher) return
      if (path === 'Voucher') closeVoucher(voucher)
      else if (path === detailRoot.slice(0, -1)) takeDetail(voucher)
      else if (path.startsWith(detailRoot)) say(voucher.detail, path.slice(detailRoot.length), text.trim())
      else say(voucher.fields, path.slice(root.length), text.trim())
    },
  }
}

const openStatement = (book: StatementBook, { account, lineNo }: BookedEntry): void =>
  book.open({ lineNo, ...(account === undefined ? {} : { account }) })

function post(book: StatementBook, entry: BookedEntry): void {
  book.post(entry)
  book.enter(entry)
}

/** Payer and payee may stand as in the order or swapped: ours is the account that was asked for, else the payer's. */
function entryOf(
  fields: Fields,
  ours: string | undefined,
  lineNo: number,
  detail: string | undefined,
): BookedEntry | string {
  const text = (name: string): string => fields.get(name) ?? ''
  const signed = signedYuan(text('PayAmt')) ?? 0n
  const bookedOn = text('VouDate').replaceAll('-', '')
  const number = text('AgentBusinessNo') || (text('VoucherNo') && `${text('StYear')}-${text('VoucherNo')}`)
  const swapped = ours !== undefined && text('PayeeAcctNo') === ours
  const [own, other] = swapped ? ['Payee', 'Pay'] : ['Pay', 'Payee']
  const account = text(`${own}AcctNo`)
  const counterAccount = text(`${other}AcctNo`)
  const counterName = text(`${other}AcctName`)
  if (signed === 0n) return 'PayAmt'
  if (!isCalendarDate(bookedOn)) return 'VouDate'
  if (number === '') return 'AgentBusinessNo'
  if (account === '') return 'PayAcctNo'
  return {
    lineNo,
    entryRef: detail === undefined ? number : `${number}-${detail}`,
    account,
    bookedOn,
    direction: 'credit',
    amountFen: magnitude(signed),
    reversal: false,
    ...(counterAccount === '' ? {} : { counterAccount }),
    ...(counterName === '' ? {} : { counterName }),
    texts: {
      code: text('VtCode'),
      summary: text('PaySummaryName'),
      purpose: text('ReturnReasonName') || text('XAddWord'),
      remark: text('Remark'),
      original: text('OriBillNo'),
    },
  }
}
