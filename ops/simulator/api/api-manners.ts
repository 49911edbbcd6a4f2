/**
 * How a simulated API bank misbehaves, as banks do (bank-formats §19): counters that a drill or a test sets, each used
 * up by the calls that it spoils.
 */

/** What is still to go wrong. Everything at zero is a bank on its best day. */
export interface ApiManners {
  /** Submissions that are taken and executed, whereupon the connection breaks without an answer. */
  dropAfterTaking: number
  /** Submissions whose connection breaks before anything was taken. */
  dropBeforeTaking: number
  /** Calls that are answered 429 with `retryAfterS`. */
  busy: number
  retryAfterS: number
  /** Calls that are answered with an error in clear text. */
  clearText: number
  /** Calls that are answered with a page of HTML and status 200. */
  htmlPages: number
  /** Questions that are answered with "in progress", whatever is known by then. */
  inProgress: number
  /** Successful questions of one file that are answered; one more is refused. */
  mostQueries: number
  /** Rows of one page, for shapes that have pages. */
  pageRows: number
  /** True while the bank takes no files. */
  shut: boolean
  /** How answers are signed, for shapes that sign with SM2. */
  signature: 'usual' | 'other-user-id' | 'der'
}

/** A bank on its best day, with changes. */
export const apiManners = (changes: Partial<ApiManners> = {}): ApiManners => ({
  dropAfterTaking: 0,
  dropBeforeTaking: 0,
  busy: 0,
  retryAfterS: 120,
  clearText: 0,
  htmlPages: 0,
  inProgress: 0,
  mostQueries: Number.POSITIVE_INFINITY,
  pageRows: 20,
  shut: false,
  signature: 'usual',
  ...changes,
})

type Counter = 'dropAfterTaking' | 'dropBeforeTaking' | 'busy' | 'clearText' | 'htmlPages' | 'inProgress'

/** Uses a counter up by one; true while there was something left of it. */
export function spoils(manners: ApiManners, counter: Counter): boolean {
  if (manners[counter] <= 0) return false
  manners[counter]--
  return true
}
