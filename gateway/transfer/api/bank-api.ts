/**
 * What every bank API can do for us, whatever its shape: build the call that hands a file over, read what was said to
 * it, build the question about it, read the answer. Nothing here talks to the network, a clock or the database.
 */
import type { FileHeader } from '../../../formats/bank-file.ts'

/** A file as a bank's API knows it. */
export interface ApiOrder {
  readonly fileId: number
  /** Our file number, 12 digits: the same for every try, so that the bank can tell a repetition (R1). */
  readonly reference: string
  readonly header: FileHeader
  /** Packs a whole content as the bank's message carries it; undefined where it travels plain. */
  readonly wrap: ((plain: Buffer) => Buffer) | undefined
}

/** One HTTP POST. */
export interface ApiCall {
  readonly path: string
  readonly contentType: string
  readonly body: Buffer
}

/**
 * What a bank said of one file. `unclear` is everything that proves nothing: another file's reference, a broken
 * signature, a code that is in no list; `reason` is for people and never holds what the bank wrote in free text.
 */
export type Said =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'not-known' }
  | { readonly kind: 'unclear'; readonly reason: string }

/** What a bank answered to a question: a word on the file and, when there is a result, a page of it. */
export interface Answered {
  readonly said: Said
  /** The result, or a page of it, in the layout of the bank's profile. */
  readonly page?: Buffer
  /** Where the next page begins; absent on the last one. */
  readonly next?: string
}

/** One shape of API. Builders may reject with a Fault; readers never throw. */
export interface BankApi {
  /** The call that hands a file over; same order and content, same reference. */
  submission(order: ApiOrder, content: Buffer, at: Date): Promise<ApiCall>
  submitted(order: ApiOrder, body: Buffer): Said
  /** The question about a file, or for the page that begins at `from`. */
  question(order: ApiOrder, at: Date, from?: string): Promise<ApiCall>
  answered(order: ApiOrder, body: Buffer): Answered
  /** Identity of a notice that the bank sent by itself; undefined when it is not verified. */
  notice(body: Buffer): string | undefined
  close(): Promise<void>
}

/** What a code of a bank says of a whole file. */
export interface CodeLists {
  readonly accepted: readonly string[]
  readonly inProgress: readonly string[]
  readonly notKnown: readonly string[]
  readonly refused: readonly string[]
}

/** Lists of a shape with those of an agreement laid over them: a code that the agreement places counts there alone. */
export function laidOver(own: CodeLists, agreed: CodeLists): CodeLists {
  const placed = new Set(Object.values(agreed).flat())
  const both = (mine: readonly string[], theirs: readonly string[]): string[] => [
    ...mine.filter((code) => !placed.has(code)),
    ...theirs,
  ]
  return {
    accepted: both(own.accepted, agreed.accepted),
    inProgress: both(own.inProgress, agreed.inProgress),
    notKnown: both(own.notKnown, agreed.notKnown),
    refused: both(own.refused, agreed.refused),
  }
}

/** What a code says; one in no list says nothing (law 5). */
export function saidBy(lists: CodeLists, code: string | undefined): Said {
  if (code === undefined) return { kind: 'unclear', reason: 'the answer has no code' }
  if (lists.accepted.includes(code)) return { kind: 'accepted' }
  if (lists.inProgress.includes(code)) return { kind: 'in-progress' }
  if (lists.notKnown.includes(code)) return { kind: 'not-known' }
  if (lists.refused.includes(code)) return { kind: 'refused', code }
  return { kind: 'unclear', reason: `code ${shownCode(code)} is in no list` }
}

/** A code made harmless for people and logs. */
export const shownCode = (code: string): string => code.slice(0, 20).replace(/[^\w.-]/g, '?')

/** An answer that proves nothing, and why. */
export const unclear = (reason: string): { kind: 'unclear'; reason: string } => ({ kind: 'unclear', reason })
