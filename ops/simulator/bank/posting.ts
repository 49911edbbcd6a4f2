/**
 * Postings of a simulated bank: every movement of money, one line each, never changed.
 * One debit of the funding account per file, a credit or a refund per line, a return when a payment comes back later.
 */
import { z } from 'zod'
import { type Money, parseFen, zero } from '../../../formats/values/money.ts'

/** `debit` takes a file's total from the funding account; `refund` and `return` put a line's amount back there. */
export const postingKinds = ['debit', 'credit', 'refund', 'return'] as const
/** What a posting does with money. */
export type PostingKind = (typeof postingKinds)[number]

/** One movement of money. `at` is simulated time, ISO 8601; `reason` is the bank's code and text, or empty. */
export interface Posting {
  readonly at: string
  readonly kind: PostingKind
  readonly fileName: string
  /** Our serial as the bank read it; empty for a debit, which is for the whole file. */
  readonly serial: string
  /** Place of the line in its file, from 1; absent for a debit. */
  readonly place?: number
  readonly account: string
  readonly name?: string
  readonly amountFen: Money
  readonly reason: string
}

const fen = z.string().transform((text, context) => {
  const amount = parseFen(text)
  if (amount === undefined) context.addIssue('not an amount in fen')
  return amount ?? zero
})

const storedPosting = z.object({
  at: z.string(),
  kind: z.enum(postingKinds),
  fileName: z.string(),
  serial: z.string(),
  place: z.number().int().positive().exactOptional(),
  account: z.string(),
  name: z.string().exactOptional(),
  amountFen: fen,
  reason: z.string(),
})

/** A posting as it is stored: amounts as digits. */
export function storePosting(posting: Posting): object {
  return { ...posting, amountFen: posting.amountFen.toString() }
}

/** Reads a stored posting; throws when it is not one. */
export function parsePosting(stored: unknown): Posting {
  return storedPosting.parse(stored)
}

/** Count and sum of one kind of posting. */
export interface PostingSum {
  readonly count: number
  readonly totalFen: Money
}

/** Sums by kind. In a whole ledger with nothing half done, debits = credits + refunds. */
export type PostingSums = Readonly<Record<PostingKind, PostingSum>>

/** Nothing posted. */
export const noPostings: PostingSums = {
  debit: { count: 0, totalFen: zero },
  credit: { count: 0, totalFen: zero },
  refund: { count: 0, totalFen: zero },
  return: { count: 0, totalFen: zero },
}
