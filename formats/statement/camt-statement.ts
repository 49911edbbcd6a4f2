/** One statement or notification of a camt document: its head, its balances, its entries, in the order of the schema. */
import { isCalendarDate } from '../values/identifiers.ts'
import { camtEntry, type EntryHead, entryHead } from './camt-entry.ts'
import { type CamtScope, detailPath } from './camt-paths.ts'
import { isoAmount } from './statement-amount.ts'
import type { StatementBook } from './statement-book.ts'
import { totalRefusal } from './statement-chain.ts'

/** Follows one statement; paths are below it. */
export interface CamtStatement {
  open(path: string, lineNo: number): void
  /** Where the text of a path belongs. */
  scopeOf(path: string): CamtScope
  close(path: string, lineNo: number): void
  end(lineNo: number): void
}

/** An entry that is being read; its first transaction waits for a second one or for the end of the entry. */
interface OpenEntry {
  readonly scope: CamtScope
  readonly lineNo: number
  detail: CamtScope
  first: CamtScope | undefined
  head: EntryHead | undefined
  details: number
  detailsFen: bigint
}

/** Makes the follower of one statement; only a `statement` has balances. */
export function camtStatement(book: StatementBook, document: 'statement' | 'notification'): CamtStatement {
  const head: CamtScope = new Map()
  const balances = new Map<string, bigint>()
  let balance: CamtScope = new Map()
  let entry: OpenEntry | undefined
  let opened = false
  const layout = (lineNo: number, path: string): void =>
    book.refuse({ code: 'LAYOUT', lineNo, facts: { path } })
  const begin = (lineNo: number): void => {
    if (opened) return
    opened = true
    const account = head.get('Acct/Id/Othr/Id') ?? head.get('Acct/Id/IBAN')
    const openingFen = balances.get('opening')
    const from = dayOf(head.get('FrToDt/FrDtTm'))
    if (account === undefined) layout(lineNo, 'Acct/Id')
    if (openingFen === undefined && document === 'statement') layout(lineNo, 'Bal OPBD')
    book.open({
      lineNo,
      ...(account === undefined ? {} : { account }),
      ...(openingFen === undefined ? {} : { openingFen }),
      ...(from === undefined ? {} : { from }),
    })
  }
  return {
    open: (path, lineNo) => {
      if (path === 'Bal') balance = new Map()
      else if (path === 'Ntry') {
        begin(lineNo)
        entry = {
          scope: new Map(),
          lineNo,
          detail: new Map(),
          first: undefined,
          head: undefined,
          details: 0,
          detailsFen: 0n,
        }
      } else if (path === 'Ntry/NtryDtls/TxDtls' && entry) entry.detail = new Map()
    },
    scopeOf: (path) => {
      if (path.startsWith('Bal/')) return balance
      if (!entry || !path.startsWith('Ntry/')) return head
      return path.startsWith(detailPath) ? entry.detail : entry.scope
    },
    close: (path, lineNo) => {
      if (path === 'Bal') {
        if (opened) layout(lineNo, 'Bal behind Ntry')
        else if (!takeBalance(balances, balance)) layout(lineNo, 'Bal')
      } else if (path === 'Ntry/NtryDtls/TxDtls' && entry) takeDetail(book, head, entry)
      else if (path === 'Ntry' && entry) {
        closeEntry(book, head, entry)
        entry = undefined
      }
    },
    end: (lineNo) => {
      begin(lineNo)
      const closingFen = balances.get('closing')
      const to = dayOf(head.get('FrToDt/ToDtTm'))
      if (closingFen === undefined && document === 'statement') layout(lineNo, 'Bal CLBD')
      checkSummary(book, head, lineNo)
      book.close({
        lineNo,
        ...(closingFen === undefined ? {} : { closingFen }),
        ...(to === undefined ? {} : { to }),
      })
    },
  }
}

/** `2026-11-21T…` is 20261121; undefined for what is no day. */
function dayOf(text: string | undefined): string | undefined {
  const day = (text ?? '').slice(0, 10).replaceAll('-', '')
  return isCalendarDate(day) ? day : undefined
}

/** Pages have interim balances: the first one opens, the last one closes. Other kinds of balances are not needed. */
function takeBalance(balances: Map<string, bigint>, balance: CamtScope): boolean {
  const kind = balance.get('Bal/Tp/CdOrPrtry/Cd') ?? ''
  const amount = isoAmount(balance.get('Bal/Amt') ?? '')
  const mark = balance.get('Bal/CdtDbtInd')
  if (amount === undefined || (mark !== 'CRDT' && mark !== 'DBIT')) return false
  const fen = mark === 'DBIT' ? -amount : amount
  if (kind === 'OPBD' || (kind === 'PRCD' && !balances.has('opening'))) balances.set('opening', fen)
  else if (kind === 'CLBD') balances.set('closing', fen)
  else if (kind === 'ITBD') balances.set(balances.has('opening') ? 'closing' : 'opening', fen)
  return true
}

/** Amount and marks of the entry must stand before its transactions, as the schema has them. */
function headOf(book: StatementBook, entry: OpenEntry): EntryHead | undefined {
  if (entry.head) return entry.head
  const head = entryHead(entry.scope)
  if (typeof head === 'string') {
    book.refuse({ code: 'LAYOUT', lineNo: entry.lineNo, facts: { path: `Ntry/${head}` } })
    return undefined
  }
  entry.head = head
  return head
}

function takeDetail(book: StatementBook, statement: CamtScope, entry: OpenEntry): void {
  entry.details++
  if (entry.details === 1) {
    entry.first = entry.detail
    return
  }
  if (entry.first) showDetail(book, statement, entry, entry.first, 1)
  entry.first = undefined
  showDetail(book, statement, entry, entry.detail, entry.details)
}

function showDetail(
  book: StatementBook,
  statement: CamtScope,
  entry: OpenEntry,
  detail: CamtScope,
  place: number,
): void {
  const head = headOf(book, entry)
  if (!head) return
  const shown = camtEntry(statement, entry.scope, head, { detail, place, alone: false, lineNo: entry.lineNo })
  if (typeof shown === 'string') {
    book.refuse({ code: 'LAYOUT', lineNo: entry.lineNo, facts: { path: `${detailPath}${shown}` } })
    return
  }
  entry.detailsFen += shown.amountFen
  book.enter(shown)
}

function closeEntry(book: StatementBook, statement: CamtScope, entry: OpenEntry): void {
  const { lineNo } = entry
  const head = headOf(book, entry)
  if (!head) return
  const { direction, amountFen } = head
  book.post({ direction, amountFen, lineNo })
  if (entry.details > 1) {
    if (entry.detailsFen !== amountFen)
      book.refuse(totalRefusal('TxDtls', amountFen, entry.detailsFen, lineNo))
  } else {
    const detail = entry.first ?? new Map<string, string>()
    const shown = camtEntry(statement, entry.scope, head, { detail, place: 1, alone: true, lineNo })
    if (typeof shown === 'string') book.refuse({ code: 'LAYOUT', lineNo, facts: { path: `Ntry/${shown}` } })
    else book.enter(shown)
  }
  checkBatch(book, entry, amountFen)
}

/** What an entry says of its package; without transactions only the amount can be compared. */
function checkBatch(book: StatementBook, { scope, details, lineNo }: OpenEntry, amountFen: bigint): void {
  const count = scope.get('NtryDtls/Btch/NbOfTxs')
  const total = scope.get('NtryDtls/Btch/TtlAmt')
  if (count !== undefined && details > 0 && count !== `${details}`)
    book.refuse({
      code: 'COUNT',
      lineNo,
      facts: { what: 'Btch', stated: count.slice(0, 15), found: details },
    })
  const stated = total === undefined ? undefined : isoAmount(total)
  if (total !== undefined && stated === undefined)
    book.refuse({ code: 'LAYOUT', lineNo, facts: { path: 'Ntry/NtryDtls/Btch/TtlAmt' } })
  else if (stated !== undefined && stated !== amountFen)
    book.refuse(totalRefusal('Btch', stated, amountFen, lineNo))
}

/** Counts and sums that the statement states of its entries. */
function checkSummary({ current, refuse }: StatementBook, head: CamtScope, lineNo: number): void {
  const { count, debits, credits, debitFen, creditFen } = current
  const rules: readonly (readonly [string, number, bigint])[] = [
    ['TtlNtries', count, debitFen + creditFen],
    ['TtlCdtNtries', credits, creditFen],
    ['TtlDbtNtries', debits, debitFen],
  ]
  for (const [what, found, foundFen] of rules) {
    const stated = head.get(`TxsSummry/${what}/NbOfNtries`)
    const sum = head.get(`TxsSummry/${what}/Sum`)
    if (stated !== undefined && stated !== `${found}`)
      refuse({ code: 'COUNT', lineNo, facts: { what, stated: stated.slice(0, 15), found } })
    const statedFen = sum === undefined ? undefined : isoAmount(sum)
    if (sum !== undefined && statedFen === undefined)
      refuse({ code: 'LAYOUT', lineNo, facts: { path: `TxsSummry/${what}/Sum` } })
    else if (statedFen !== undefined && statedFen !== foundFen)
      refuse(totalRefusal(what, statedFen, foundFen, lineNo))
  }
}
