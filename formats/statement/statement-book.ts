/**
 * Keeps the account of one file while it is read: entries, totals, balances, reasons to refuse it. Every layout posts
 * into it. Opening plus credits minus debits must make every balance that the bank states, otherwise the file is refused.
 */
import type { FileRefusal } from '../bank-file.ts'
import { type Money, money } from '../values/money.ts'
import type { BookedEntry, ClassifyEntry } from './classify-entry.ts'
import type { Direction, StatementEnd, StatementEntry } from './compiled-statement.ts'
import { accountChain, daySpan, totalRefusal } from './statement-chain.ts'

/** What a statement in the file says of itself at its beginning. */
export interface StatementHead {
  readonly account?: string
  readonly openingFen?: bigint
  readonly from?: string
  readonly lineNo?: number
}

/** One posting on the account. */
export interface Posting {
  readonly direction: Direction
  readonly amountFen: Money
  readonly balanceFen?: bigint
  readonly lineNo: number
}

/** What a statement says of itself at its end. */
export interface StatementTail {
  readonly closingFen?: bigint
  readonly to?: string
  readonly lineNo?: number
}

/** The account of one file. */
export interface StatementBook {
  refuse(refusal: FileRefusal): void
  open(head: StatementHead): void
  /** Moves the balance; entries are shown by `enter`, since one posting may have several. */
  post(posting: Posting): void
  enter(entry: BookedEntry): void
  close(tail: StatementTail): void
  /** Postings since the statement was opened. */
  readonly current: { count: number; debitFen: bigint; creditFen: bigint; debits: number; credits: number }
  /** Entries since the last call. */
  take(): readonly StatementEntry[]
  /** True when nothing was found wrong so far. */
  sound(): boolean
  end(): StatementEnd
}

const mostRefusals = 100

/** Opens the book of one file; `account` is the only one that it may be of. */
export function statementBook(classify: ClassifyEntry, account: string | undefined): StatementBook {
  const refusals: FileRefusal[] = []
  const totals = { entryCount: 0, debitFen: 0n, creditFen: 0n }
  const days = daySpan()
  const accounts = accountChain(account)
  const current = { count: 0, debitFen: 0n, creditFen: 0n, debits: 0, credits: 0 }
  let entries: StatementEntry[] = []
  let balance: bigint | undefined
  const refuse = (refusal: FileRefusal): void => {
    if (refusals.length < mostRefusals) refusals.push(refusal)
  }
  const compare = (what: string, stated: bigint, found: bigint | undefined, lineNo?: number): void => {
    if (found !== undefined && stated !== found) refuse(totalRefusal(what, stated, found, lineNo))
  }
  const take = (): readonly StatementEntry[] => {
    const taken = entries
    entries = []
    return taken
  }
  return {
    refuse,
    current,
    take,
    sound: () => refusals.length === 0,
    open: (head) => {
      for (const each of accounts.open(head)) refuse(each)
      days.see(head.from)
      balance = head.openingFen
      Object.assign(current, { count: 0, debitFen: 0n, creditFen: 0n, debits: 0, credits: 0 })
    },
    post: ({ direction, amountFen, balanceFen, lineNo }) => {
      const signed = direction === 'credit' ? amountFen : -amountFen
      tally(totals, current, direction, amountFen)
      if (balanceFen !== undefined && balance === undefined) accounts.startFrom(balanceFen - signed)
      const found = balance === undefined ? undefined : balance + signed
      if (balanceFen !== undefined) compare('balance', balanceFen, found, lineNo)
      balance = balanceFen ?? found
    },
    enter: (booked) => {
      days.see(booked.bookedOn)
      totals.entryCount++
      entries.push(classify(booked))
    },
    close: ({ closingFen, to, lineNo }) => {
      if (closingFen !== undefined) compare('closing', closingFen, balance, lineNo)
      days.see(to)
      accounts.close(closingFen ?? balance)
    },
    end: () => {
      const rows = take()
      if (refusals.length > 0) return { rows, kind: 'refused', refusals }
      return {
        rows,
        kind: 'read',
        summary: {
          ...accounts.summary(),
          ...days.span(),
          entryCount: totals.entryCount,
          debitTotalFen: money(totals.debitFen),
          creditTotalFen: money(totals.creditFen),
        },
      }
    },
  }
}

interface Totals {
  debitFen: bigint
  creditFen: bigint
}

function tally(
  all: Totals,
  current: StatementBook['current'],
  direction: Direction,
  amountFen: bigint,
): void {
  current.count++
  if (direction === 'debit') {
    all.debitFen += amountFen
    current.debitFen += amountFen
    current.debits++
  } else {
    all.creditFen += amountFen
    current.creditFen += amountFen
    current.credits++
  }
}
