/**
 * Matches returned money of a statement with the payments that it takes back (bank-formats §8): by the original serial,
 * else by amount, account and working days. Pure, and independent of the order of entries. It never guesses: where two
 * lines fit one entry, or two entries one line, people decide.
 */
import type { Money } from '../../../formats/values/money.ts'
import { addWorkingDays, type Calendar } from '../../banks/calendar.ts'

/** An entry of returned money. Days are `YYYY-MM-DD`. */
export interface ReturnEntry {
  readonly entryRef: string
  readonly bookedOn: string
  readonly amountFen: Money
  /** Our serial or the bank's of the original payment, where the entry carries one. */
  readonly originalRef?: string
  /** Account of the other party, or its pseudonym; the same kind as in the candidates. */
  readonly accountRef?: string
}

/** A line that was sent, and so may come back. */
export interface SentLine {
  /** Names the line for the caller, each once. */
  readonly key: string
  readonly serial: string
  /** The bank's own serial of the payment, where it is known. */
  readonly bankRef?: string
  readonly accountRef: string
  readonly amountFen: Money
  /** `YYYY-MM-DD`. */
  readonly sentOn: string
  /**
   * `returned`: an answer told of the return, no entry yet. `linked`: an entry is matched with it already. `failed`: the
   * bank gives back what it never paid. `open`: nobody said that it was paid.
   */
  readonly state: 'paid' | 'returned' | 'linked' | 'failed' | 'open'
}

/** What an entry means. Only `matched` may move money, and only where its line is `paid`. */
export type ReturnVerdict<Entry extends ReturnEntry = ReturnEntry> =
  | {
      readonly kind: 'matched'
      readonly entry: Entry
      readonly line: SentLine
      readonly by: 'serial' | 'amount'
    }
  | { readonly kind: 'repeated'; readonly entry: Entry; readonly line: SentLine | undefined }
  | { readonly kind: 'ambiguous'; readonly entry: Entry; readonly lines: readonly SentLine[] }
  | {
      readonly kind: 'amount-differs' | 'account-differs' | 'unpaid'
      readonly entry: Entry
      readonly line: SentLine
    }
  | { readonly kind: 'orphan'; readonly entry: Entry }

/** By what entries are matched. */
export interface MatchRules {
  readonly windowDays: number
  readonly calendar: Calendar
  /** References of entries that were matched before. */
  readonly known?: ReadonlySet<string>
}

/** The PBoC's extreme case for a return, in working days. */
export const usualWindowDays = 7

/** Gives one verdict for each entry, in their order. Throws CALENDAR_MISSING where a window leaves the published years. */
export function matchReturns<Entry extends ReturnEntry>(
  entries: readonly Entry[],
  lines: readonly SentLine[],
  rules: MatchRules,
): readonly ReturnVerdict<Entry>[] {
  const verdicts = new Map<Entry, ReturnVerdict<Entry>>()
  const linked = new Set(lines.filter((line) => line.state === 'linked').map((line) => line.key))
  const unread = withoutRepeats(entries, rules.known ?? new Set(), verdicts)
  const unnamed = matchBySerial(unread, lines, linked, verdicts)
  matchByAmount(unnamed, lines, linked, rules, verdicts)
  return entries.flatMap((entry) => verdicts.get(entry) ?? [])
}

type Verdicts<Entry extends ReturnEntry> = Map<Entry, ReturnVerdict<Entry>>

function withoutRepeats<Entry extends ReturnEntry>(
  entries: readonly Entry[],
  known: ReadonlySet<string>,
  verdicts: Verdicts<Entry>,
): readonly Entry[] {
  const seen = new Set(known)
  return entries.filter((entry) => {
    const repeated = seen.has(entry.entryRef)
    if (repeated) verdicts.set(entry, { kind: 'repeated', entry, line: undefined })
    seen.add(entry.entryRef)
    return !repeated
  })
}

/** Gives the entries that carry no serial of ours. Two entries that would take one line: neither does. */
function matchBySerial<Entry extends ReturnEntry>(
  entries: readonly Entry[],
  lines: readonly SentLine[],
  linked: Set<string>,
  verdicts: Verdicts<Entry>,
): readonly Entry[] {
  const bySerial = grouped(lines, ({ serial, bankRef }) => [serial, ...referencesOf(bankRef)])
  const unnamed = entries.filter((entry) => {
    const found = entry.originalRef === undefined ? [] : (bySerial.get(entry.originalRef) ?? [])
    const meant = found.length > 1 ? found.filter((line) => agrees(entry, line)) : found
    const [line, ...others] = meant
    if (found.length === 0) return true
    verdicts.set(
      entry,
      line && others.length === 0
        ? serialVerdict(entry, line, linked)
        : { kind: 'ambiguous', entry, lines: found },
    )
    return false
  })
  settleContests(verdicts)
  for (const verdict of verdicts.values()) if (verdict.kind === 'matched') linked.add(verdict.line.key)
  return unnamed
}

/** A bank may book several payments under one serial; ours of them end in their place, which its return leaves out. */
export const referencesOf = (bankRef: string | undefined): readonly string[] =>
  bankRef === undefined ? [] : [bankRef, bankRef.replace(/-[0-9A-Za-z]+$/u, '')]

const agrees = (entry: ReturnEntry, line: SentLine): boolean =>
  entry.amountFen === line.amountFen &&
  (entry.accountRef === undefined || entry.accountRef === line.accountRef)

function settleContests<Entry extends ReturnEntry>(verdicts: Verdicts<Entry>): void {
  const matched = [...verdicts.values()].flatMap((verdict) => (verdict.kind === 'matched' ? [verdict] : []))
  for (const rivals of grouped(matched, ({ line }) => [line.key]).values())
    if (rivals.length > 1)
      for (const { entry, line } of rivals) verdicts.set(entry, { kind: 'ambiguous', entry, lines: [line] })
}

function serialVerdict<Entry extends ReturnEntry>(
  entry: Entry,
  line: SentLine,
  linked: ReadonlySet<string>,
): ReturnVerdict<Entry> {
  if (linked.has(line.key)) return { kind: 'repeated', entry, line }
  if (entry.amountFen !== line.amountFen) return { kind: 'amount-differs', entry, line }
  if (entry.accountRef !== undefined && entry.accountRef !== line.accountRef)
    return { kind: 'account-differs', entry, line }
  return line.state === 'open'
    ? { kind: 'unpaid', entry, line }
    : { kind: 'matched', entry, line, by: 'serial' }
}

function matchByAmount<Entry extends ReturnEntry>(
  entries: readonly Entry[],
  lines: readonly SentLine[],
  linked: ReadonlySet<string>,
  rules: MatchRules,
  verdicts: Verdicts<Entry>,
): void {
  const free = grouped(
    lines.filter((line) => !linked.has(line.key)),
    (line) => [equality(line.amountFen, line.accountRef)],
  )
  const within = windowOf(rules)
  const disputed = new Set(
    [...verdicts.values()].flatMap((verdict) =>
      verdict.kind === 'ambiguous' ? verdict.lines.map((line) => line.key) : [],
    ),
  )
  const fits = new Map(
    entries.map((entry) => {
      const key = entry.accountRef === undefined ? undefined : equality(entry.amountFen, entry.accountRef)
      const found = key === undefined ? [] : (free.get(key) ?? [])
      return [entry, found.filter((line) => within(line.sentOn, entry.bookedOn))]
    }),
  )
  for (const [entry, found] of fits) {
    const [line, ...others] = found
    if (!line) verdicts.set(entry, { kind: 'orphan', entry })
    else if (others.length > 0 || disputed.has(line.key))
      verdicts.set(entry, { kind: 'ambiguous', entry, lines: found })
    else if (line.state === 'open') verdicts.set(entry, { kind: 'unpaid', entry, line })
    else verdicts.set(entry, { kind: 'matched', entry, line, by: 'amount' })
  }
  settleContests(verdicts)
}

const equality = (amountFen: Money, accountRef: string): string => `${amountFen} ${accountRef}`

/** True where a day lies between another and its last working day of the window; last days are worked out once. */
export function windowOf({ windowDays, calendar }: MatchRules): (from: string, day: string) => boolean {
  const lastDays = new Map<string, string>()
  return (from, day) => {
    if (day < from) return false
    const last = lastDays.get(from) ?? addWorkingDays(calendar, from, windowDays)
    lastDays.set(from, last)
    return day <= last
  }
}

function grouped<Item>(
  items: readonly Item[],
  keysOf: (item: Item) => readonly string[],
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items)
    for (const key of new Set(keysOf(item))) {
      const group = groups.get(key)
      if (group) group.push(item)
      else groups.set(key, [item])
    }
  return groups
}
