/**
 * Decides from what was exchanged about one file whether the bank may be asked about it now, and what it has said of
 * the file so far. Banks count queries, so every one that may have been answered counts, also one whose process died.
 */
import type { BankSaid } from '../channel.ts'

/** How a call about a file ended; undefined while it is under way, and for ever when its process died. */
export type ExchangeOutcome =
  | 'accepted'
  | 'in-progress'
  | 'refused'
  | 'not-known'
  | 'unclear'
  | 'unanswered'
  | 'busy'
  | 'not-sent'

/** One call about a file, at business time; pages of one result count as one query. */
export interface PastExchange {
  readonly purpose: 'send' | 'query' | 'page'
  readonly begunAt: Date
  /** Fence of the sending, of calls that hand a file over. */
  readonly attempt?: bigint
  readonly outcome: ExchangeOutcome | undefined
  readonly reason?: string
}

/** When and how often a bank may be asked about one file. */
export interface QueryTerms {
  readonly firstAfterMinutes: number
  readonly everyMinutes: number
  readonly most?: number | undefined
}

/**
 * Why a bank is asked: in its turn, because a sending is in doubt, or because what it owes is late. Of a capped number
 * the last one is kept back for the deadline, and the deadline does not wait for its turn.
 */
export type QueryUse = 'in-turn' | 'in-doubt' | 'deadline'

/** Leave to ask, or not; `exhausted` leaves the bank's own result or a person. */
export type QueryLeave =
  | { readonly kind: 'ask' }
  | { readonly kind: 'kept-back' }
  | { readonly kind: 'wait'; readonly until: Date }
  | { readonly kind: 'exhausted'; readonly asked: number }

/** May the bank be asked now? `past` is in the order of the calls. */
export function decideQuery(
  past: readonly PastExchange[],
  terms: QueryTerms,
  now: Date,
  use: QueryUse = 'in-turn',
): QueryLeave {
  const asked = past.filter(isCounted).length
  const { most = Number.POSITIVE_INFINITY } = terms
  if (asked >= most) return { kind: 'exhausted', asked }
  if (use === 'deadline') return { kind: 'ask' }
  if (use === 'in-turn' && asked >= most - 1) return { kind: 'kept-back' }
  const lastQuery = past.findLast(({ purpose, outcome }) => purpose === 'query' && outcome !== 'not-sent')
  const handed = lastHanded(past)
  const times = [
    ...(handed ? [later(handed.begunAt, terms.firstAfterMinutes)] : []),
    ...(lastQuery ? [later(lastQuery.begunAt, terms.everyMinutes)] : []),
  ]
  const until = times.sort((a, b) => b.getTime() - a.getTime())[0]
  return until === undefined || until <= now ? { kind: 'ask' } : { kind: 'wait', until }
}

/** The last sending that may have reached the bank. */
export const lastHanded = (past: readonly PastExchange[]): PastExchange | undefined =>
  past.findLast(({ purpose, outcome }) => purpose === 'send' && outcome !== 'not-sent')

/** True when a sending is proven to have sent nothing: it wrote no call down, or one that never got a connection. */
export function neverLeft(past: readonly PastExchange[], attempt: bigint): boolean {
  const mine = past.findLast((call) => call.purpose === 'send' && call.attempt === attempt)
  return mine === undefined || mine.outcome === 'not-sent'
}

/** What the bank has said of the file since it was last handed over; a word that it has the file outweighs the others. */
export function saidSince(past: readonly PastExchange[], settleMinutes: number): BankSaid {
  const handed = lastHanded(past)
  if (!handed) return { kind: 'nothing', why: 'the file was not handed over yet' }
  const since = past.slice(past.indexOf(handed))
  const known = since.findLast(({ outcome }) => outcome === 'accepted' || outcome === 'in-progress')
  if (known) return { kind: known.outcome === 'accepted' ? 'accepted' : 'in-progress' }
  const refused = since.findLast(({ outcome }) => outcome === 'refused')
  if (refused) return { kind: 'refused', code: refused.reason ?? '' }
  const saidAt = since.filter(({ outcome }) => outcome === 'not-known').map(({ begunAt }) => begunAt)
  if (saidAt.length > 0) return { kind: 'not-known', handedAt: handed.begunAt, saidAt, settleMinutes }
  return { kind: 'nothing', why: 'the bank has not answered yet' }
}

/** An answer that is no success does not use up a query; whatever may have been one does. */
const isCounted = ({ purpose, outcome }: PastExchange): boolean =>
  purpose === 'query' &&
  (outcome === undefined || ['accepted', 'in-progress', 'unclear', 'unanswered'].includes(outcome))

const later = (at: Date, minutes: number): Date => new Date(at.getTime() + minutes * 60_000)
