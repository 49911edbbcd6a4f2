/**
 * Matches the returned money of a statement with the paid lines of one bank file, on a desk. Everything is read and
 * proven first: a refused file means that nothing is printed. Accounts are compared and not printed.
 */
import { basename } from 'node:path'
import type { FileHeader, ResultRow } from '../../formats/bank-file.ts'
import type { CompiledProfile, FileReader } from '../../formats/profile/compiled-profile.ts'
import type { StatementEntry } from '../../formats/statement/compiled-statement.ts'
import { type Money, money } from '../../formats/values/money.ts'
import { loadCalendar } from '../../gateway/banks/calendar.ts'
import { type LumpEntry, type LumpVerdict, matchLumps } from '../../gateway/results/statement/match-lumps.ts'
import {
  matchReturns,
  type ReturnEntry,
  type ReturnVerdict,
  type SentLine,
} from '../../gateway/results/statement/match-returns.ts'
import { CommandEnd, exit, toJson } from './output.ts'
import {
  openToRead,
  proveStatement,
  refusedWhole,
  type StatementOrder,
  writeOut,
} from './statement-reading.ts'

/** A statement, and the file whose money may come back in it. */
export interface MatchOrder extends StatementOrder {
  readonly bankProfile: CompiledProfile
  readonly settings: FileHeader['settings']
  readonly requestPath: string
  readonly resultPath: string
  readonly windowDays: number
}

interface RequestLine {
  readonly serial: string
  readonly account: string
  readonly amountFen: Money
}

interface Request {
  readonly header: FileHeader
  readonly lines: readonly RequestLine[]
}

/** Reads the three files, matches, prints; throws `CommandEnd` with every reason when one of them must be refused. */
export async function matchStatement(order: MatchOrder): Promise<void> {
  const request = await readRequest(order)
  const states = await readStates(order, request)
  const sentOn = isoDay(request.header.businessDate)
  const picked = await pickEntries(
    order,
    new Set(request.lines.map((line) => line.serial)),
    request.header.totalFen,
  )
  const rules = { windowDays: order.windowDays, calendar: loadCalendar() }
  const lines = request.lines.map((line, index) =>
    sentLine(line, sentOn, picked.bankRefs.get(line.serial), states[index] ?? 'open'),
  )
  const returns = matchReturns(picked.returns, lines, rules)
  const failed = lines.filter((line) => line.state === 'failed')
  const file = {
    key: basename(order.requestPath),
    totalFen: request.header.totalFen,
    failedFen: money(failed.reduce((sum, line) => sum + line.amountFen, 0n)),
    sentOn,
  }
  const lumps = lumpVerdicts(picked.lumps, file, rules)
  const shown = [...returns.map(returnJson), ...lumps.map(lumpJson)]
  const matchedCount = returns.filter((verdict) => verdict.kind === 'matched').length
  await writeOut(shown.map((line) => `${toJson(line)}\n`).join(''))
  await writeOut(
    `${toJson({
      summary: {
        returns: returns.length,
        matched: matchedCount,
        leftOver: returns.length - matchedCount,
        lumps: lumps.filter((verdict) => verdict.kind === 'reconciled').length,
        paidLines: lines.filter((line) => line.state === 'paid').length,
        statement: picked.summary,
      },
    })}\n`,
  )
}

/** A file that was booked row by row has no lump, so without lump entries there is nothing to reconcile. */
function lumpVerdicts(
  entries: readonly LumpEntry[],
  file: Parameters<typeof matchLumps>[1][number],
  rules: Parameters<typeof matchLumps>[2],
): readonly LumpVerdict[] {
  const verdicts = matchLumps(entries, [file], rules)
  const refunds = entries.some((entry) => entry.kind === 'lump-return')
  return verdicts.filter((verdict) => verdict.kind !== 'mismatch' || verdict.debit !== undefined || refunds)
}

const isoDay = (digits: string): string => `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`

const sentLine = (
  line: RequestLine,
  sentOn: string,
  bankRef: string | undefined,
  state: SentLine['state'],
): SentLine => ({
  key: line.serial,
  serial: line.serial,
  ...(bankRef === undefined ? {} : { bankRef }),
  accountRef: line.account,
  amountFen: line.amountFen,
  sentOn,
  state,
})

/** Entries that matter here; payments are kept only where they name a line, or may be a file's one debit. */
async function pickEntries(order: MatchOrder, serials: ReadonlySet<string>, totalFen: Money) {
  const returns: ReturnEntry[] = []
  const lumps: LumpEntry[] = []
  const bankRefs = new Map<string, string>()
  const { summary } = await proveStatement(order, (entries) => {
    for (const entry of entries) {
      const { kind, originalRef } = entry
      if (kind === 'return') returns.push(returnEntry(entry))
      else if (kind === 'payment' && originalRef !== undefined && serials.has(originalRef))
        bankRefs.set(originalRef, entry.entryRef)
      else if (kind === 'lump-return' || (kind === 'payment' && entry.amountFen === totalFen))
        lumps.push(lumpEntry(entry, kind))
    }
  })
  return { returns, lumps, bankRefs, summary }
}

const returnEntry = (entry: StatementEntry): ReturnEntry => ({
  entryRef: entry.entryRef,
  bookedOn: isoDay(entry.bookedOn),
  amountFen: entry.amountFen,
  ...(entry.originalRef === undefined ? {} : { originalRef: entry.originalRef }),
  ...(entry.counterAccount === undefined ? {} : { accountRef: entry.counterAccount }),
})

const lumpEntry = (entry: StatementEntry, kind: LumpEntry['kind']): LumpEntry => ({
  entryRef: entry.entryRef,
  bookedOn: isoDay(entry.bookedOn),
  kind,
  amountFen: entry.amountFen,
  ...(entry.originalRef === undefined ? {} : { originalRef: entry.originalRef }),
})

/** No account and no name; a serial is what a clerk looks a line up by. */
function returnJson(verdict: ReturnVerdict): object {
  const { entryRef, bookedOn, amountFen, originalRef } = verdict.entry
  const entry = { entryRef, bookedOn, amountFen, originalRef }
  switch (verdict.kind) {
    case 'matched':
      return { match: { serial: verdict.line.serial, by: verdict.by, entry } }
    case 'ambiguous':
      return { leftover: { why: 'ambiguous', serials: verdict.lines.map((line) => line.serial), entry } }
    case 'orphan':
      return { leftover: { why: 'orphan-return', entry } }
    case 'repeated':
    case 'amount-differs':
    case 'account-differs':
    case 'unpaid':
      return { leftover: { why: verdict.kind, serials: [verdict.line?.serial], entry } }
    default:
      return verdict satisfies never
  }
}

const lumpJson = (verdict: LumpVerdict): object =>
  verdict.kind === 'orphan-refund'
    ? { leftover: { why: verdict.kind, entry: verdict.entry } }
    : { lump: verdict }

async function readRequest(order: MatchOrder): Promise<Request> {
  const { bankProfile, settings, requestPath, json } = order
  const named = bankProfile.matchRequestName(basename(requestPath))
  if (named?.businessDate === undefined || named.sequence === undefined)
    throw new CommandEnd(
      exit.usage,
      `${basename(requestPath)} is not named like a request of ${bankProfile.id}`,
    )
  const lines: RequestLine[] = []
  const summary = await readAll(requestPath, bankProfile.requestReader(settings), json, (rows) => {
    for (const { serial, payeeAccount, amountFen } of rows)
      lines.push({ serial, account: payeeAccount, amountFen })
  })
  return {
    lines,
    header: {
      businessDate: named.businessDate,
      sequence: named.sequence,
      fileNumber: summary.fileNumber ?? lines[0]?.serial.slice(0, -8) ?? '',
      count: summary.rowCount,
      totalFen: summary.rowTotalFen,
      programmeName: '',
      fundingAccount: '',
      settings,
    },
  }
}

/** What the answer said of each line, by place. Lines that a list of failures leaves out are paid. */
async function readStates(order: MatchOrder, request: Request): Promise<readonly SentLine['state'][]> {
  const { bankProfile, resultPath, json } = order
  const placeOf = placeFinder(request.lines)
  const outcomes = new Map<number, ResultRow['outcome']>()
  const kind = bankProfile.matchResultName(basename(resultPath))?.kind
  await readAll(resultPath, bankProfile.resultReader(request.header, kind), json, (rows) => {
    for (const row of rows) {
      const place = placeOf(row)
      if (place === undefined) continue
      const before = outcomes.get(place)
      outcomes.set(place, before === undefined || before === row.outcome ? row.outcome : 'unknown')
    }
  })
  const unlisted = bankProfile.resultStyle === 'failures-only' ? 'paid' : 'open'
  return request.lines.map((_, index) => {
    const outcome = outcomes.get(index) ?? unlisted
    return outcome === 'unknown' ? 'open' : outcome
  })
}

/** A bank names a row by its whole serial, by its tail, or by its place. */
function placeFinder(lines: readonly RequestLine[]): (row: ResultRow) => number | undefined {
  const tails = new Map(lines.map((line, index) => [line.serial.slice(-8), index]))
  return ({ serial, position }) => {
    if (position !== undefined) return position <= lines.length ? position - 1 : undefined
    const place = tails.get(serial.slice(-8))
    return place !== undefined && lines[place]?.serial.endsWith(serial) ? place : undefined
  }
}

async function readAll<Row>(
  path: string,
  reader: FileReader<Row>,
  json: boolean,
  take: (rows: readonly Row[]) => void,
) {
  const handle = await openToRead(path)
  try {
    for await (const chunk of handle.createReadStream({ start: 0, autoClose: false }))
      take(reader.read(chunk))
  } finally {
    await handle.close()
  }
  const end = reader.end()
  if (end.kind === 'refused') throw refusedWhole(end.refusals, json)
  take(end.rows)
  return end.summary
}
