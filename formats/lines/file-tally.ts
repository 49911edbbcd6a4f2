/**
 * Adds up what a file's rows say and compares it with what its header and trailer state and with the request that it
 * should answer. Every disagreement is listed; none is repaired.
 */
import type { FileHeader, FileRefusal, Outcome, ResultSummary } from '../bank-file.ts'
import { money } from '../values/money.ts'
import type { Stated } from './stated-facts.ts'

/** What a file is compared with. */
export interface Expectation {
  /** The paid rows are left out. Requests and files of later returns list every row they count. */
  readonly failuresOnly: boolean
  readonly request: FileHeader | undefined
  readonly late: boolean
  /** The answer is the request again, so that it has every row of it. */
  readonly repeatsRequest?: boolean
  /** Rows come out with less certainty than the file gives them, so its successes are none. */
  readonly demoted?: boolean
}

/** Running sums of one file. Rows that could not be read are counted, and make the totals unprovable. */
export interface Tally {
  rowCount: number
  totalFen: bigint
  paidCount: number
  paidTotalFen: bigint
  failedCount: number
  failedTotalFen: bigint
  /** Outcome of the rows that a stated number of failures counts. */
  readonly failing: Outcome
  unreadable: number
  amountless: boolean
}

/** Nothing counted yet. In a file of later returns the failing rows are returns. */
export const emptyTally = (late = false): Tally => ({
  rowCount: 0,
  totalFen: 0n,
  paidCount: 0,
  paidTotalFen: 0n,
  failedCount: 0,
  failedTotalFen: 0n,
  failing: late ? 'returned' : 'failed',
  unreadable: 0,
  amountless: false,
})

/** Counts a row as the bank gave it. Requests have no outcome. */
export function tallyRow(tally: Tally, amountFen: bigint | undefined, outcome: Outcome | undefined): void {
  tally.rowCount++
  if (amountFen === undefined) tally.amountless = true
  else tally.totalFen += amountFen
  if (outcome === 'paid') {
    tally.paidCount++
    tally.paidTotalFen += amountFen ?? 0n
  } else if (outcome !== undefined && outcome === tally.failing) {
    tally.failedCount++
    tally.failedTotalFen += amountFen ?? 0n
  }
}

/** What a part of the file states. */
export interface StatedPart {
  readonly where: 'header' | 'trailer'
  readonly stated: Stated
}

/** Every disagreement between rows, stated totals and the request. */
export function disagreements(
  tally: Tally,
  parts: readonly StatedPart[],
  expected: Expectation,
): readonly FileRefusal[] {
  return [
    ...parts.flatMap(({ where, stated }) => [
      ...sumDisagreements(where, foundSums(tally, stated, expected), stated, tally),
      ...requestDisagreements(where, stated, expected),
    ]),
    ...repeatDisagreements(tally, expected),
  ]
}

/** A request that comes back written over must come back whole. */
function repeatDisagreements(tally: Tally, { request, repeatsRequest }: Expectation): readonly FileRefusal[] {
  if (!request || !repeatsRequest || tally.unreadable > 0) return []
  const compare = (what: string, found: number | bigint, asked: number | bigint): readonly FileRefusal[] =>
    found === asked
      ? []
      : [{ code: 'NOT_THIS_FILE', facts: { where: 'rows', what, stated: `${found}`, expected: `${asked}` } }]
  return [
    ...compare('count', tally.rowCount, request.count),
    ...(tally.amountless ? [] : compare('total', tally.totalFen, request.totalFen)),
  ]
}

interface Sums {
  readonly count: number
  readonly total: bigint
  readonly paidCount: number
  readonly paidTotal: bigint
  readonly failedCount: number
  readonly failedTotal: bigint
}

/**
 * A list of failures counts the paid rows that it leaves out: stated successes and listed rows that are not paid
 * must make the whole.
 */
function foundSums(tally: Tally, stated: Stated, expected: Expectation): Sums {
  const listed = { count: tally.rowCount + tally.unreadable, total: tally.totalFen }
  const paid = { paidCount: tally.paidCount, paidTotal: tally.paidTotalFen }
  const failed = { failedCount: tally.failedCount, failedTotal: tally.failedTotalFen }
  if (!expected.failuresOnly) return { ...listed, ...paid, ...failed }
  const unpaid = { count: listed.count - tally.paidCount, total: tally.totalFen - tally.paidTotalFen }
  const paidCount = stated.paidCount ?? tally.paidCount
  const paidTotal = stated.paidTotal ?? tally.paidTotalFen
  const whole = { count: unpaid.count + paidCount, total: unpaid.total + paidTotal }
  return { ...whole, paidCount, paidTotal, ...failed }
}

function sumDisagreements(
  where: string,
  found: Sums,
  stated: Stated,
  { unreadable, amountless }: Tally,
): readonly FileRefusal[] {
  const readable = unreadable === 0
  const provable = readable && !amountless
  const compare = (code: 'COUNT' | 'TOTAL', what: keyof Sums): readonly FileRefusal[] => {
    const said = stated[what]
    if (said === undefined || said === found[what]) return []
    return [{ code, facts: { where, what, stated: `${said}`, found: `${found[what]}` } }]
  }
  return [
    ...compare('COUNT', 'count'),
    ...(readable ? [...compare('COUNT', 'paidCount'), ...compare('COUNT', 'failedCount')] : []),
    ...(provable ? totals.flatMap((what) => compare('TOTAL', what)) : []),
  ]
}

const totals = ['total', 'paidTotal', 'failedTotal'] as const

function requestDisagreements(where: string, stated: Stated, expected: Expectation): readonly FileRefusal[] {
  const { request } = expected
  if (!request) return []
  const compare = (
    what: string,
    said: string | number | bigint | undefined,
    asked: string | number | bigint,
  ) =>
    said === undefined || said === asked
      ? []
      : [{ code: 'NOT_THIS_FILE' as const, facts: { where, what, stated: `${said}`, expected: `${asked}` } }]
  const whole = expected.failuresOnly
  return [
    ...compare('businessDate', stated.businessDate, request.businessDate),
    ...compare('sequence', stated.sequence, request.sequence),
    ...compare('fileNumber', stated.fileNumber, request.fileNumber),
    ...(whole ? compare('count', stated.count, request.count) : []),
    ...(whole ? compare('total', stated.total, request.totalFen) : []),
  ]
}

/** What an accepted file adds up to. Later returns and answers that are not final state no successes of a request. */
export function summaryOf(tally: Tally, parts: readonly StatedPart[], expected: Expectation): ResultSummary {
  const stated: Stated = Object.assign({}, ...parts.map((part) => part.stated))
  const { businessDate, sequence, fileNumber, paidCount, paidTotal } = stated
  const silent = expected.late || expected.demoted === true
  return {
    rowCount: tally.rowCount,
    rowTotalFen: money(tally.totalFen),
    ...(paidCount === undefined || silent ? {} : { paidCount }),
    ...(paidTotal === undefined || silent ? {} : { paidTotalFen: money(paidTotal) }),
    ...(businessDate === undefined ? {} : { businessDate }),
    ...(sequence === undefined ? {} : { sequence }),
    ...(fileNumber === undefined ? {} : { fileNumber }),
  }
}
