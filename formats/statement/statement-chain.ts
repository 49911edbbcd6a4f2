/** What the statements of one file have in common: their accounts, whose balances must follow each other, and their days. */
import type { FileRefusal } from '../bank-file.ts'
import type { StatementSummary } from './compiled-statement.ts'

/** Accounts of a file, each with its balance so far. */
export interface AccountChain {
  /** Begins a statement; gives why it cannot follow what came before. */
  open(head: {
    readonly account?: string
    readonly openingFen?: bigint
    readonly lineNo?: number
  }): readonly FileRefusal[]
  /** The opening balance that follows from the first stated one. */
  startFrom(openingFen: bigint): void
  close(closingFen: bigint | undefined): void
  summary(): Pick<StatementSummary, 'account' | 'openingFen' | 'closingFen'>
}

interface Balances {
  openingFen: bigint | undefined
  closingFen: bigint | undefined
}

/** Makes the chain of one file; with `expected`, statements of other accounts are refused. Accounts stay out of facts. */
export function accountChain(expected: string | undefined): AccountChain {
  const accounts = new Map<string, Balances>()
  let balances: Balances = { openingFen: undefined, closingFen: undefined }
  return {
    open: ({ account, openingFen, lineNo }) => {
      const place = lineNo === undefined ? {} : { lineNo }
      const foreign = account !== undefined && expected !== undefined && account !== expected
      const before = accounts.get(account ?? '')
      balances = before ?? { openingFen, closingFen: undefined }
      accounts.set(account ?? '', balances)
      return [
        ...(foreign
          ? [{ code: 'NOT_THIS_FILE' as const, ...place, facts: { what: 'account', stated: 'another' } }]
          : []),
        ...(before?.closingFen !== undefined && openingFen !== undefined && before.closingFen !== openingFen
          ? [totalRefusal('opening', openingFen, before.closingFen, lineNo)]
          : []),
      ]
    },
    startFrom: (openingFen) => {
      balances.openingFen ??= openingFen
    },
    close: (closingFen) => {
      balances.closingFen = closingFen
    },
    summary: () => {
      const [only, ...others] = [...accounts]
      if (only === undefined || others.length > 0) return {}
      const [account, { openingFen, closingFen }] = only
      return {
        ...(account === '' ? {} : { account }),
        ...(openingFen === undefined ? {} : { openingFen }),
        ...(closingFen === undefined ? {} : { closingFen }),
      }
    },
  }
}

/** A stated amount that is not what the entries make. */
export const totalRefusal = (
  what: string,
  stated: bigint,
  found: bigint,
  lineNo: number | undefined,
): FileRefusal => ({
  code: 'TOTAL',
  ...(lineNo === undefined ? {} : { lineNo }),
  facts: { what, stated: `${stated}`, found: `${found}` },
})

/** First and last day of what was seen. */
export interface DaySpan {
  see(day: string | undefined): void
  span(): Pick<StatementSummary, 'from' | 'to'>
}

/** Makes an empty span; days are `YYYYMMDD`. */
export function daySpan(): DaySpan {
  let from: string | undefined
  let to: string | undefined
  return {
    see: (day) => {
      if (day === undefined) return
      if (from === undefined || day < from) from = day
      if (to === undefined || day > to) to = day
    },
    span: () => ({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }),
  }
}
