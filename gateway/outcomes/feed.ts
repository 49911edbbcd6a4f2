/**
 * The result feed: what became of every instruction, in the order in which we learned it, behind a cursor that a
 * client may keep for ever. Slices point at facts; the facts are read when they are asked for.
 */
import type { Queryable } from '../store/pool.ts'
import type { FeedCursor, Outcome } from './outcome.ts'
import { readLater, readResults, readSlices } from './outcome-store.ts'

/** A page of the feed and where the next one starts. */
export interface OutcomePage {
  readonly outcomes: readonly Outcome[]
  readonly next: string
  readonly more: boolean
}

/** The beginning of the feed. */
export const feedStart: FeedCursor = { feedNo: 0n, seq: 0 }

/** Reads a cursor as a client sent it; undefined when it is none of ours. */
export function parseCursor(text: string): FeedCursor | undefined {
  const match = /^(\d{1,18})\.(\d{1,9})$/.exec(text)
  return match ? { feedNo: BigInt(match[1] ?? 0), seq: Number(match[2]) } : undefined
}

const formatCursor = ({ feedNo, seq }: FeedCursor): string => `${feedNo}.${seq}`

/** Outcomes of a client after a cursor, at most `limit`. */
export async function readOutcomes(
  db: Queryable,
  client: string,
  after: FeedCursor,
  limit: number,
): Promise<OutcomePage> {
  const outcomes: Outcome[] = []
  let cursor = after
  const slices = await readSlices(db, client, after, limit + 1)
  for (const slice of slices) {
    const from = slice.feedNo === cursor.feedNo ? cursor.seq : 0
    const read = slice.kind === 'results' ? readResults : readLater
    const page = await read(db, slice, from, limit - outcomes.length)
    outcomes.push(...page.map(({ outcome }) => outcome))
    const last = page.at(-1)
    if (outcomes.length >= limit && last)
      return { outcomes, next: formatCursor({ feedNo: slice.feedNo, seq: last.seq }), more: true }
    cursor = { feedNo: slice.feedNo, seq: slice.hiSeq }
  }
  // Slices may be empty, so a full list of them means that there are more even when the page is short.
  return { outcomes, next: formatCursor(cursor), more: slices.length > limit }
}
